//! The endpointing benchmark: how long replies take, and how many people are cut off for it.
//!
//! Generated conversations in virtual time against the real call machine and dialog: questions of
//! every kind, quick and slow speakers, a pause of 300–900 ms between any two words of a third of the
//! utterances, also after what looks like a whole answer. "Cut off" is strict: the first packet of the
//! reply left before the last word was out, even if the reply was right and stops again.
//!
//! The same seed gives the same conversations to every policy, up to where the policies differ.

mod line;
mod speaker;

use crate::CallConfig;
use chrono::DateTime;
use std::sync::Arc;
use warmline_dialog::CompiledTemplate;
use warmline_dialog::schema;
use warmline_speech::endpoint::EndpointConfig;

const DIALOG: &str = include_str!("dialog.yaml");

/// What one policy came to.
#[derive(Clone, Debug)]
pub struct Measured {
    pub policy: String,
    /// The step that had asked, or `all`.
    pub answers: &'static str,
    pub utterances: usize,
    /// With a pause inside.
    pub paused: usize,
    pub cut_off: usize,
    /// Of these, after words that were a whole answer, such as "yes | please".
    pub after_answer: usize,
    /// From the last sound to the first packet of the reply, in milliseconds, of those not cut off.
    pub p50_ms: u64,
    pub p95_ms: u64,
    pub p99_ms: u64,
}

impl Measured {
    /// Share of the utterances that were cut off.
    pub fn cut_share(&self) -> f64 {
        self.cut_off as f64 / self.utterances.max(1) as f64
    }
}

/// The benchmark's dialog.
///
/// # Errors
/// The template's problems; a test holds that there are none.
pub fn dialog() -> Result<Arc<CompiledTemplate>, String> {
    let template = schema::parse(DIALOG).map_err(|problems| problems.to_string())?;
    CompiledTemplate::compile(template).map(Arc::new).map_err(|error| error.to_string())
}

/// Hold `calls` conversations under `endpoint`: the row for all utterances, then one for each step.
pub fn measure(
    dialog: &Arc<CompiledTemplate>,
    policy: &str,
    endpoint: EndpointConfig,
    calls: u64,
    seed: u64,
) -> Vec<Measured> {
    let config = CallConfig { endpoint, ..CallConfig::default() };
    let start = DateTime::UNIX_EPOCH.naive_utc();
    let talk = |call: u64| line::converse(dialog, &config, start, seed.wrapping_mul(1_000_003) + call);
    let turns: Vec<line::Turn> = (0..calls).flat_map(talk).collect();
    let all = summary(policy, "all", turns.iter());
    let by_step = speaker::steps().map(|step| summary(policy, step, turns.iter().filter(|turn| turn.step == step)));
    std::iter::once(all).chain(by_step).collect()
}

/// The policy as it is, what it would be without what it learns of a speaker, and silence alone.
pub fn policies() -> Vec<(String, EndpointConfig)> {
    let policy = EndpointConfig::default();
    let silence = [500, 700, 1000].map(|wait| (format!("silence {wait} ms"), EndpointConfig::silence(wait)));
    let mut all = vec![
        ("policy".to_owned(), policy),
        ("policy, not adapting".to_owned(), EndpointConfig { adapts: false, ..policy }),
    ];
    all.extend(silence);
    all
}

/// The policy with a shorter or longer wait after whole answers, and all of it in more or less of a hurry.
pub fn curve() -> Vec<(String, EndpointConfig)> {
    let policy = EndpointConfig::default();
    let complete = [128, 160, 256, 384, 512, 704].map(|complete_ms| {
        let may_go_on_ms = policy.may_go_on_ms.max(complete_ms);
        (format!("complete_ms {complete_ms}"), EndpointConfig { complete_ms, may_go_on_ms, ..policy })
    });
    let hurried = [60, 80, 125, 160].map(|percent| {
        let scaled = |wait: u32| wait * percent / 100;
        let config = EndpointConfig {
            may_go_on_ms: scaled(policy.may_go_on_ms),
            understood_ms: scaled(policy.understood_ms),
            unknown_ms: scaled(policy.unknown_ms),
            unfinished_ms: scaled(policy.unfinished_ms),
            ..policy
        };
        (format!("open waits × {:.2}", f64::from(percent) / 100.0), config)
    });
    complete.into_iter().chain(hurried).collect()
}

fn summary<'a>(policy: &str, answers: &'static str, turns: impl Iterator<Item = &'a line::Turn> + Clone) -> Measured {
    let mut delays: Vec<u64> = turns.clone().filter_map(|turn| turn.reply_ms).collect();
    delays.sort_unstable();
    let at = |share: usize| delays.get(delays.len() * share / 100).copied().unwrap_or(0);
    Measured {
        policy: policy.to_owned(),
        answers,
        utterances: turns.clone().count(),
        paused: turns.clone().filter(|turn| turn.paused).count(),
        cut_off: turns.clone().filter(|turn| turn.reply_ms.is_none()).count(),
        after_answer: turns.filter(|turn| turn.after_answer).count(),
        p50_ms: at(50),
        p95_ms: at(95),
        p99_ms: at(99),
    }
}
