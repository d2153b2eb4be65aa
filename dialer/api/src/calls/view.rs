//! A call as the API shows it: numbers masked by role, times as the recording counts them.

use super::turn::{HandoffView, TurnView};
use crate::auth::Signed;
use crate::named::{CallStateName, OutcomeName};
use chrono::{DateTime, Utc};
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;
use warmline_domain::{CallDetail, CallResult, CallState, CallSummary, Permission};

/// A call as a list shows it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct CallRow {
    pub id: String,
    pub campaign: i64,
    pub campaign_name: String,
    /// The contact's name, possibly empty.
    pub name: String,
    /// Masked unless the role may see numbers.
    pub number: String,
    pub state: CallStateName,
    /// Absent while the call goes on.
    pub outcome: Option<OutcomeName>,
    pub intent: Option<String>,
    pub tags: Vec<String>,
    pub handed_over: bool,
    /// Exchanges in which the person said or keyed something.
    pub turns: u16,
    pub talk_ms: u32,
    pub recorded: bool,
    pub template: String,
    pub trunk: String,
    pub started_at: DateTime<Utc>,
    pub answered_at: Option<DateTime<Utc>>,
    pub ended_at: Option<DateTime<Utc>>,
}

impl CallRow {
    pub(crate) fn new(call: CallSummary, campaign_name: String, reader: &Signed) -> Self {
        let result = call.result.as_ref();
        Self {
            id: call.id.to_string(),
            campaign: call.campaign.0,
            campaign_name,
            number: reader.number(&call.number),
            state: CallStateName(call.state),
            outcome: result.map(|r| OutcomeName(r.outcome)),
            intent: result.and_then(|r| r.intent.clone()),
            tags: result.map(|r| r.tags.clone()).unwrap_or_default(),
            handed_over: result.is_some_and(|r| r.handed_over),
            turns: result.map_or(0, |r| r.turns),
            talk_ms: result.map_or(0, |r| r.talk_ms),
            recorded: call.recorded,
            name: call.name,
            template: call.template,
            trunk: call.trunk,
            started_at: call.started_at,
            answered_at: call.answered_at,
            ended_at: call.ended_at,
        }
    }
}

/// Some calls, newest first.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct CallPage {
    pub calls: Vec<CallRow>,
    /// Give it as `before` for the next page; absent on the last.
    pub next: Option<String>,
}

/// One call with all that is kept of it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct CallView {
    #[serde(flatten)]
    pub row: CallRow,
    /// Who or what ended it.
    pub end_reason: Option<String>,
    pub answered_by: Option<String>,
    pub sip_status: Option<u16>,
    /// One sentence: why.
    pub cause: Option<String>,
    /// From the INVITE to the answer.
    pub ring_ms: Option<u32>,
    /// What it was about, as far as the words tell.
    pub categories: Vec<String>,
    /// Collected by the dialog.
    pub slots: BTreeMap<String, String>,
    /// The contact's data as the call had it.
    pub variables: BTreeMap<String, String>,
    #[serde(rename = "exchanges")]
    pub turns: Vec<TurnView>,
    pub handoff: Option<HandoffView>,
}

impl CallView {
    pub(crate) fn new(call: CallDetail, campaign_name: String, reader: &Signed) -> Self {
        let live = call.summary.state != CallState::Ended;
        let number = call.summary.number.clone();
        let result: Option<CallResult> = call.summary.result.clone().filter(|_| !live);
        let (slots, facts) = match result {
            Some(r) => (r.slots.clone(), Some(r)),
            None => (BTreeMap::new(), None),
        };
        let facts = facts.as_ref();
        Self {
            row: CallRow::new(call.summary, campaign_name, reader),
            end_reason: facts.map(|r| r.end_reason.clone()),
            answered_by: facts.and_then(|r| r.answered_by.clone()),
            sip_status: facts.and_then(|r| r.sip_status),
            cause: facts.map(|r| r.cause.clone()).filter(|c| !c.is_empty()),
            ring_ms: facts.and_then(|r| r.ring_ms),
            categories: facts.map(|r| r.categories.clone()).unwrap_or_default(),
            slots,
            variables: variables(call.variables, number.as_str(), reader),
            turns: call.turns.into_iter().map(TurnView::from).collect(),
            handoff: call.handoff.map(HandoffView::from),
        }
    }
}

/// The contact's columns. One that holds the number is masked like the number itself.
fn variables(all: BTreeMap<String, String>, number: &str, reader: &Signed) -> BTreeMap<String, String> {
    if reader.user.role.may(Permission::NumbersUnmasked) {
        return all;
    }
    all.into_iter()
        .map(|(name, value)| {
            let masked = if same_number(&value, number) { warmline_domain::mask(number) } else { value };
            (name, masked)
        })
        .collect()
}

/// Equal but for punctuation and the prefix that national notation drops.
fn same_number(text: &str, number: &str) -> bool {
    let digits = |s: &str| s.chars().filter(char::is_ascii_digit).collect::<String>();
    let (text, number) = (digits(text), digits(number));
    let text = text.trim_start_matches('0');
    !text.is_empty() && (number.ends_with(text) && text.len() + 4 > number.len())
}

#[cfg(test)]
mod tests {
    use super::same_number;

    #[test]
    fn a_column_with_the_number_in_any_notation_is_found() {
        assert!(same_number("+1 (202) 555-0134", "+12025550134"));
        assert!(same_number("202-555-0134", "+12025550134"));
        assert!(same_number("030 123456", "+4930123456"));
        assert!(!same_number("10:30", "+12025550134"));
        assert!(!same_number("", "+12025550134"));
        assert!(!same_number("34", "+12025550134"));
    }
}
