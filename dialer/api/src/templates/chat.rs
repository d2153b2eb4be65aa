//! Talk to a template in text. Nothing is kept between requests: the list of what was done is the conversation, and
//! a past turn is edited by sending a changed list.

use crate::AppState;
use crate::auth::Signed;
use crate::extract::{Json, Path};
use crate::problem::{FieldProblem, Problem};
use axum::extract::State;
use chrono::{Datelike, NaiveDateTime};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use warmline_dialog::play::{Act, AnsweredBy, Exchange, Scene, Spoken, YEARS, play};
use warmline_dialog::{Effect, HandoffScore, Understanding};
use warmline_domain::Permission;

/// Most events of a conversation, readings of an utterance, and values of a contact.
const MOST_EVENTS: usize = 200;
const MOST_READINGS: usize = 10;
const MOST_VALUES: usize = 100;
/// Longest text of any of them, in characters.
const LONGEST: usize = 1000;

pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(chat_with_template))
}

/// A conversation so far.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ChatRequest {
    /// The contact's data.
    #[serde(default)]
    contact: BTreeMap<String, String>,
    /// Chooses among alternative wordings.
    #[serde(default = "one")]
    seed: u64,
    /// The person's local time when the call is answered; the server's clock (UTC) when absent.
    now: Option<NaiveDateTime>,
    /// `person`, `machine_with_beep`, `machine_without_beep`, `called_back` or `chat`.
    answered_by: Option<String>,
    /// What was done, in order; at most 200.
    #[serde(default)]
    events: Vec<ChatEvent>,
}

fn one() -> u64 {
    1
}

/// One thing that the person or the world does.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
enum ChatEvent {
    /// The person says it; several readings: what a recogniser made of it, best first.
    Say { readings: Vec<ChatReading> },
    /// The same while the bot still speaks.
    Interrupt { readings: Vec<ChatReading> },
    /// The person says something that nobody can read.
    Unclear,
    /// The person presses a key.
    Key { key: String },
    /// The person says nothing for as long as the bot waits.
    Silence,
    /// It turns out to be something else that answered.
    Answered { by: String },
    /// An agent takes the handover, or nobody does.
    Agent { answers: bool },
    /// The other system answers; absent: it does not.
    Http { answer: Option<String> },
    /// So much time goes by.
    Wait { ms: u32 },
}

/// One reading of what was said.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ChatReading {
    text: String,
    /// 0–1.
    #[serde(default = "sure")]
    confidence: f32,
}

fn sure() -> f32 {
    1.0
}

/// The conversation as it goes.
#[derive(Debug, Serialize, ToSchema)]
struct ChatReply {
    /// Answers were understood by sentence meanings too, as in calls.
    meaning: bool,
    /// What the contact's data lacks, by variable.
    contact_problems: BTreeMap<String, String>,
    /// What came of the answered call, then of each event.
    exchanges: Vec<ChatExchange>,
}

/// What one event came to.
#[derive(Debug, Serialize, ToSchema)]
struct ChatExchange {
    /// False: said over a prompt that cannot be interrupted, and lost.
    noticed: bool,
    said: Vec<String>,
    #[schema(value_type = Option<Object>)]
    understood: Option<Understanding>,
    #[schema(value_type = Option<Object>)]
    handoff: Option<HandoffScore>,
    /// What the bot asks of others: `opt_out`, `callback`, `http`, `hand_over`.
    asks: Vec<String>,
    /// The step that listens now.
    step: Option<String>,
    intent: Option<String>,
    slots: BTreeMap<String, String>,
    tags: Vec<String>,
    /// `listening`, `handed_over`, `completed`, `limit` or `fault`.
    ending: String,
    /// Since the answer.
    at_ms: u64,
}

/// The conversation of a list of events, with what was understood at each.
#[utoipa::path(post, path = "/templates/{name}/chat", tag = "templates", request_body = ChatRequest,
    params(("name" = String, Path, description = "Template")), responses(
    (status = 200, body = ChatReply),
    (status = 404, body = Problem, content_type = "application/problem+json"),
    (status = 422, body = Problem, content_type = "application/problem+json"),
))]
async fn chat_with_template(
    State(state): State<AppState>,
    who: Signed,
    Path(name): Path<String>,
    Json(request): Json<ChatRequest>,
) -> Result<Json<ChatReply>, Problem> {
    who.may(Permission::TemplatesEdit)?;
    let acts = checked(&request)?;
    let answered_by = entry("answered_by", request.answered_by.as_deref().unwrap_or("person"))?;
    let now = request.now.unwrap_or_else(|| crate::edge::now().naive_utc());
    let work = move || {
        let ready = state.templates.ready(&name, state.meaning.as_ref())?;
        let problems = ready.template.check_variables(&request.contact);
        let scene = Scene { template: &ready.template, contact: request.contact, seed: request.seed, now, answered_by };
        let exchanges = play(&scene, &acts, &mut super::embedder(&state, ready.meaning));
        Ok(ChatReply {
            meaning: ready.meaning,
            contact_problems: problems.into_iter().map(|problem| (problem.variable, problem.why)).collect(),
            exchanges: exchanges.iter().map(ChatExchange::from).collect(),
        })
    };
    let reply = tokio::task::spawn_blocking(work).await.map_err(|error| Problem::internal("chat", error))?;
    reply.map(Json)
}

/// The events, if everything in the request is of a usable size and kind. All that is wrong is named at once.
fn checked(request: &ChatRequest) -> Result<Vec<Act>, Problem> {
    let mut wrong = Vec::new();
    if request.events.len() > MOST_EVENTS {
        wrong.push(FieldProblem::new("events", format!("at most {MOST_EVENTS}, not {}", request.events.len())));
    }
    let values = &request.contact;
    if values.len() > MOST_VALUES || values.iter().any(|(name, value)| long(name) || long(value)) {
        let message = format!("at most {MOST_VALUES} values of at most {LONGEST} characters");
        wrong.push(FieldProblem::new("contact", message));
    }
    if request.now.is_some_and(|now| !YEARS.contains(&now.year())) {
        wrong.push(FieldProblem::new("now", format!("a year from {} to {}", YEARS.start(), YEARS.end())));
    }
    let mut acts = Vec::new();
    for (place, event) in request.events.iter().enumerate().take(MOST_EVENTS) {
        match act(event) {
            Ok(act) => acts.push(act),
            Err(message) => wrong.push(FieldProblem::new(&format!("events[{place}]"), message)),
        }
    }
    if wrong.is_empty() { Ok(acts) } else { Err(Problem::invalid(wrong)) }
}

fn long(text: &str) -> bool {
    text.chars().count() > LONGEST
}

fn act(event: &ChatEvent) -> Result<Act, String> {
    Ok(match event {
        ChatEvent::Say { readings } => Act::User(spoken(readings)?),
        ChatEvent::Interrupt { readings } => Act::Interrupt(spoken(readings)?),
        ChatEvent::Unclear => Act::Unclear,
        ChatEvent::Silence => Act::Silence,
        ChatEvent::Key { key } => match key.chars().collect::<Vec<_>>()[..] {
            [key @ ('0'..='9' | '*' | '#')] => Act::Key(key),
            _ => return Err("`key` should be one of 0 to 9, * and #".to_owned()),
        },
        ChatEvent::Answered { by } => match AnsweredBy::named(by) {
            Some(answered_by) => Act::Machine(answered_by),
            None => return Err(format!("nobody answers as `{by}`")),
        },
        ChatEvent::Agent { answers } => Act::Agent { answers: *answers },
        ChatEvent::Http { answer } if answer.as_deref().is_some_and(long) => return Err(too_long()),
        ChatEvent::Http { answer } => Act::Http(answer.clone()),
        ChatEvent::Wait { ms } if *ms > 3_600_000 => return Err("`ms` should be at most an hour".to_owned()),
        ChatEvent::Wait { ms } => Act::Elapsed(*ms),
    })
}

fn too_long() -> String {
    format!("it has more than {LONGEST} characters")
}

fn spoken(readings: &[ChatReading]) -> Result<Vec<Spoken>, String> {
    if readings.is_empty() || readings.len() > MOST_READINGS {
        return Err(format!("`readings` should have 1 to {MOST_READINGS} of them; `unclear` is speech without any"));
    }
    if readings.iter().any(|reading| long(&reading.text)) {
        return Err(too_long());
    }
    if readings.iter().any(|reading| !(0.0..=1.0).contains(&reading.confidence)) {
        return Err("`confidence` should be from 0 to 1".to_owned());
    }
    Ok(readings.iter().map(|r| Spoken { text: r.text.clone(), confidence: r.confidence }).collect())
}

fn entry(field: &str, name: &str) -> Result<AnsweredBy, Problem> {
    AnsweredBy::named(name).ok_or_else(|| Problem::field(field, format!("nobody answers as `{name}`")))
}

impl From<&Exchange> for ChatExchange {
    fn from(exchange: &Exchange) -> Self {
        let asks = exchange.effects.iter().filter_map(|effect| match effect {
            Effect::OptOut => Some("opt_out"),
            Effect::Callback { .. } => Some("callback"),
            Effect::Http(_) => Some("http"),
            Effect::HandOver { .. } => Some("hand_over"),
            _ => None,
        });
        Self {
            noticed: exchange.noticed,
            said: exchange.prompts().map(|prompt| prompt.text.clone()).collect(),
            understood: exchange.understood().cloned(),
            handoff: exchange.handoff().cloned(),
            asks: asks.map(str::to_owned).collect(),
            step: exchange.step.clone(),
            intent: exchange.intent.clone(),
            slots: exchange.slots.clone(),
            tags: exchange.tags.clone(),
            ending: exchange.ending.name().to_owned(),
            at_ms: exchange.at_ms,
        }
    }
}
