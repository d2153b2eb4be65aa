//! One conversation, held and judged line by line. What does not fit is noted and the conversation goes on, so that
//! one look shows everything.

use super::{Mismatch, Plan, Told, Verdict};
use crate::api::{Effect, Understanding};
use crate::compiled::CompiledTemplate;
use crate::noise::without_spaces;
use crate::play::{Embed, Exchange, Play, Scene};
use crate::words;
use std::sync::Arc;
use warmline_schema::conversations::{Act, Conversation, Ending, Expected, LineKind};
use warmline_schema::{At, Named};

/// What nothing was taken for, as it is written.
const NOTHING: &str = "nothing";

pub(super) fn hold(
    plan: &Plan,
    conversation: &Conversation,
    template: &Arc<CompiledTemplate>,
    embed: Embed<'_>,
) -> Verdict {
    let mut contact = plan.contact.clone();
    contact.extend(conversation.contact.clone());
    let own_time = conversation.now.as_ref().and_then(|now| super::local_time(&now.name));
    let (seed, now, answered_by) = (conversation.seed, own_time.unwrap_or(plan.now), conversation.answered_by);
    let (play, first) = Play::begin(&Scene { template, contact, seed, now, answered_by });
    let mut judge = Judge::new(play, &first, &conversation.must_not);
    judge.note(&first);
    for line in &conversation.talk {
        match &line.kind {
            LineKind::Bot { words, within } => judge.bot(line.at, words, *within),
            LineKind::BotNot(words) => judge.bot_not(line.at, words),
            LineKind::Expect(expected) => judge.expect(expected, false),
            LineKind::Act(act) => judge.act(line.at, act, &mut *embed),
        }
    }
    judge.give_up_waiting();
    judge.expect(&conversation.expect, true);
    let (name, at) = (conversation.name.name.clone(), conversation.name.at);
    Verdict { name, at, told: judge.told, took_ms: judge.last.at_ms }
}

struct Judge<'a> {
    play: Play,
    must_not: &'a [Named],
    last: Exchange,
    understood: Option<Understanding>,
    /// The last handoff score.
    handoff: f32,
    /// What the bot said since the last act, normalised; without what a `bot` line has claimed.
    unseen: String,
    /// Words that may still come: with the turns that are left for them.
    awaited: Vec<(At, String, u32)>,
    /// Answers of the person so far, and when the bot hung up or asked for an agent.
    turns: u32,
    settled: Option<u32>,
    told: Vec<Told>,
}

impl<'a> Judge<'a> {
    fn new(play: Play, first: &Exchange, must_not: &'a [Named]) -> Self {
        Self {
            play,
            must_not,
            last: first.clone(),
            understood: None,
            handoff: 0.0,
            unseen: String::new(),
            awaited: Vec::new(),
            turns: 0,
            settled: None,
            told: Vec::new(),
        }
    }

    fn missed(&mut self, at: At, expected: String, actual: String) {
        self.told.push(Told::Missed(Mismatch { at, expected, actual }));
    }

    /// Take in what an act came to.
    fn note(&mut self, exchange: &Exchange) {
        let said = exchange.said();
        self.unseen = words::normalise(&said);
        if !said.is_empty() {
            self.told.push(Told::Bot(said));
        }
        for words in self.must_not {
            if place(&self.unseen, &words::normalise(&words.name)).is_some() {
                self.missed(words.at, format!("the bot never to say `{}`", words.name), "it did".to_owned());
            }
        }
        if self.settled.is_none() && exchange.ending != Ending::Listening {
            self.settled = Some(self.turns);
        }
        self.handoff = exchange.handoff().map_or(self.handoff, |handoff| handoff.score);
        self.last = exchange.clone();
        self.look_for_awaited();
    }

    fn act(&mut self, at: At, act: &Act, embed: Embed<'_>) {
        let answers = matches!(act, Act::User(_) | Act::Interrupt(_) | Act::Unclear | Act::Key(_) | Act::Silence);
        let what = super::write::told(act);
        // Whoever hangs up hears nothing more; only words would be said to nobody.
        if matches!(act, Act::User(_) | Act::Interrupt(_)) && self.play.over() {
            self.told.push(Told::Act { what, understood: None });
            let ended = format!("the call had ended ({})", self.last.ending.name());
            return self.missed(at, "the call to go on".to_owned(), ended);
        }
        self.turns += u32::from(answers);
        let exchange = self.play.act(act, embed);
        let understood = exchange.understood().cloned();
        let shown = match (&understood, exchange.noticed) {
            (_, false) => Some("not heard: this prompt cannot be interrupted".to_owned()),
            (Some(found), true) => Some(shown(found)),
            (None, true) => None,
        };
        self.told.push(Told::Act { what, understood: shown });
        if answers {
            self.understood = understood;
        }
        self.note(&exchange);
    }

    fn bot(&mut self, at: At, words: &str, within: u32) {
        let wanted = words::normalise(words);
        match place(&self.unseen, &wanted) {
            Some(found) => {
                self.unseen = self.unseen.get(found + wanted.len()..).unwrap_or_default().trim().to_owned();
            }
            None if within > 0 => self.awaited.push((at, words.to_owned(), within)),
            None => {
                let actual = self.what_it_said();
                self.missed(at, format!("the bot to say `{words}`"), actual);
            }
        }
    }

    fn bot_not(&mut self, at: At, words: &str) {
        let said = words::normalise(&self.last.said());
        if place(&said, &words::normalise(words)).is_some() {
            self.missed(at, format!("the bot not to say `{words}`"), "it did".to_owned());
        }
    }

    fn look_for_awaited(&mut self) {
        for (at, words, left) in std::mem::take(&mut self.awaited) {
            match (place(&self.unseen, &words::normalise(&words)).is_some(), left) {
                (true, _) => {}
                (false, 0 | 1) => {
                    let actual = self.what_it_said();
                    self.missed(at, format!("the bot to have said `{words}` by now"), actual);
                }
                (false, _) => self.awaited.push((at, words, left - 1)),
            }
        }
    }

    /// The conversation is over: what has not come does not come.
    fn give_up_waiting(&mut self) {
        for (at, words, _) in std::mem::take(&mut self.awaited) {
            self.missed(at, format!("the bot to say `{words}`"), "it did not".to_owned());
        }
    }

    fn what_it_said(&self) -> String {
        match self.last.said() {
            said if said.is_empty() => "it said nothing".to_owned(),
            said if self.unseen == words::normalise(&said) => format!("it said `{said}`"),
            _ if self.unseen.is_empty() => "it said nothing more".to_owned(),
            _ => format!("what was left of its words is `{}`", self.unseen),
        }
    }

    fn expect(&mut self, expected: &Expected, at_end: bool) {
        let last = self.last.clone();
        let mut check = |at: At, what: &str, wanted: &str, is: &str| {
            if wanted != is {
                self.missed(at, format!("{what} `{wanted}`"), format!("it is `{is}`"));
            }
        };
        if let Some(end) = expected.end {
            check(expected.at, "the conversation to be", end.name(), last.ending.name());
        }
        if let Some(step) = &expected.step {
            check(step.at, "step", &step.name, last.step.as_deref().unwrap_or("none: nobody listens"));
        }
        if let Some(intent) = &expected.intent {
            check(intent.at, "intent", &intent.name, last.intent.as_deref().unwrap_or(NOTHING));
        }
        if let Some(tags) = &expected.tags {
            check(expected.at, "tags", &tags.join(", "), &last.tags.join(", "));
        }
        for (slot, value) in &expected.slots {
            let is = last.slots.get(&slot.name).map_or("", String::as_str);
            check(slot.at, &format!("slot `{}`", slot.name), value, is);
        }
        let opted_out = self.play.effects().contains(&Effect::OptOut);
        let callback = self.play.effects().iter().any(|effect| matches!(effect, Effect::Callback { .. }));
        let handoff = self.play.effects().iter().any(|effect| matches!(effect, Effect::HandOver { .. }));
        // At the end nobody may have been promised a call, or taken off the list, unless that is written.
        let left_out = at_end.then_some(false);
        let facts = [
            ("opt_out", expected.opt_out.or(left_out), opted_out),
            ("callback", expected.callback.or(left_out), callback),
            ("handoff", expected.handoff, handoff),
        ];
        for (what, wanted, is) in facts {
            if let Some(wanted) = wanted.filter(|wanted| *wanted != is) {
                self.missed(expected.at, format!("{what} {wanted}"), format!("it is {is}"));
            }
        }
        if let Some((low, high)) = expected.handoff_score {
            let is = self.handoff;
            if !(low..=high).contains(&is) {
                self.missed(expected.at, format!("a handoff score from {low} to {high}"), format!("it is {is:.2}"));
            }
        }
        self.expect_understood(expected);
        self.expect_soon(expected);
    }

    fn expect_understood(&mut self, expected: &Expected) {
        let Some(wanted) = &expected.understood else { return };
        let found = self.understood.as_ref();
        if found.and_then(|found| found.intent.as_deref()).unwrap_or(NOTHING) != wanted.name {
            let actual = found.map_or_else(|| NOTHING.to_owned(), shown);
            self.missed(wanted.at, format!("`{}` to be understood", wanted.name), format!("understood was {actual}"));
        }
    }

    fn expect_soon(&mut self, expected: &Expected) {
        let Some(most) = expected.within else { return };
        let actual = match self.settled {
            Some(turns) if turns <= most => return,
            Some(turns) => format!("it took {turns}"),
            None => format!("it goes on after {}", self.turns),
        };
        self.missed(expected.at, format!("the end, or an agent, within {most} turns"), actual);
    }
}

/// `confirm 0.93: phrase …`
fn shown(found: &Understanding) -> String {
    match &found.intent {
        Some(intent) => format!("{intent} {:.2}: {}", found.score, found.why),
        None => format!("{NOTHING}: {}", found.why),
    }
}

/// Where the whole words `wanted` stand in `said`; both normalised. In a script without spaces a word ends anywhere.
fn place(said: &str, wanted: &str) -> Option<usize> {
    let apart = |one: Option<char>, other: Option<char>| match (one, other) {
        (Some(one), Some(other)) => one == ' ' || other == ' ' || without_spaces(one) || without_spaces(other),
        _ => true,
    };
    let whole = |at: &usize| {
        let (before, after) = (said[..*at].chars().next_back(), said[at + wanted.len()..].chars().next());
        apart(before, wanted.chars().next()) && apart(wanted.chars().next_back(), after)
    };
    said.match_indices(wanted).map(|(at, _)| at).find(whole)
}
