//! Yes or no from a few numbers that depend on each other: boosted trees (Friedman, 2001), with the second-order steps
//! of Chen and Guestrin (2016).
//!
//! Plain data that serialises. Training draws no lots: equal examples give equal trees.

use serde::{Deserialize, Serialize};

/// Questions on the way from the root to a leaf.
const DEPTH: usize = 3;
const QUESTIONS: usize = (1 << DEPTH) - 1;
/// How much of its step each tree takes.
const STEP: f32 = 0.05;
/// Examples that a leaf has at least.
const LEAST_EXAMPLES: usize = 20;
/// Pulls the leaves to nought.
const RIDGE: f32 = 1.0;

/// A trained model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Boosted {
    /// What is said where no tree knows better.
    start: f32,
    trees: Vec<Tree>,
}

/// A tree of fixed depth; the children of question n are 2n + 1 and 2n + 2.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Tree {
    /// Is this number below that? Then left.
    questions: [(usize, f32); QUESTIONS],
    leaves: [f32; QUESTIONS + 1],
}

/// One thing to learn from.
#[derive(Clone, Copy, Debug)]
pub struct Case<'a> {
    pub numbers: &'a [f32],
    pub yes: bool,
    /// How much it counts; about 1 on average.
    pub weight: f32,
}

/// The slope and curvature of the loss at one example.
#[derive(Clone, Copy, Default)]
struct Pull {
    slope: f32,
    curve: f32,
    examples: usize,
}

impl Pull {
    fn add(&mut self, other: Pull) {
        self.slope += other.slope;
        self.curve += other.curve;
        self.examples += other.examples;
    }

    fn less(self, other: Pull) -> Pull {
        let Pull { slope, curve, examples } = other;
        Pull { slope: self.slope - slope, curve: self.curve - curve, examples: self.examples - examples }
    }

    fn worth(self) -> f32 {
        self.slope * self.slope / (self.curve + RIDGE)
    }
}

impl Boosted {
    /// Says the same of everything.
    pub fn constant(score: f32) -> Self {
        Self { start: score, trees: Vec::new() }
    }

    /// Learn `trees` trees; all cases have equally many numbers, all of them finite.
    pub fn train(cases: &[Case], trees: usize) -> Self {
        let mut model = Self::constant(0.0);
        let Some(wide) = cases.first().map(|case| case.numbers.len()) else { return model };
        let rising: Vec<Vec<usize>> = (0..wide).map(|number| order(cases, number)).collect();
        let mut scores = vec![0.0; cases.len()];
        for _ in 0..trees {
            let pulls: Vec<Pull> = cases.iter().zip(&scores).map(|(case, score)| pull(case, *score)).collect();
            let tree = Tree::grow(cases, &rising, &pulls);
            scores.iter_mut().zip(cases).for_each(|(score, case)| *score += tree.value(case.numbers));
            model.trees.push(tree);
        }
        model
    }

    /// Above 0 for yes; the logarithm of the odds.
    pub fn score(&self, numbers: &[f32]) -> f32 {
        self.start + self.trees.iter().map(|tree| tree.value(numbers)).sum::<f32>()
    }

    /// A model that was read from a file: does it ask only about numbers there are, and say only numbers?
    pub fn is_sound(&self, wide: usize) -> bool {
        let questions = self.trees.iter().flat_map(|tree| &tree.questions);
        let leaves = self.trees.iter().flat_map(|tree| &tree.leaves);
        questions.into_iter().all(|(number, below)| *number < wide && below.is_finite())
            && leaves.chain([&self.start]).all(|value| value.is_finite())
    }
}

/// The places of the cases by the size of one of their numbers.
fn order(cases: &[Case], number: usize) -> Vec<usize> {
    let mut places: Vec<usize> = (0..cases.len()).collect();
    places.sort_by(|a, b| cases[*a].numbers[number].total_cmp(&cases[*b].numbers[number]));
    places
}

fn pull(case: &Case, score: f32) -> Pull {
    let probability = 1.0 / (1.0 + (-score).exp());
    let slope = case.weight * (f32::from(u8::from(case.yes)) - probability);
    Pull { slope, curve: case.weight * probability * (1.0 - probability), examples: 1 }
}

impl Tree {
    fn grow(cases: &[Case], rising: &[Vec<usize>], pulls: &[Pull]) -> Self {
        // Where there is nothing to ask, everything goes left.
        let mut tree = Self { questions: [(0, f32::MAX); QUESTIONS], leaves: [0.0; QUESTIONS + 1] };
        let mut nodes = vec![0; cases.len()];
        for level in 0..DEPTH {
            let first = (1 << level) - 1;
            for (at, best) in best_questions(cases, rising, pulls, &nodes, first, 1 << level).into_iter().enumerate() {
                tree.questions[first + at] = best.unwrap_or((0, f32::MAX));
            }
            for (node, case) in nodes.iter_mut().zip(cases) {
                *node = tree.below(*node, case.numbers);
            }
        }
        let mut sums = [Pull::default(); QUESTIONS + 1];
        nodes.iter().zip(pulls).for_each(|(node, pull)| sums[node - QUESTIONS].add(*pull));
        tree.leaves = sums.map(|sum| STEP * sum.slope / (sum.curve + RIDGE));
        tree
    }

    fn below(&self, node: usize, numbers: &[f32]) -> usize {
        let (number, limit) = self.questions[node];
        2 * node + if numbers[number] < limit { 1 } else { 2 }
    }

    fn value(&self, numbers: &[f32]) -> f32 {
        let leaf = (0..DEPTH).fold(0, |node, _| self.below(node, numbers));
        self.leaves[leaf - QUESTIONS]
    }
}

/// For each of `count` nodes from `first` on, what to ask there; none where no question is worth it.
fn best_questions(
    cases: &[Case],
    rising: &[Vec<usize>],
    pulls: &[Pull],
    nodes: &[usize],
    first: usize,
    count: usize,
) -> Vec<Option<(usize, f32)>> {
    let mut all = vec![Pull::default(); count];
    nodes.iter().zip(pulls).for_each(|(node, pull)| all[node - first].add(*pull));
    let mut best: Vec<(f32, Option<(usize, f32)>)> = vec![(1e-6, None); count];
    for (number, places) in rising.iter().enumerate() {
        let mut left = vec![(Pull::default(), f32::MIN); count];
        for place in places {
            let (node, value) = (nodes[*place] - first, cases[*place].numbers[number]);
            let (sum, before) = left[node];
            let rest = all[node].less(sum);
            if value > before && sum.examples >= LEAST_EXAMPLES && rest.examples >= LEAST_EXAMPLES {
                let gain = sum.worth() + rest.worth() - all[node].worth();
                if gain > best[node].0 {
                    best[node] = (gain, Some((number, before / 2.0 + value / 2.0)));
                }
            }
            left[node].0.add(pulls[*place]);
            left[node].1 = value;
        }
    }
    best.into_iter().map(|(_, question)| question).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// Yes where exactly one of the first two numbers is large, which no sum of weights can tell.
    fn points() -> Vec<(Vec<f32>, bool)> {
        let place = |i: usize, by: usize| ((i * by) % 97) as f32 / 97.0;
        let point = |i: usize| (place(i, 31), place(i, 57), place(i, 11));
        (0..500).map(point).map(|(a, b, c)| (vec![a, b, c], (a > 0.5) != (b > 0.5))).collect()
    }

    fn cases(points: &[(Vec<f32>, bool)]) -> Vec<Case<'_>> {
        points.iter().map(|(numbers, yes)| Case { numbers, yes: *yes, weight: 1.0 }).collect()
    }

    #[test]
    fn what_depends_on_two_numbers_together_is_learnt() {
        let points = points();
        let model = Boosted::train(&cases(&points), 150);
        let right = points.iter().filter(|(numbers, yes)| (model.score(numbers) > 0.0) == *yes).count();
        assert!(right > 480, "{right} of 500");
        assert_eq!(model, Boosted::train(&cases(&points), 150), "the same every time");
    }

    #[test]
    fn a_model_survives_a_file_and_a_damaged_one_is_noticed() {
        let model = Boosted::train(&cases(&points()), 5);
        let text = serde_json::to_string(&model).unwrap();
        assert_eq!(serde_json::from_str::<Boosted>(&text).unwrap(), model);
        assert!(model.is_sound(3) && !model.is_sound(0));
        assert!(Boosted::constant(1.0).is_sound(0) && !Boosted::constant(f32::NAN).is_sound(3));
    }

    #[test]
    fn nothing_to_learn_from_gives_nothing() {
        assert_eq!(Boosted::train(&[], 3), Boosted::constant(0.0));
        let same = vec![(vec![1.0], true); 50];
        assert!(Boosted::train(&cases(&same), 3).score(&[1.0]) > 0.0);
    }
}
