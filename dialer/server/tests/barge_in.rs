//! How soon a prompt falls silent when somebody speaks over it: the real detector and the real call machine in virtual
//! time, so that the figures depend on the policy and not on what else the machine does. `--nocapture` shows them.
//!
//! Modelled are the wire's own delays: packets of 20 ms, a jitter buffer of 20 to 40 ms, chunks of 32 ms that begin
//! anywhere in a word, and the fading packet that is the prompt's last. What is said is read without fail.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;
use warmline_call::{Call, CallConfig, Input, Output};
use warmline_carrier::noises::Noise;
use warmline_dialog::{CompiledTemplate, Dialog, Reading, Utterance, Variables};
use warmline_models::silero::Silero;
use warmline_models::store::Store;
use warmline_models::synth::{Voice, VoiceConfig};
use warmline_models::{Vad, VoiceSpec};

const TEMPLATE: &str = include_str!("../src/commands/bench_barge.yaml");
const VOICES: [&str; 4] = ["flite:rms", "flite:awb", "espeak:en-us", "espeak:en-gb"];
const WORDS: [&str; 5] = ["wait a moment please", "can you say that again", "who is this", "excuse me", "no"];
const BACKCHANNELS: [&str; 2] = ["uh huh", "right"];
const COUGHS: u32 = 12;
const FRAME_MS: u64 = 20;
const FRAME: usize = 160;
/// A reading comes so long after it was asked for.
const READING_MS: u64 = 40;
/// Where sounds begin, in frames since the answer: every place that a frame can have within the detector's chunks.
const BEGINNINGS: std::ops::Range<usize> = 100..108;
const JITTER_MS: [u64; 3] = [20, 30, 40];

/// What became of the prompt.
#[derive(Default)]
struct Heard {
    /// From the sound's first packet to the prompt's last, when it fell silent.
    stopped_ms: Option<u64>,
    /// It was given up, not only held.
    dropped: bool,
    /// It goes on.
    resumed: bool,
}

/// Makes `sound` over a prompt without an end. `says` is what the recogniser reads in it.
fn talk_over(template: &Arc<CompiledTemplate>, silero: &Silero, sound: &[i16], begins: usize, says: &str) -> Heard {
    let config = CallConfig { detect_machines: false, ..CallConfig::default() };
    let dialog = Dialog::new(template.clone(), Variables::new(), 1);
    let (mut call, _) = Call::new(config, dialog, template.limit_ms(), "2026-11-20T10:00:00".parse().unwrap());
    let (mut vad, chunk_ms) = (silero.fresh(), 32);
    let mut samples = vec![0; begins * FRAME];
    samples.extend_from_slice(sound);
    samples.resize(samples.len() + 8_000, 0);
    let (mut heard, mut reading, mut chunks) = (Heard::default(), None, 0);
    let mut inputs = vec![Input::Answered, Input::PlaybackStarted { id: 1, at: 0 }];
    for frame in 0..samples.len() / FRAME {
        // The tick at which this frame leaves the jitter buffer.
        let now = (frame as u64 + 1) * FRAME_MS;
        while (chunks + 1) * 256 <= (frame + 1) * FRAME {
            let probability = vad.probability(&samples[chunks * 256..(chunks + 1) * 256]).unwrap();
            let from = chunks as u32 * chunk_ms;
            inputs.push(Input::Voice { from, to: from + chunk_ms, probability });
            chunks += 1;
        }
        if let Some((_, id)) = reading.take_if(|(due, _)| *due <= now) {
            let words = Reading { text: says.to_owned(), confidence: 0.9, expected: true };
            let readings = if says.is_empty() { Vec::new() } else { vec![words] };
            inputs.push(Input::Recognised { id, utterance: Utterance { readings, embedding: None } });
        }
        for output in inputs.drain(..).flat_map(|input| call.handle(input, now)).collect::<Vec<_>>() {
            match output {
                // One more packet, which fades, leaves at the next tick.
                Output::HoldPlayback if frame >= begins => {
                    heard.stopped_ms.get_or_insert(now + FRAME_MS - (begins as u64 + 1) * FRAME_MS);
                }
                Output::StopPlayback => heard.dropped = true,
                Output::ResumePlayback => heard.resumed = true,
                Output::Recognise { id, .. } => reading = Some((now + READING_MS, id)),
                _ => {}
            }
        }
    }
    heard
}

/// The 95th percentile over every beginning and jitter, of those that stopped; and how many did not.
fn p95(stops: &[Option<u64>]) -> (u64, usize) {
    let mut all: Vec<u64> =
        stops.iter().flatten().flat_map(|stop| JITTER_MS.iter().map(move |jitter| stop + jitter)).collect();
    all.sort_unstable();
    (all[all.len() * 95 / 100], stops.iter().filter(|stop| stop.is_none()).count())
}

#[test]
fn words_silence_a_prompt_within_two_hundred_milliseconds_and_noises_do_not() {
    let template = warmline_schema::parse(TEMPLATE).unwrap_or_else(|problems| panic!("{problems}"));
    let template = Arc::new(CompiledTemplate::compile(template).unwrap());
    let silero = Silero::load(&Store::locate().unwrap()).unwrap();
    let voice = Voice::new(VoiceConfig::default()).unwrap();
    let spoken = |text: &str, voice_name: &str| {
        let pcm = voice.render(text, &VoiceSpec { voice: voice_name.into(), rate_percent: 100 }).unwrap();
        // Counted from the first packet that is heard.
        let first = pcm.iter().position(|s| s.unsigned_abs() > 160).unwrap();
        pcm[first..].to_vec()
    };
    let over = |sound: &[i16], says: &str| -> Vec<Heard> {
        BEGINNINGS.map(|begins| talk_over(&template, &silero, sound, begins, says)).collect()
    };
    let said = |texts: &[&'static str]| -> Vec<Heard> {
        let all = texts.iter().flat_map(|text| VOICES.map(|voice_name| (*text, voice_name)));
        all.flat_map(|(text, voice_name)| over(&spoken(text, voice_name), text)).collect()
    };
    let stops = |heard: &[Heard]| heard.iter().map(|heard| heard.stopped_ms).collect::<Vec<_>>();

    let words = said(&WORDS);
    let (late, kept_talking) = p95(&stops(&words));
    println!(
        "words: the prompt's last packet after {late} ms (p95); {kept_talking} of {} did not stop it",
        words.len()
    );
    assert!(late <= 180, "{late} ms");
    assert_eq!(kept_talking, 0);
    assert!(words.iter().all(|heard| heard.dropped && !heard.resumed));

    let listening = said(&BACKCHANNELS);
    let dropped = listening.iter().filter(|heard| heard.dropped).count();
    println!("backchannels: {dropped} of {} prompts given up", listening.len());
    assert_eq!(dropped, 0);
    assert!(listening.iter().all(|heard| heard.resumed || heard.stopped_ms.is_none()));

    for noise in [Noise::Cough, Noise::Line] {
        let heard: Vec<Heard> = (0..COUGHS).flat_map(|seed| over(&noise.pcm(seed), "")).collect();
        let held = heard.iter().filter(|heard| heard.stopped_ms.is_some()).count();
        println!("{}: {held} of {} held the prompt", noise.name(), heard.len());
        assert!(heard.iter().all(|heard| !heard.dropped), "{}", noise.name());
        assert!(held * 10 <= heard.len(), "{}: {held}", noise.name());
    }
}
