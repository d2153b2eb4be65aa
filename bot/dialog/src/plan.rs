//! Conversations written down as tests: what the person says, what the bot must say, how it must end.
//!
//! ```yaml
//! template: appointment-reminder
//! now: "2026-11-20T10:00:00"
//! contact: { name: Anna, date: "2026-11-24", time: "14:30" }
//! dialogs:
//!   - name: confirms at once
//!     talk:
//!       - bot: Will you be there?
//!       - user: yes I will be there
//!       - bot: you are confirmed
//!     expect: { end: completed, intent: confirm, tags: [confirmed] }
//! ```

use crate::api::{Effect, Entry, HangupReason, Utterance};
use crate::compiled::CompiledTemplate;
use crate::dialog::Variables;
use crate::sim::TextCall;
use crate::words;
use chrono::NaiveDateTime;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A file of conversations for one template.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Name of the template.
    pub template: String,
    /// The person's local time when the call is answered.
    pub now: NaiveDateTime,
    #[serde(default)]
    pub contact: Variables,
    pub dialogs: Vec<Conversation>,
}

/// One conversation.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conversation {
    pub name: String,
    /// How the call is answered.
    #[serde(default = "person")]
    pub answered_by: Entry,
    /// What differs from the file's contact.
    #[serde(default)]
    pub contact: Variables,
    pub talk: Vec<Line>,
    #[serde(default)]
    pub expect: Expected,
}

fn person() -> Entry {
    Entry::Person
}

/// One line of a conversation.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Line {
    /// The bot must have said these words since the person's last turn, after those of the `bot` line before.
    Bot(String),
    /// The person says this.
    User(String),
    /// The person says something that nobody can read.
    Unclear,
    /// The person presses a key.
    Key(char),
    /// The person says nothing.
    Silence,
    /// It turns out to be a machine after all.
    Machine(Entry),
    /// An agent takes the handoff, or nobody does.
    Agent(Agent),
    /// The other system answers an `http` step with this text; `failed`: it does not.
    Http(String),
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Agent {
    Answers,
    Nobody,
}

/// What must be true at the end. What is left out is not looked at.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    pub end: Option<End>,
    pub intent: Option<String>,
    pub tags: Option<Vec<String>>,
    /// These slots have these values; others may be filled too.
    #[serde(default)]
    pub slots: BTreeMap<String, String>,
    #[serde(default)]
    pub opt_out: bool,
    #[serde(default)]
    pub callback: bool,
}

/// How a conversation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// Hung up at the template's end.
    Completed,
    /// Hung up because a limit was reached.
    Limit,
    /// Hung up because something in the platform failed.
    Fault,
    /// An agent is being looked for, or talks.
    HandedOver,
    /// Still going on.
    Listening,
}

/// Why a file of conversations cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    #[error("not a file of conversations: {0}")]
    Syntax(String),
    #[error("the conversations are for template `{wanted}`, not `{given}`")]
    OtherTemplate { wanted: String, given: String },
}

/// A conversation that did not go as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    pub conversation: String,
    pub why: String,
    /// What was said by both.
    pub transcript: Vec<String>,
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "`{}`: {}\n    {}", self.conversation, self.why, self.transcript.join("\n    "))
    }
}

impl Plan {
    /// Read a file of conversations.
    ///
    /// # Errors
    /// What is wrong, with line and column.
    pub fn parse(source: &str) -> Result<Self, PlanError> {
        serde_saphyr::from_str(source).map_err(|error| PlanError::Syntax(error.to_string()))
    }

    /// Hold every conversation; the failures come back.
    ///
    /// # Errors
    /// The plan is for another template.
    pub fn run(&self, template: &Arc<CompiledTemplate>) -> Result<Vec<Failure>, PlanError> {
        if self.template != template.name() {
            let (wanted, given) = (self.template.clone(), template.name().to_owned());
            return Err(PlanError::OtherTemplate { wanted, given });
        }
        let failure = |conversation: &Conversation| {
            let mut contact = self.contact.clone();
            contact.extend(conversation.contact.clone());
            let call = TextCall::new(template, contact, 1, self.now);
            let mut run = Run { call, unseen: String::new(), transcript: Vec::new() };
            let result = run.hold(conversation);
            let (name, transcript) = (conversation.name.clone(), run.transcript);
            result.err().map(|why| Failure { conversation: name, why, transcript })
        };
        Ok(self.dialogs.iter().filter_map(failure).collect())
    }
}

struct Run {
    call: TextCall,
    /// What the bot said and no `bot` line has claimed, normalised.
    unseen: String,
    transcript: Vec<String>,
}

impl Run {
    fn hold(&mut self, conversation: &Conversation) -> Result<(), String> {
        self.act(|call| call.answered(conversation.answered_by));
        for (i, line) in conversation.talk.iter().enumerate() {
            self.line(line).map_err(|why| format!("line {}: {why}", i + 1))?;
        }
        self.judge(&conversation.expect)
    }

    fn line(&mut self, line: &Line) -> Result<(), String> {
        match line {
            Line::Bot(text) => return self.bot_said(text),
            Line::User(text) => {
                self.transcript.push(format!("user: {text}"));
                self.act(|call| call.says(text));
            }
            Line::Unclear => self.act(|call| call.hears(Utterance::default())),
            Line::Key(key) => {
                self.transcript.push(format!("key: {key}"));
                self.act(|call| call.presses(*key));
            }
            Line::Silence => self.act(TextCall::is_silent),
            Line::Http(answer) => {
                let failed = || Err("the other system does not answer".to_owned());
                let result = if answer == "failed" { failed() } else { Ok(answer.clone()) };
                self.act(|call| call.http_answers(result));
            }
            Line::Machine(entry) => self.act(|call| call.answered(*entry)),
            Line::Agent(agent) => self.act(|call| call.handoff(matches!(agent, Agent::Answers))),
        }
        Ok(())
    }

    fn act(&mut self, action: impl FnOnce(&mut TextCall)) {
        action(&mut self.call);
        let said = self.call.said();
        self.unseen = words::normalise(&said);
        if !said.is_empty() {
            self.transcript.push(format!("bot:  {said}"));
        }
    }

    fn bot_said(&mut self, text: &str) -> Result<(), String> {
        let wanted = words::normalise(text);
        let Some(at) = format!(" {} ", self.unseen).find(&format!(" {wanted} ")) else {
            return Err(format!("the bot should have said `{text}`"));
        };
        self.unseen = self.unseen.get(at + wanted.len()..).unwrap_or_default().trim().to_owned();
        Ok(())
    }

    fn end(&self) -> End {
        match self.call.hangup() {
            Some(HangupReason::Completed) => End::Completed,
            Some(HangupReason::Limit) => End::Limit,
            Some(HangupReason::Fault) => End::Fault,
            None if self.call.effects().iter().any(|e| matches!(e, Effect::HandOver(_))) => End::HandedOver,
            None => End::Listening,
        }
    }

    fn judge(&self, expected: &Expected) -> Result<(), String> {
        let dialog = self.call.dialog();
        if let Some(end) = expected.end.filter(|end| *end != self.end()) {
            return Err(format!("should end {end:?}, is {:?}", self.end()));
        }
        if let Some(intent) = &expected.intent
            && dialog.intent() != Some(intent)
        {
            return Err(format!("intent should be `{intent}`, is {:?}", dialog.intent()));
        }
        if let Some(tags) = &expected.tags
            && dialog.tags() != tags
        {
            return Err(format!("tags should be {tags:?}, are {:?}", dialog.tags()));
        }
        for (slot, value) in &expected.slots {
            if dialog.slots().get(slot) != Some(value) {
                return Err(format!("slot `{slot}` should be `{value}`, is {:?}", dialog.slots().get(slot)));
            }
        }
        let opted_out = self.call.effects().contains(&Effect::OptOut);
        if opted_out != expected.opt_out {
            return Err(format!("opt-out should be {}, is {opted_out}", expected.opt_out));
        }
        let callback = self.call.effects().iter().any(|effect| matches!(effect, Effect::Callback { .. }));
        if callback != expected.callback {
            return Err(format!("callback should be {}, is {callback}", expected.callback));
        }
        Ok(())
    }
}
