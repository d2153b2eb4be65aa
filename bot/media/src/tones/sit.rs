//! Special information tones: three rising steps before an announcement that the call cannot be made.
//!
//! ITU-T E.180 only fixes the three steps (950, 1400, 1800 Hz); North America codes the reason in small
//! shifts of frequency and length of the first two.

use super::steady::Steady;

/// Longest silence between two steps.
const MAX_GAP_MS: u32 = 60;
/// Between a short (276 ms) and a long (380 ms) step.
const LONG_MS: u32 = 328;

/// Why the call cannot be made, as far as the tones say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sit {
    /// The number was changed or disconnected.
    Intercept,
    /// The number is not in use.
    VacantCode,
    /// No circuit is free.
    NoCircuit,
    /// The network is overloaded.
    Reorder,
    /// Any other failure.
    Ineffective,
    /// The tones carry no reason, as everywhere outside North America.
    Unspecified,
}

/// Every kind with its three steps (Hz, ms), to generate them.
pub const SIT_STEPS: [(Sit, [(f32, u32); 3]); 6] = [
    (Sit::Intercept, [(913.8, 276), (1370.6, 276), (1776.7, 380)]),
    (Sit::VacantCode, [(985.2, 380), (1370.6, 276), (1776.7, 380)]),
    (Sit::NoCircuit, [(985.2, 380), (1428.5, 380), (1776.7, 380)]),
    (Sit::Reorder, [(913.8, 276), (1428.5, 380), (1776.7, 380)]),
    (Sit::Ineffective, [(913.8, 380), (1370.6, 276), (1776.7, 380)]),
    (Sit::Unspecified, [(950.0, 330), (1400.0, 330), (1800.0, 330)]),
];

impl Sit {
    /// The number itself is wrong: do not dial it again. Otherwise the network could not carry the call.
    /// Unspecified tones are nearly always a wrong number.
    pub fn number_is_invalid(self) -> bool {
        !matches!(self, Self::NoCircuit | Self::Reorder)
    }
}

/// Watches steady tones for the three steps.
#[derive(Clone, Debug, Default)]
pub(super) struct SitWatch {
    steps: Vec<Steady>,
}

impl SitWatch {
    /// Takes the next steady tone; gives the kind when it is the third step.
    pub(super) fn push(&mut self, tone: Steady) -> Option<Sit> {
        let follows = self.steps.last().is_none_or(|last| tone.start_ms <= last.end_ms + MAX_GAP_MS);
        if !follows || !is_step(&tone, self.steps.len()) {
            self.steps.clear();
            if !is_step(&tone, 0) {
                return None;
            }
        }
        self.steps.push(tone);
        let &[first, second, _] = self.steps.as_slice() else { return None };
        self.steps.clear();
        Some(classify(&first, &second))
    }
}

fn is_step(tone: &Steady, index: usize) -> bool {
    const STEPS_HZ: [(f32, f32); 3] = [(880.0, 1020.0), (1340.0, 1460.0), (1740.0, 1860.0)];
    let (low, high) = STEPS_HZ[index.min(2)];
    (low..=high).contains(&tone.hz) && (200..=460).contains(&tone.length_ms())
}

fn classify(first: &Steady, second: &Steady) -> Sit {
    if (932.0..967.0).contains(&first.hz) && (1386.0..1413.0).contains(&second.hz) {
        return Sit::Unspecified;
    }
    let (high_first, high_second) = (first.hz > 950.0, second.hz > 1400.0);
    match (high_first, high_second, first.length_ms() > LONG_MS) {
        (true, false, _) => Sit::VacantCode,
        (_, true, true) => Sit::NoCircuit,
        (_, true, false) => Sit::Reorder,
        (false, false, true) => Sit::Ineffective,
        (false, false, false) => Sit::Intercept,
    }
}
