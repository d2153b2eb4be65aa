//! A peer for load: holds the call, says nothing of its own.

use super::{Act, Input, Ms, Party};
use crate::report::{CallLog, Verdict};

pub(super) struct Peer {
    hangs_up_after: Ms,
}

impl Peer {
    pub(super) fn new(hangs_up_after: Ms) -> Self {
        Self { hangs_up_after }
    }
}

impl Party for Peer {
    fn handle(&mut self, _input: &Input, _now: Ms) {}

    fn poll(&mut self, now: Ms) -> Option<Act> {
        (self.hangs_up_after > 0 && now >= self.hangs_up_after).then_some(Act::Hangup("time is up"))
    }

    fn wants(&self) -> Vec<String> {
        Vec::new()
    }

    fn verdict(&self, log: &CallLog) -> Verdict {
        match log.rtp.received {
            0 => Verdict::fail("no packet arrived"),
            _ => Verdict::pass(),
        }
    }
}
