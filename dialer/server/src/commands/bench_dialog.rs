//! `warmline bench dialog`: what an answer costs between its reading and the bot's next words, on a large template.
//!
//! The template is generated: knowledge, intents of many steps, and a form, with as many listed utterances as wanted.
//! Answers are those utterances as they might be misheard, each with several readings, the way a recogniser gives
//! them. Timed is the whole of [`Dialog::handle`], in processor time of one thread; the sentence embedding of the best
//! reading is timed beside it, because the runtime makes it while the caller finishes.

use super::bench_turns::envelope;
use super::processor_ms;
use crate::cli::BenchDialogArgs;
use anyhow::{Context, Result, anyhow};
use comfy_table::Table;
use serde::Serialize;
use serde_json::json;
use std::fmt::Write as _;
use std::sync::Arc;
use warmline_dialog::noise::Noise;
use warmline_dialog::{CompiledTemplate, Dialog, DialogEvent, Entry, Reading, Utterance, Variables};
use warmline_models::{Embedder, minilm::MiniLm, store::Store};

/// Intents of one step, and utterances of one intent.
const PER_STEP: usize = 5;
const PER_INTENT: usize = 12;
/// Every so many intents one is a question of the knowledge base.
const KNOWLEDGE: usize = 4;
/// Share of the words of a reading that are misheard.
const NOISE: f32 = 0.15;

const DOES: [&str; 12] =
    ["cancel", "change", "confirm", "pay", "return", "order", "check", "extend", "move", "repair", "insure", "renew"];
const THINGS: [&str; 17] = [
    "appointment",
    "parcel",
    "invoice",
    "contract",
    "subscription",
    "booking",
    "card",
    "account",
    "ticket",
    "heater",
    "router",
    "policy",
    "delivery",
    "deposit",
    "licence",
    "membership",
    "warranty",
];
const FRAMES: [&str; PER_INTENT] = [
    "i want to {}",
    "can i {}",
    "please {} for me",
    "i would like to {}",
    "how do i {}",
    "could you {} today",
    "i need to {} soon",
    "help me {}",
    "is it possible to {}",
    "we have to {} this week",
    "let us {} now",
    "my wife asked me to {}",
];

#[derive(Debug, Serialize)]
struct Row {
    utterances: usize,
    steps: usize,
    readings: usize,
    answers: usize,
    understood: f64,
    train_ms: f64,
    handle_p50_ms: f64,
    handle_p95_ms: f64,
    handle_p99_ms: f64,
    embed_p50_ms: f64,
    embed_p95_ms: f64,
}

pub fn run(args: &BenchDialogArgs) -> Result<()> {
    let source = template(args.utterances);
    let parsed = warmline_dialog::schema::parse(&source).map_err(|problems| anyhow!("{problems}"))?;
    let compiled = CompiledTemplate::compile(parsed)?;
    let mut embedder = MiniLm::load(&Store::locate()?, 1)?;
    let mut embed =
        |text: &str| -> Result<Vec<f32>> { embedder.embed(&[text])?.pop().context("the embedder gave nothing") };
    let utterances = compiled.utterances();
    let vectors = utterances.iter().map(|text| embed(text)).collect::<Result<Vec<_>>>()?;
    let begun = processor_ms();
    let compiled = Arc::new(compiled.with_embeddings(vectors)?);
    let train_ms = processor_ms() - begun;
    let noise = Noise::english(utterances.iter().map(String::as_str));
    let now = chrono::NaiveDate::from_ymd_opt(2026, 11, 20).and_then(|day| day.and_hms_opt(10, 0, 0));
    let now = now.context("a date")?;
    let (mut handle, mut embedding, mut understood) = (Vec::new(), Vec::new(), 0);
    let mut dialog = answered(&compiled, now);
    for answer in 0..args.answers {
        if dialog.finished() || dialog.current_step().is_none() || answer % 8 == 0 {
            dialog = answered(&compiled, now);
        }
        let said = &utterances[answer * 7919 % args.utterances.min(utterances.len())];
        let reading = |rank: usize| Reading {
            text: noise.heard(said, NOISE, (answer * 31 + rank) as u64),
            confidence: 0.9 - 0.08 * rank as f32,
            expected: false,
        };
        let readings: Vec<Reading> = (0..args.readings.max(1)).map(reading).collect();
        let begun = processor_ms();
        let vector = embed(&readings[0].text)?;
        embedding.push(processor_ms() - begun);
        let utterance = Utterance { readings, embedding: Some(vector) };
        let begun = processor_ms();
        let effects = dialog.handle(DialogEvent::Heard(utterance), now);
        handle.push(processor_ms() - begun);
        understood += usize::from(
            effects
                .iter()
                .any(|effect| matches!(effect, warmline_dialog::Effect::Understood(found) if found.intent.is_some())),
        );
    }
    let at = |times: &mut Vec<f64>, share: f64| {
        times.sort_by(f64::total_cmp);
        times.get((share * times.len() as f64) as usize).copied().unwrap_or_default()
    };
    let row = Row {
        utterances: utterances.len(),
        steps: compiled.template().steps.len(),
        readings: args.readings,
        answers: args.answers,
        understood: understood as f64 / args.answers.max(1) as f64,
        train_ms,
        handle_p50_ms: at(&mut handle, 0.5),
        handle_p95_ms: at(&mut handle, 0.95),
        handle_p99_ms: at(&mut handle, 0.99),
        embed_p50_ms: at(&mut embedding, 0.5),
        embed_p95_ms: at(&mut embedding, 0.95),
    };
    if args.json {
        let params = json!({ "utterances": args.utterances, "readings": args.readings, "times": "processor" });
        println!("{}", serde_json::to_string_pretty(&envelope("dialog", params, json!([row])))?);
    } else {
        println!("{}", table(&row));
    }
    Ok(())
}

fn answered(template: &Arc<CompiledTemplate>, now: chrono::NaiveDateTime) -> Dialog {
    let mut dialog = Dialog::new(Arc::clone(template), Variables::new(), 1);
    dialog.handle(DialogEvent::Answered(Entry::Person), now);
    dialog
}

/// A template with about so many listed utterances, the engine's own among them.
fn template(utterances: usize) -> String {
    let intents = (utterances / PER_INTENT).clamp(PER_STEP, DOES.len() * THINGS.len());
    let wish = |at: usize| format!("{} my {}", DOES[at % DOES.len()], THINGS[at / DOES.len() % THINGS.len()]);
    let listed = |at: usize| FRAMES.map(|frame| format!("\"{}\"", frame.replace("{}", &wish(at)))).join(", ");
    let (known, asked): (Vec<usize>, Vec<usize>) = (0..intents).partition(|at| at % KNOWLEDGE == KNOWLEDGE - 1);
    let mut text = String::from("template: large\nvoice: flite:slt\nentry: { person: s0 }\nintents:\n");
    // Writing to a String cannot fail.
    for at in &asked {
        let _ =
            writeln!(text, "  i{at}: {{ phrases: [{}], keywords: [{{ must: [\"{}\"] }}] }}", listed(*at), wish(*at));
    }
    text.push_str("knowledge:\n");
    for at in &known {
        let _ = writeln!(text, "  k{at}: {{ questions: [{}], answer: \"That is answer {at}.\" }}", listed(*at));
    }
    text.push_str("steps:\n");
    let steps: Vec<&[usize]> = asked.chunks(PER_STEP).collect();
    for (step, intents) in steps.iter().enumerate() {
        let next = if step + 1 == steps.len() { "end".to_owned() } else { format!("s{}", step + 1) };
        let answers: Vec<String> = intents.iter().map(|at| format!("i{at}: {next}")).collect();
        let _ = writeln!(
            text,
            "  s{step}: {{ type: ask, prompt: \"Question {step}?\", attempts: 9, otherwise: end, answers: {{ {} }} }}",
            answers.join(", ")
        );
    }
    text.push_str("  end: { type: end, prompt: Goodbye. }\n");
    text
}

fn table(row: &Row) -> Table {
    let mut table = Table::new();
    table.set_header([
        "utterances",
        "steps",
        "readings",
        "answers",
        "understood %",
        "training CPU ms",
        "understanding and dialog CPU p50 ms",
        "p95",
        "p99",
        "embedding CPU p50 ms",
        "p95",
    ]);
    let ms = |value: f64| format!("{value:.2}");
    table.add_row([
        row.utterances.to_string(),
        row.steps.to_string(),
        row.readings.to_string(),
        row.answers.to_string(),
        format!("{:.1}", row.understood * 100.0),
        format!("{:.0}", row.train_ms),
        ms(row.handle_p50_ms),
        ms(row.handle_p95_ms),
        ms(row.handle_p99_ms),
        ms(row.embed_p50_ms),
        ms(row.embed_p95_ms),
    ]);
    table
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_large_template_reads_and_is_large() {
        for wanted in [100, 2_000] {
            let template = warmline_dialog::schema::parse(&template(wanted)).unwrap_or_else(|p| panic!("{p}"));
            let listed = CompiledTemplate::compile(template).unwrap().free_sentences().len();
            assert!(listed >= wanted * 9 / 10, "{listed}");
        }
    }
}
