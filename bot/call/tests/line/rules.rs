//! What must hold for the outputs of every call, whatever happens in it.

use warmline_call::Output;
use warmline_control::{EventKind, TurnRecord};

#[derive(Default)]
pub struct Rules {
    pub ended: bool,
    answered: bool,
    hung_up: bool,
    pub held_at: Option<u64>,
    agent: bool,
    bridged: bool,
    last_prompt: u32,
    last_request: u32,
    last_turn: u16,
    heard: u16,
    last_at: u64,
}

impl Rules {
    pub fn check(&mut self, output: &Output, now: u64) {
        assert!(!self.ended, "after the end came {output:?}");
        assert!(now >= self.last_at);
        self.last_at = now;
        if self.hung_up {
            assert!(matches!(output, Output::Event(EventKind::Ended(_))), "after hanging up came {output:?}");
        }
        match output {
            Output::Event(kind) => self.event(kind),
            Output::Play { id, prompt } => {
                assert_eq!(*id, self.last_prompt + 1);
                assert!(!prompt.text.is_empty());
                assert!(!self.bridged, "the bot talks into the agent's conversation");
                self.last_prompt = *id;
            }
            Output::HoldPlayback => assert_eq!(self.held_at.replace(now), None, "held twice"),
            Output::ResumePlayback => assert!(self.held_at.take().is_some(), "resumed what was not held"),
            Output::StopPlayback => self.held_at = None,
            Output::Recognise { id, from, to, .. } => {
                assert_eq!(*id, self.last_request + 1);
                assert!(from < to, "nothing to read in {from}..{to}");
                self.last_request = *id;
            }
            Output::Request(_) => assert!(!self.bridged, "the bot asks on behalf of the agent's conversation"),
            Output::RingAgent(_) => assert!(!std::mem::replace(&mut self.agent, true), "two agents"),
            Output::BridgeAudio => {
                assert!(self.agent);
                self.bridged = true;
            }
            Output::DropAgent => assert!(std::mem::replace(&mut self.agent, false), "no agent to drop"),
            Output::HangUp => self.hung_up = true,
        }
    }

    fn event(&mut self, kind: &EventKind) {
        match kind {
            EventKind::Answered => self.answered = true,
            EventKind::Turn(turn) => self.turn(turn),
            EventKind::Ended(report) => {
                self.ended = true;
                assert!(!self.answered || self.hung_up, "an answered call was not hung up");
                assert!(!self.agent, "the agent's leg was left behind");
                assert_eq!(report.turns, self.heard, "turns in the report and turns told");
                assert_eq!(report.handed_over, self.bridged);
                assert_eq!(report.ring_ms.is_some(), self.answered);
                assert_eq!(report.answered_by.is_some(), self.answered);
            }
            _ => {}
        }
    }

    fn turn(&mut self, turn: &TurnRecord) {
        assert_eq!(turn.turn, self.last_turn + 1, "a turn is missing before {turn:?}");
        self.last_turn = turn.turn;
        self.heard += u16::from(turn.heard_to_ms.is_some());
        assert!(turn.said_from_ms <= turn.said_to_ms, "{turn:?}");
        assert!(turn.heard_from_ms <= turn.heard_to_ms, "{turn:?}");
        if let Some(latency) = turn.latency {
            let parts = latency.endpointing_ms + latency.asr_ms + latency.nlu_dialog_ms + latency.tts_ms;
            assert!((parts - latency.total_ms).abs() < 1.0, "the parts of {latency:?} are not the whole");
            assert!(turn.heard_to_ms.is_some(), "{turn:?}");
        }
    }
}
