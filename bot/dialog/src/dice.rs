//! Chance that is the same for the same seed: SplitMix64 (Steele, Lea, Flood 2014), which what is drawn, broken,
//! misheard and spoken in tests and benchmarks goes by. Seeds that are written down keep their meaning only as long
//! as its numbers stay what they are.

/// A fair die that throws the same for the same seed.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Any number.
    pub fn throw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Evenly from `0..of`; 0 when there is nothing to choose from.
    pub fn number(&mut self, of: u64) -> u64 {
        self.throw() % of.max(1)
    }

    /// A place in `0..of`; 0 when there is none.
    pub fn below(&mut self, of: usize) -> usize {
        usize::try_from(self.number(of as u64)).unwrap_or_default()
    }

    /// From 0 up to and without 1.
    pub fn share(&mut self) -> f32 {
        (self.throw() >> 40) as f32 / (1_u32 << 24) as f32
    }

    pub(crate) fn one_of<'a, T>(&mut self, all: &'a [T]) -> Option<&'a T> {
        all.get(self.below(all.len()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn its_numbers_are_those_of_the_reference() {
        // java.util.SplittableRandom and Vigna's splitmix64.c, from 1234567.
        let mut dice = Dice::new(1_234_567);
        let thrown: Vec<u64> = (0..3).map(|_| dice.throw()).collect();
        assert_eq!(thrown, [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]);
    }
}
