//! Stored conversations scored again: what another threshold or other weights would have done.
//!
//! Reads what is stored of each turn and nothing else: no audio, no models. It answers "at which turn would the call have
//! gone to an agent, and why", for conversations as they were; what people would have said otherwise nobody knows.

use super::{Meter, TurnFacts};
use crate::api::HandoffScore;
use crate::compiled::CompiledTemplate;
use crate::dialog::Variables;
use warmline_schema::{GlobalIntent, Handoff};

/// One stored turn in which the person answered.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PastTurn<'a> {
    /// Its number in the call.
    pub turn: u16,
    pub facts: TurnFacts<'a>,
}

/// How a stored conversation ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PastEnd {
    /// The bot ended it, or the flow led to an agent: after its last answer nothing was asked any more.
    pub closed: bool,
    /// An agent was asked for.
    pub handed_over: bool,
    /// It was the score that asked for one.
    pub by_score: bool,
}

/// What a rule makes of a stored conversation.
#[derive(Clone, Debug, PartialEq)]
pub struct Replayed {
    /// The score after each turn, in their order.
    pub scores: Vec<HandoffScore>,
    /// The call would have gone to an agent.
    pub handed_over: bool,
    /// The first turn after which the score would have asked for one.
    pub by_score_at: Option<usize>,
}

/// Score `turns` with `rule`, as if it had a `goto`.
pub fn replay(
    template: &CompiledTemplate,
    rule: &Handoff,
    variables: &Variables,
    turns: &[PastTurn<'_>],
    end: PastEnd,
) -> Replayed {
    let mut meter = Meter::new(template, rule, variables);
    let mut scores = Vec::with_capacity(turns.len());
    let mut by_score_at = None;
    for (place, past) in turns.iter().enumerate() {
        scores.push(meter.turn(template, &past.facts));
        let last = place + 1 == turns.len();
        // What ended the call by itself would have ended it all the same; what the score ended would not.
        let over = last && end.closed && !end.by_score;
        let opted_out = past.facts.understood == Some(GlobalIntent::DoNotCall.name());
        if meter.wants() && !over && !opted_out {
            by_score_at.get_or_insert(place);
            meter.asked();
        }
    }
    let by_flow = end.handed_over && !end.by_score;
    Replayed { scores, handed_over: by_flow || by_score_at.is_some(), by_score_at }
}
