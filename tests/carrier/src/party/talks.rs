//! A person who listens, thinks for a moment and answers.
//!
//! An answer is planned when the bot falls silent and spoken after a reaction time. When the bot goes on before that,
//! the plan is dropped and made again from all that was heard. A person who interrupts speaks while the bot does.

use super::{Act, Input, Manners, Ms, Party, line};
use crate::people::{Rule, Talks};
use crate::report::{CallLog, Verdict};
use rand::Rng;
use rand::rngs::StdRng;
use std::collections::VecDeque;

/// Between the last word and the click of hanging up.
const BEFORE_HANGUP: Ms = 400;

/// Nobody says the same thing for ever.
const MOST_REPEATS: u32 = 2;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reply {
    Greeting,
    Rule(usize),
    /// The last words once more.
    Again(usize),
    Otherwise,
}

#[derive(Clone, Copy, Debug)]
struct Plan {
    at: Ms,
    reply: Reply,
    /// Speak although the bot is speaking.
    interrupt: bool,
}

pub(super) struct Person {
    talks: Talks,
    manners: Manners,
    rng: StdRng,
    answered: Option<Ms>,
    plan: Option<Plan>,
    /// Acts that follow the one being played.
    queue: VecDeque<Act>,
    playing: bool,
    hangup_at: Option<Ms>,
    used: Vec<bool>,
    otherwise_used: usize,
    last_rule: Option<usize>,
    repeats: u32,
    bot_speaking: bool,
    heard_speech: bool,
    /// Phrases heard since this person last spoke.
    heard: Vec<String>,
    quiet_since: Ms,
    interrupted_at: Option<Ms>,
    yielded_after: Option<Ms>,
    out_of_patience: bool,
}

impl Person {
    pub(super) fn new(talks: Talks, manners: Manners, rng: StdRng) -> Self {
        Self {
            used: vec![false; talks.script.len()],
            talks,
            manners,
            rng,
            answered: None,
            plan: None,
            queue: VecDeque::new(),
            playing: false,
            hangup_at: None,
            otherwise_used: 0,
            last_rule: None,
            repeats: 0,
            bot_speaking: false,
            heard_speech: false,
            heard: Vec::new(),
            quiet_since: 0,
            interrupted_at: None,
            yielded_after: None,
            out_of_patience: false,
        }
    }

    fn think(&mut self) -> Ms {
        let [from, to] = self.manners.reaction_ms;
        self.rng.random_range(from..=to)
    }

    fn open_rules(&self) -> impl Iterator<Item = (usize, &Rule)> {
        self.talks.script.iter().enumerate().filter(|(i, _)| !self.used[*i])
    }

    fn reply_to(&self, heard: &[String]) -> Option<Reply> {
        let fits = |rule: &Rule| rule.hear.iter().any(|phrase| heard.contains(phrase));
        if let Some((i, _)) = self.open_rules().find(|(_, rule)| fits(rule)) {
            return Some(Reply::Rule(i));
        }
        let same_question = |i: &usize| fits(&self.talks.script[*i]);
        let pardon = self.manners.pardon.iter().any(|p| heard.contains(p));
        let asked_again = self.last_rule.filter(|i| pardon || same_question(i));
        if let Some(last) = asked_again.filter(|_| self.repeats < MOST_REPEATS) {
            return Some(Reply::Again(last));
        }
        if let Some((i, _)) = self.open_rules().find(|(_, rule)| rule.hear.is_empty()) {
            return Some(Reply::Rule(i));
        }
        let waiting = self.open_rules().any(|(_, rule)| !rule.optional);
        (waiting && self.otherwise_used < self.talks.otherwise.len()).then_some(Reply::Otherwise)
    }

    fn on_started(&mut self, at: Ms) {
        self.bot_speaking = true;
        self.heard_speech = true;
        let interrupts = self.interrupted_at.is_none() && !self.talks.script.is_empty();
        match self.talks.barge_in_ms {
            Some(after) if interrupts && !self.playing => {
                self.plan = Some(Plan { at: at + after, reply: Reply::Rule(0), interrupt: true });
            }
            _ => self.plan = None,
        }
    }

    fn on_stopped(&mut self, to: Ms, heard: &[String], now: Ms) {
        self.bot_speaking = false;
        self.quiet_since = now;
        if let (Some(from), None) = (self.interrupted_at, self.yielded_after) {
            self.yielded_after = Some(to.saturating_sub(from));
        }
        self.heard.extend_from_slice(heard);
        if self.playing || self.hangup_at.is_some() {
            return;
        }
        let heard = std::mem::take(&mut self.heard);
        let at = now + self.think();
        self.plan = self.reply_to(&heard).map(|reply| Plan { at, reply, interrupt: false });
        self.heard = heard;
    }

    fn begin(&mut self, plan: Plan, now: Ms) -> Option<Act> {
        let rule = match plan.reply {
            Reply::Greeting => Rule { say: self.talks.greeting.clone(), ..Rule::default() },
            Reply::Otherwise => {
                let say = self.talks.otherwise.get(self.otherwise_used).cloned().unwrap_or_default();
                self.otherwise_used += 1;
                Rule { say, ..Rule::default() }
            }
            Reply::Again(i) => {
                self.repeats += 1;
                self.talks.script[i].clone()
            }
            Reply::Rule(i) => {
                self.used[i] = true;
                self.last_rule = Some(i);
                self.talks.script[i].clone()
            }
        };
        self.heard.clear();
        if plan.interrupt {
            self.interrupted_at = Some(now);
        }
        self.queue.extend(line(&rule.say).map(Act::Say));
        if !rule.keys.is_empty() {
            self.queue.push_back(Act::Keys { keys: rule.keys, in_band: rule.in_band });
        }
        if rule.hangup {
            self.queue.push_back(Act::Hangup("the person had enough"));
        }
        self.next_act(now)
    }

    fn next_act(&mut self, now: Ms) -> Option<Act> {
        match self.queue.pop_front()? {
            Act::Hangup(why) if self.playing => {
                self.queue.push_front(Act::Hangup(why));
                None
            }
            Act::Hangup(_) => {
                self.hangup_at = Some(now + BEFORE_HANGUP);
                None
            }
            act => {
                self.playing = true;
                Some(act)
            }
        }
    }

    fn time_to_leave(&mut self, now: Ms) -> Option<Act> {
        if self.hangup_at.is_some_and(|at| now >= at) {
            return Some(Act::Hangup("the person had enough"));
        }
        let answered = self.answered?;
        if self.talks.hangs_up_after_ms.is_some_and(|after| now >= answered + after) {
            return Some(Act::Hangup("the person hung up early"));
        }
        let quiet = !self.bot_speaking && !self.playing && self.plan.is_none();
        if quiet && now >= self.quiet_since + self.talks.patience_ms {
            self.out_of_patience = true;
            return Some(Act::Hangup("the person waited in silence"));
        }
        None
    }
}

impl Party for Person {
    fn handle(&mut self, input: &Input, now: Ms) {
        match input {
            Input::Answered => {
                self.answered = Some(now);
                self.quiet_since = now;
                if !self.talks.greeting.is_empty() {
                    let at = now + self.think();
                    self.plan = Some(Plan { at, reply: Reply::Greeting, interrupt: true });
                }
            }
            // The greeting is not held back by a bot that speaks first.
            Input::Started { .. } if self.plan.is_some_and(|p| p.reply == Reply::Greeting) => {
                self.bot_speaking = true;
                self.heard_speech = true;
            }
            Input::Started { at } => self.on_started(*at),
            Input::Stopped { to, heard, .. } => self.on_stopped(*to, heard, now),
            Input::Played => {
                self.playing = false;
                self.quiet_since = now;
            }
        }
    }

    fn poll(&mut self, now: Ms) -> Option<Act> {
        if let Some(act) = self.time_to_leave(now) {
            return Some(act);
        }
        if self.playing {
            return None;
        }
        if !self.queue.is_empty() {
            return self.next_act(now);
        }
        let plan = self.plan.filter(|p| now >= p.at && (p.interrupt || !self.bot_speaking))?;
        self.plan = None;
        // A greeting is no interruption, though it may be spoken over the bot.
        let plan = Plan { interrupt: plan.interrupt && plan.reply != Reply::Greeting, ..plan };
        self.begin(plan, now)
    }

    fn wants(&self) -> Vec<String> {
        let open = self.open_rules().flat_map(|(_, rule)| &rule.hear);
        let again = self.last_rule.iter().flat_map(|i| self.talks.script[*i].hear.iter().chain(&self.manners.pardon));
        open.chain(again).cloned().collect()
    }

    fn verdict(&self, _log: &CallLog) -> Verdict {
        if !self.heard_speech {
            return Verdict::fail("heard nothing");
        }
        let left_early = self.talks.hangs_up_after_ms.is_some();
        let missed = self.open_rules().find(|(_, rule)| !rule.optional && !left_early);
        if let Some((_, rule)) = missed {
            return Verdict::fail(match rule.hear.as_slice() {
                [] => format!("was never asked, so could not say `{}`", rule.say),
                hear => format!("not understood: never heard `{}`", hear.join("` or `")),
            });
        }
        if self.out_of_patience && !self.talks.script.is_empty() {
            return Verdict::fail("was left waiting in silence");
        }
        match (self.talks.yields_within_ms, self.yielded_after) {
            (Some(_), None) => Verdict::fail("the bot did not stop when interrupted"),
            (Some(most), Some(took)) if took > most => {
                Verdict::fail(format!("the bot talked on for {took} ms when interrupted"))
            }
            _ => Verdict::pass(),
        }
    }
}

#[cfg(test)]
#[path = "talks_tests.rs"]
mod tests;
