//! What a changed template does otherwise: to the conversations beside it, to stored calls, and in its own check.

use super::{AssignError, Proposal, StoredChange, TestChange};
use crate::templates::review::find::Stored;
use std::collections::BTreeSet;
use std::sync::Arc;
use warmline_dialog::CompiledTemplate;
use warmline_dialog::plan::{Plan, Told, Verdict};
use warmline_dialog::play::Embed;
use warmline_dialog::replay::compare;
use warmline_storage::TurnRef;

impl Proposal {
    pub(super) fn hold_tests(
        &mut self,
        tests: Option<String>,
        before: &Arc<CompiledTemplate>,
        after: &Arc<CompiledTemplate>,
        embed: Embed<'_>,
    ) -> Result<(), AssignError> {
        let Some(tests) = tests else { return Ok(()) };
        let bad =
            |error: warmline_dialog::plan::PlanError| AssignError::Refused(format!("the tests beside it: {error}"));
        let plan = Plan::parse(&tests).map_err(bad)?;
        let old = plan.hold(before, |_| true, &mut *embed).map_err(bad)?;
        let new = plan.hold(after, |_| true, embed).map_err(bad)?;
        self.tests = new.len();
        let changed = old.iter().zip(&new).filter(|(old, new)| way(old) != way(new) || old.passed() != new.passed());
        self.test_changes = changed
            .map(|(old, new)| TestChange {
                name: new.name.clone(),
                line: new.at.line,
                passed: old.passed(),
                passes: new.passed(),
                mismatches: new.mismatches().map(ToString::to_string).collect(),
            })
            .collect();
        Ok(())
    }

    pub(super) fn hold_calls(
        &mut self,
        stored: &Stored,
        before: &Arc<CompiledTemplate>,
        after: &Arc<CompiledTemplate>,
        embed: Embed<'_>,
    ) {
        let own: BTreeSet<TurnRef> = self.turns.iter().copied().collect();
        for heard in &stored.calls {
            let call = heard.stored_call(&mut *embed);
            let found = compare(before, after, &call);
            let (id, name) = (heard.detail.summary.id, &heard.detail.summary.name);
            if found.before != found.after {
                self.endings.push((id, found.before, found.after));
            }
            for change in found.changes.iter().filter(|change| change.meaning()) {
                let own = own.contains(&(id, change.turn));
                let turn = heard.detail.turns.iter().find(|turn| turn.turn == change.turn);
                let change = StoredChange {
                    call: id,
                    turn: change.turn,
                    heard: turn.map(|turn| turn.heard.clone()).unwrap_or_default(),
                    name: name.clone(),
                    before: change.before.intent().map(str::to_owned),
                    after: change.after.intent().map(str::to_owned),
                    own,
                };
                let wanted = self.intent.strip_prefix("knowledge:").unwrap_or(&self.intent);
                let means = change.after.as_deref().map(|after| after.strip_prefix("knowledge:").unwrap_or(after));
                self.settled += usize::from(own && means == Some(wanted));
                self.turn_changes.push(change);
            }
        }
    }
}

pub(super) fn new_warnings(before: &CompiledTemplate, after: &CompiledTemplate) -> Vec<String> {
    let known: Vec<&str> = before.template().warnings.iter().map(|warning| warning.message.as_str()).collect();
    let new = after.template().warnings.iter().filter(|warning| !known.contains(&warning.message.as_str()));
    new.map(ToString::to_string).collect()
}

/// What was said and what it was taken for, without scores.
fn way(verdict: &Verdict) -> Vec<String> {
    let line = |told: &Told| match told {
        Told::Bot(said) => format!("bot {said}"),
        Told::Act { what, understood } => {
            let intent = understood.as_deref().and_then(|text| text.split_whitespace().next());
            format!("{what} {}", intent.unwrap_or_default())
        }
        Told::Missed(mismatch) => mismatch.to_string(),
    };
    verdict.told.iter().map(line).collect()
}
