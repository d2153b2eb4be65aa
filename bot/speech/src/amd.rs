//! Answering-machine detection, first version: the shape of the greeting.
//!
//! A person says "hello?" and waits; a machine recites. From the answer on, speech with gaps shorter
//! than `gap_ms` is one run. A first run that ends before `machine_ms` is a person; a run that lasts
//! that long is a machine; no sound for `quiet_ms` is undecided and treated as a person, who can
//! then talk with the bot. After a machine was found, a beep says "speak now"; a greeting followed
//! by `no_beep_ms` of silence does the same without one. A beep is a machine whatever came before
//! it, also within `late_beep_ms` after the decision for a person ("leave a message" is short). The bot greets at once and does not wait for this: a machine found
//! late stops the greeting.

use crate::Ms;
use crate::activity::Edge;
use serde::{Deserialize, Serialize};

/// Limits of the detector, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AmdConfig {
    pub machine_ms: Ms,
    pub gap_ms: Ms,
    pub quiet_ms: Ms,
    pub no_beep_ms: Ms,
    pub late_beep_ms: Ms,
    /// Longest wait for the end of a machine's greeting.
    pub greeting_limit_ms: Ms,
}

impl Default for AmdConfig {
    fn default() -> Self {
        Self {
            machine_ms: 2300,
            gap_ms: 450,
            quiet_ms: 1800,
            no_beep_ms: 2200,
            late_beep_ms: 12_000,
            greeting_limit_ms: 45_000,
        }
    }
}

/// What was found; each is reported at most once, and `MachineReady` only after `Machine`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
    /// Person, or undecided: talk on.
    Person,
    /// A machine is reciting its greeting: stop talking and wait.
    Machine,
    /// The machine records now.
    MachineReady { beep: bool },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Listening,
    Greeting,
    /// Decided for a person; only a beep can change it.
    Person,
    Done,
}

/// The detector of one call. All times on the call's clock, zero at the answer.
#[derive(Clone, Debug)]
pub struct Amd {
    config: AmdConfig,
    state: State,
    run_from: Option<Ms>,
    speaking: bool,
    last_sound: Ms,
}

impl Amd {
    pub fn new(config: AmdConfig) -> Self {
        Self { config, state: State::Listening, run_from: None, speaking: false, last_sound: 0 }
    }

    /// No verdict yet: speech may still be the far end's greeting.
    pub fn undecided(&self) -> bool {
        self.state == State::Listening
    }

    /// An edge of the far end's speech.
    pub fn on_edge(&mut self, edge: Edge) {
        match edge {
            Edge::Started { at } => {
                let continues = self.run_from.is_some() && at.saturating_sub(self.last_sound) < self.config.gap_ms;
                if !continues {
                    self.run_from = Some(at);
                }
                self.speaking = true;
                self.last_sound = at;
            }
            Edge::Stopped { at } => {
                self.speaking = false;
                self.last_sound = at;
            }
        }
    }

    /// A beep ended at `now`.
    pub fn on_beep(&mut self, now: Ms) -> Option<Finding> {
        if self.state == State::Done || (self.state == State::Person && now > self.config.late_beep_ms) {
            return None;
        }
        self.state = State::Done;
        Some(Finding::MachineReady { beep: true })
    }

    /// Time went on to `now`.
    pub fn poll(&mut self, now: Ms) -> Option<Finding> {
        if self.speaking {
            self.last_sound = now;
        }
        match self.state {
            State::Listening => self.listen(now),
            State::Greeting => {
                let silent = now.saturating_sub(self.last_sound) >= self.config.no_beep_ms;
                if silent || now >= self.config.greeting_limit_ms {
                    self.state = State::Done;
                    return Some(Finding::MachineReady { beep: false });
                }
                None
            }
            State::Person | State::Done => None,
        }
    }

    fn listen(&mut self, now: Ms) -> Option<Finding> {
        let Some(from) = self.run_from else {
            return (now >= self.config.quiet_ms).then(|| self.person());
        };
        let run = self.last_sound.saturating_sub(from);
        if run >= self.config.machine_ms {
            self.state = State::Greeting;
            return Some(Finding::Machine);
        }
        let over = now.saturating_sub(self.last_sound) >= self.config.gap_ms;
        (over && !self.speaking).then(|| self.person())
    }

    fn person(&mut self) -> Finding {
        self.state = State::Person;
        Finding::Person
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Speech intervals and an optional beep end → findings with their times.
    fn run(speech: &[(Ms, Ms)], beep: Option<Ms>, until: Ms) -> Vec<(Ms, Finding)> {
        let mut amd = Amd::new(AmdConfig::default());
        let mut found = Vec::new();
        for now in (0..until).step_by(20) {
            for &(from, to) in speech {
                if now == from {
                    amd.on_edge(Edge::Started { at: from });
                }
                if now == to {
                    amd.on_edge(Edge::Stopped { at: to });
                }
            }
            if beep == Some(now) {
                found.extend(amd.on_beep(now).map(|f| (now, f)));
            }
            found.extend(amd.poll(now).map(|f| (now, f)));
        }
        found
    }

    #[test]
    fn hello_and_a_wait_is_a_person_within_a_second_and_a_half() {
        let found = run(&[(400, 900)], None, 5000);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].1, Finding::Person);
        assert!(found[0].0 <= 1500, "{found:?}");
    }

    #[test]
    fn a_silent_line_is_treated_as_a_person() {
        assert_eq!(run(&[], None, 5000), [(1800, Finding::Person)]);
    }

    #[test]
    fn a_recital_with_short_gaps_is_a_machine_and_the_beep_opens_it() {
        let found = run(&[(300, 1600), (1900, 5000)], Some(5600), 9000);
        assert_eq!(found, [(2600, Finding::Machine), (5600, Finding::MachineReady { beep: true })]);
    }

    #[test]
    fn a_short_greeting_taken_for_a_person_is_corrected_by_its_beep_but_not_by_a_tone_much_later() {
        assert_eq!(
            run(&[(300, 1300)], Some(2000), 3000).last().map(|f| f.1),
            Some(Finding::MachineReady { beep: true })
        );
        assert_eq!(run(&[(300, 1300)], Some(20_000), 21_000).len(), 1);
    }

    #[test]
    fn a_machine_without_a_beep_is_spoken_to_after_its_silence() {
        let found = run(&[(300, 5000)], None, 9000);
        assert_eq!(found[1], (7200, Finding::MachineReady { beep: false }));
    }
}
