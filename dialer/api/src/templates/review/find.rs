//! From stored calls to groups of answers that need a look.
//!
//! [`Stored::load`] reads the calls; [`Review::of`] thinks, and blocks while it does. What was looked at before does
//! not come back, nor what the template understands by now.

use crate::TemplateLibrary;
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use warmline_campaign::place;
use warmline_dialog::play::Embed;
use warmline_dialog::replay::{self, Input, StoredCall, StoredTurn};
use warmline_dialog::review::{Answer, Cluster, Reason, Said, clusters, reasons};
use warmline_dialog::{CompiledTemplate, Entry, Reading, Utterance, words};
use warmline_domain::{AttemptId, CallDetail, CampaignId, Turn, TurnInput};
use warmline_storage::{Db, StorageError, TurnRef};

/// An understanding of now that is this sure settles what was not understood then.
const SETTLED: f32 = 0.7;

/// The calls of a template, and what of them was looked at.
pub struct Stored {
    pub calls: Vec<Heard>,
    reviewed: BTreeSet<TurnRef>,
}

/// One call.
pub struct Heard {
    pub detail: CallDetail,
    /// The person's.
    pub zone: Tz,
}

/// An answer that needs a look.
#[derive(Clone, Debug)]
pub struct Item {
    pub call: AttemptId,
    pub turn: u16,
    pub step: String,
    pub heard: String,
    /// The contact's name, to be hidden.
    pub name: String,
    pub at: DateTime<Utc>,
    pub understood: Option<String>,
    pub score: Option<f32>,
    pub confidence: Option<f32>,
    pub reasons: Vec<Reason>,
    /// The call's recording, and where in it the answer is, in milliseconds.
    pub recording: Option<String>,
    pub from_ms: u32,
    pub to_ms: u32,
}

/// Answers that mean the same.
#[derive(Clone, Debug)]
pub struct Group {
    pub cluster: Cluster,
    /// The members, the newest first.
    pub items: Vec<Item>,
}

/// What there is to look at.
#[derive(Clone, Debug, Default)]
pub struct Review {
    /// The largest first.
    pub groups: Vec<Group>,
    pub calls: usize,
    /// Spoken answers in them.
    pub answers: usize,
}

impl Stored {
    /// The newest `most` calls of the library's `template` since `since`.
    pub async fn load(
        db: &Db,
        library: &TemplateLibrary,
        template: &str,
        since: Option<DateTime<Utc>>,
        most: u32,
    ) -> Result<Self, StorageError> {
        let called = library.called(db, template).await?;
        let campaigns = db.campaigns().await?;
        let zones: HashMap<CampaignId, Tz> = campaigns.into_iter().map(|c| (c.id, c.data.settings.time_zone)).collect();
        let mut calls = Vec::new();
        for id in db.spoken_calls(&called, since, most).await? {
            let Some(mut detail) = db.call(id).await? else { continue };
            let campaign = zones.get(&detail.summary.campaign).copied().unwrap_or(Tz::UTC);
            let contact = db.contact(detail.summary.contact).await?;
            let zone = contact.map_or(campaign, |c| place(c.data.time_zone, c.data.region, campaign).zone());
            // What the dialling makes of a contact.
            if !detail.summary.name.is_empty() {
                detail.variables.entry("name".to_owned()).or_insert_with(|| detail.summary.name.clone());
            }
            calls.push(Heard { detail, zone });
        }
        Ok(Self { calls, reviewed: db.reviewed(&called, since).await? })
    }
}

impl Heard {
    /// For a replay. `embed` gives the sentences their embeddings.
    pub fn stored_call(&self, embed: Embed<'_>) -> StoredCall {
        let detail = &self.detail;
        let answered_at = detail.summary.answered_at.unwrap_or(detail.summary.started_at);
        let result = detail.summary.result.as_ref();
        let entry = match result.and_then(|result| result.answered_by.as_deref()) {
            Some("machine_with_beep") => Entry::MachineWithBeep,
            Some("machine_without_beep") => Entry::MachineWithoutBeep,
            _ => Entry::Person,
        };
        StoredCall {
            variables: detail.variables.clone(),
            answered_at: answered_at.with_timezone(&self.zone).naive_local(),
            entry,
            slots: result.map(|result| result.slots.clone()).unwrap_or_default(),
            handoff_failed: detail.handoff.as_ref().is_some_and(|handoff| handoff.failed.is_some()),
            turns: detail.turns.iter().map(|turn| stored_turn(turn, &mut *embed)).collect(),
        }
    }

    fn answers(&self) -> Vec<&Turn> {
        self.detail.turns.iter().filter(|turn| turn.answer().is_some()).collect()
    }
}

fn stored_turn(turn: &Turn, embed: Embed<'_>) -> StoredTurn {
    let input = match turn.answer() {
        None => Input::Nothing,
        Some(TurnInput::Key) => Input::Keys(turn.heard.clone()),
        Some(TurnInput::Silence) => Input::Silence,
        Some(TurnInput::Speech) => Input::Speech(utterance(turn, embed)),
    };
    let at_ms = turn.heard_to_ms.unwrap_or(turn.said_to_ms);
    StoredTurn { turn: turn.turn, at_ms, step: turn.step.clone(), point: turn.point.clone(), input }
}

fn utterance(turn: &Turn, embed: Embed<'_>) -> Utterance {
    let reading = |text: &str, confidence: f32, expected: bool| Reading { text: text.to_owned(), confidence, expected };
    let mut readings: Vec<Reading> =
        turn.readings.iter().map(|read| reading(&read.text, read.confidence, read.expected)).collect();
    if readings.is_empty() && !turn.heard.is_empty() {
        readings.push(reading(&turn.heard, turn.confidence.unwrap_or(0.5), false));
    }
    let embedding = readings.first().and_then(|best| embed(&best.text));
    Utterance { readings, embedding }
}

impl Review {
    /// Groups of the answers of `stored` that need a look, as `template` understands things now. Blocking.
    pub fn of(stored: &Stored, template: &Arc<CompiledTemplate>, embed: Embed<'_>) -> Self {
        let mut review = Self { calls: stored.calls.len(), ..Self::default() };
        let mut items: Vec<Item> = Vec::new();
        for heard in &stored.calls {
            let answers = heard.answers();
            review.answers += answers.iter().filter(|turn| turn.answer() == Some(TurnInput::Speech)).count();
            for (turn, why) in answers.iter().zip(reasons_of(heard, &answers)) {
                let seen = stored.reviewed.contains(&(heard.detail.summary.id, turn.turn));
                if !why.is_empty() && !seen && !settled(heard, turn, &why, template, &mut *embed) {
                    items.push(item(heard, turn, why));
                }
            }
        }
        let embeddings: Vec<Option<Vec<f32>>> =
            items.iter().map(|item| embed(&words::normalise(&item.heard))).collect();
        let said: Vec<Said> = items
            .iter()
            .zip(&embeddings)
            .map(|(item, embedding)| Said { text: &item.heard, embedding: embedding.as_deref(), step: &item.step })
            .collect();
        let found = clusters(&said, template);
        let group = |cluster: Cluster| {
            let mut own: Vec<Item> = cluster.members.iter().map(|place| items[*place].clone()).collect();
            own.sort_by(|a, b| b.at.cmp(&a.at).then(a.turn.cmp(&b.turn)));
            Group { cluster, items: own }
        };
        review.groups = found.into_iter().map(group).collect();
        review
    }

    /// The group with this id.
    pub fn group(&self, id: &str) -> Option<&Group> {
        self.groups.iter().find(|group| group.cluster.id == id)
    }
}

impl Group {
    /// The turns, for marking them.
    pub fn turns(&self) -> Vec<TurnRef> {
        self.items.iter().map(|item| (item.call, item.turn)).collect()
    }

    /// How often each reason was there, the most frequent first.
    pub fn reasons(&self) -> Vec<(Reason, usize)> {
        let mut counts: BTreeMap<Reason, usize> = BTreeMap::new();
        self.items.iter().flat_map(|item| &item.reasons).for_each(|reason| *counts.entry(*reason).or_default() += 1);
        let mut counts: Vec<_> = counts.into_iter().collect();
        counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        counts
    }
}

fn reasons_of(heard: &Heard, answers: &[&Turn]) -> Vec<Vec<Reason>> {
    let known: Vec<Answer> = answers
        .iter()
        .map(|turn| Answer {
            speech: turn.answer() == Some(TurnInput::Speech),
            heard: &turn.heard,
            confidence: turn.confidence,
            understood: turn.understood.as_deref(),
            score: turn.score,
            next_best: turn.alternatives.first().map(|other| other.score),
        })
        .collect();
    let result = heard.detail.summary.result.as_ref();
    let hung_up = result.is_some_and(|result| result.end_reason == "remote_hangup" && !result.handed_over);
    reasons(&known, hung_up)
}

/// Not understood then, and clearly understood by what the template is now.
fn settled(heard: &Heard, turn: &Turn, why: &[Reason], template: &Arc<CompiledTemplate>, embed: Embed<'_>) -> bool {
    let curable = |reason: &Reason| matches!(reason, Reason::NotUnderstood | Reason::LowScore | Reason::Close);
    if !why.iter().any(curable) {
        return false;
    }
    let detail = &heard.detail;
    let answered_at = detail.summary.answered_at.unwrap_or(detail.summary.started_at).with_timezone(&heard.zone);
    let stored = stored_turn(turn, embed);
    let now = answered_at.naive_local() + TimeDelta::milliseconds(i64::from(stored.at_ms));
    let replayed = replay::turn(template, &detail.variables, &BTreeMap::new(), &stored, now);
    let understanding = replayed.reply().and_then(|reply| reply.understanding.as_ref());
    understanding.is_some_and(|found| {
        let close = found.alternatives.first().is_some_and(|other| found.score - other.score < 0.1);
        found.intent.is_some() && found.score >= SETTLED && !close
    })
}

fn item(heard: &Heard, turn: &Turn, reasons: Vec<Reason>) -> Item {
    let summary = &heard.detail.summary;
    let from_ms = turn.heard_from_ms.unwrap_or(turn.said_to_ms);
    let at = summary.answered_at.unwrap_or(summary.started_at) + TimeDelta::milliseconds(i64::from(from_ms));
    Item {
        call: summary.id,
        turn: turn.turn,
        step: turn.step.clone(),
        heard: turn.heard.clone(),
        name: summary.name.clone(),
        at,
        understood: turn.understood.clone(),
        score: turn.score,
        confidence: turn.confidence,
        reasons,
        recording: heard.detail.recordings.last().map(|file| file.path.clone()),
        from_ms,
        to_ms: turn.heard_to_ms.unwrap_or(from_ms),
    }
}
