//! Voicemail: recites a greeting, beeps or does not, records, hangs up when it has recorded enough.

use super::{Act, Input, Ms, Party, line};
use crate::people::Machine;
use crate::report::{CallLog, Verdict};

/// From answer to greeting.
const PICK_UP: Ms = 400;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Waiting(Ms),
    Greeting,
    GreetingOver,
    Beeping,
    Recording(Ms),
}

pub(super) struct Voicemail {
    machine: Machine,
    state: State,
    message_ms: Ms,
    understood: bool,
    heard_speech: bool,
}

impl Voicemail {
    pub(super) fn new(machine: Machine) -> Self {
        Self { machine, state: State::Waiting(0), message_ms: 0, understood: false, heard_speech: false }
    }
}

impl Party for Voicemail {
    fn handle(&mut self, input: &Input, now: Ms) {
        match (input, self.state) {
            (Input::Answered, _) => self.state = State::Waiting(now + PICK_UP),
            (Input::Played, State::Greeting) => {
                let next = if self.machine.beep.is_some() { State::GreetingOver } else { State::Recording(now) };
                self.state = next;
            }
            (Input::Played, State::Beeping) => self.state = State::Recording(now),
            (Input::Stopped { from, to, heard }, state) => {
                self.heard_speech = true;
                // Only what was said after the beep is on the tape.
                if let State::Recording(since) = state {
                    self.message_ms += to.saturating_sub(since.max(*from));
                    self.understood |= !heard.is_empty();
                }
            }
            _ => {}
        }
    }

    fn poll(&mut self, now: Ms) -> Option<Act> {
        match self.state {
            State::Waiting(at) if at > 0 && now >= at => {
                self.state = State::Greeting;
                line(&self.machine.greeting).map(Act::Say)
            }
            State::GreetingOver => {
                let beep = self.machine.beep?;
                self.state = State::Beeping;
                Some(Act::Beep { hz: beep.hz, ms: beep.ms, gap: beep.gap_ms, over: line(&self.machine.voice_over) })
            }
            State::Recording(since) if now >= since + self.machine.record_ms => Some(Act::Hangup("the tape is full")),
            _ => None,
        }
    }

    fn wants(&self) -> Vec<String> {
        self.machine.hear.clone()
    }

    fn verdict(&self, _log: &CallLog) -> Verdict {
        if !self.heard_speech {
            return Verdict::fail("heard nothing");
        }
        if !matches!(self.state, State::Recording(_)) {
            return Verdict::fail("the caller hung up before the recording began");
        }
        if self.message_ms < self.machine.message_ms {
            return Verdict::fail(format!(
                "only {} ms of message after the greeting, {} expected",
                self.message_ms, self.machine.message_ms
            ));
        }
        if !self.machine.hear.is_empty() && !self.understood {
            return Verdict::fail(format!("the message has none of `{}`", self.machine.hear.join("`, `")));
        }
        Verdict::pass()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn voicemail(beep: &str) -> Voicemail {
        let text = format!("greeting = \"please leave a message\"\nhear = [\"call back\"]\n{beep}");
        Voicemail::new(toml::from_str(&text).unwrap())
    }

    fn recite(machine: &mut Voicemail) {
        machine.handle(&Input::Answered, 0);
        assert_eq!(machine.poll(380), None);
        assert!(matches!(machine.poll(400), Some(Act::Say(_))));
        machine.handle(&Input::Played, 3000);
    }

    #[test]
    fn a_message_counts_only_after_the_beep() {
        let mut machine = voicemail("beep = { hz = 1400.0 }");
        recite(&mut machine);
        assert!(matches!(machine.poll(3000), Some(Act::Beep { hz: 1400.0, gap: 400, .. })));
        machine.handle(&Input::Stopped { from: 500, to: 3500, heard: vec!["call back".into()] }, 3700);
        machine.handle(&Input::Played, 3800);
        assert!(machine.verdict(&CallLog::default()).why.contains("only 0 ms"));
        machine.handle(&Input::Stopped { from: 3700, to: 5000, heard: vec![] }, 5600);
        assert!(machine.verdict(&CallLog::default()).why.contains("only 1200 ms"));
        machine.handle(&Input::Stopped { from: 6000, to: 7000, heard: vec!["call back".into()] }, 7600);
        assert!(machine.verdict(&CallLog::default()).pass);
        assert_eq!(machine.poll(33_800), Some(Act::Hangup("the tape is full")));
    }

    #[test]
    fn without_a_beep_the_tape_runs_from_the_end_of_the_greeting() {
        let mut machine = voicemail("");
        recite(&mut machine);
        assert_eq!(machine.poll(3000), None);
        machine.handle(&Input::Stopped { from: 5000, to: 8000, heard: vec![] }, 8600);
        assert!(machine.verdict(&CallLog::default()).why.contains("none of `call back`"));
    }
}
