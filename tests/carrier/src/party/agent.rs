//! An agent's phone: answers, greets, says a few words, listens, hangs up.

use super::{Act, Input, Ms, Party, line};
use crate::people::Agent;
use crate::report::{CallLog, Verdict};

/// From answer to the first word, and from the caller's last word to the reply.
const PAUSE: Ms = 400;

pub(super) struct Phone {
    agent: Agent,
    answered: Ms,
    speak_at: Option<Ms>,
    /// Lines said; the first is the greeting.
    said: usize,
    playing: bool,
    heard_ms: Ms,
}

impl Phone {
    pub(super) fn new(agent: Agent) -> Self {
        Self { agent, answered: 0, speak_at: None, said: 0, playing: false, heard_ms: 0 }
    }
}

impl Party for Phone {
    fn handle(&mut self, input: &Input, now: Ms) {
        match input {
            Input::Answered => {
                self.answered = now;
                self.speak_at = Some(now + PAUSE);
            }
            Input::Started { .. } if self.said > 0 => self.speak_at = None,
            Input::Started { .. } => {}
            Input::Stopped { from, to, .. } => {
                self.heard_ms += to.saturating_sub(*from);
                if self.said > 0 && !self.playing {
                    self.speak_at = Some(now + PAUSE);
                }
            }
            Input::Played => self.playing = false,
        }
    }

    fn poll(&mut self, now: Ms) -> Option<Act> {
        let limit = self.agent.hangs_up_after_ms;
        if limit > 0 && now >= self.answered + limit {
            return Some(Act::Hangup("the agent is done"));
        }
        if self.playing || self.speak_at.is_none_or(|at| now < at) {
            return None;
        }
        self.speak_at = None;
        let text = if self.said == 0 { Some(&self.agent.hello) } else { self.agent.replies.get(self.said - 1) }?;
        let line = line(text)?;
        self.said += 1;
        self.playing = true;
        Some(Act::Say(line))
    }

    fn wants(&self) -> Vec<String> {
        Vec::new()
    }

    fn verdict(&self, _log: &CallLog) -> Verdict {
        if self.heard_ms < self.agent.hears_ms {
            return Verdict::fail(format!(
                "heard {} ms of the caller, {} expected",
                self.heard_ms, self.agent.hears_ms
            ));
        }
        if self.said == 0 {
            return Verdict::fail("the call ended before the agent could speak");
        }
        Verdict::pass()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn greets_replies_and_hangs_up_and_wants_to_hear_somebody() {
        let agent: Agent = toml::from_str("replies = [\"yes of course\"]\nhangs_up_after_ms = 9000").unwrap();
        let mut phone = Phone::new(agent);
        phone.handle(&Input::Answered, 0);
        assert!(matches!(phone.poll(400), Some(Act::Say(_))));
        phone.handle(&Input::Played, 1600);
        assert!(phone.verdict(&CallLog::default()).why.starts_with("heard 0 ms"));
        phone.handle(&Input::Started { at: 2000 }, 2040);
        phone.handle(&Input::Stopped { from: 2000, to: 3000, heard: vec![] }, 3600);
        assert_eq!(phone.poll(3900), None);
        assert!(matches!(phone.poll(4000), Some(Act::Say(_))));
        assert!(phone.verdict(&CallLog::default()).pass);
        assert!(matches!(phone.poll(9000), Some(Act::Hangup(_))));
    }
}
