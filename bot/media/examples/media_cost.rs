//! What one second of one call's media costs: `cargo run --release -p warmline-media --example media_cost`.

#![allow(clippy::disallowed_methods)] // measures time; the crate itself never reads a clock

use std::{error::Error, time::Instant};
use warmline_media::{
    FRAME_SAMPLES,
    codec::{Codec, Decoder, Encoder},
    dtmf::InbandDetector,
    jitter::{JitterBuffer, JitterConfig},
    rtp::{RtpReceiver, RtpSender, StreamStart},
    srtp::{SrtpKey, SrtpReceiver, SrtpSender},
    tones::{BeepDetector, ProgressDetector, generate::babble},
};

const SECONDS: u32 = 60;

/// Runs a job over a minute of voice and prints microseconds per 20-ms frame.
fn measure(
    name: &str,
    pcm: &[i16],
    mut job: impl FnMut(&[i16; FRAME_SAMPLES]) -> Result<(), Box<dyn Error>>,
) -> Result<(), Box<dyn Error>> {
    let frames = pcm.as_chunks().0;
    let start = Instant::now();
    for frame in frames {
        job(frame)?;
    }
    let us = start.elapsed().as_secs_f64() * 1e6 / frames.len() as f64;
    println!("{name:<28} {us:8.2} µs per frame, {:6.3} % of a core", us / 200.0);
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let pcm = babble(SECONDS * 1000, 1, -14.0);
    for codec in Codec::ALL {
        let (mut encoder, mut decoder) = (Encoder::new(codec), Decoder::new(codec));
        measure(&format!("{} encode", codec.name()), &pcm, |f| {
            encoder.encode(f)?;
            Ok(())
        })?;
        let mut encoder = Encoder::new(codec);
        let payloads = pcm.as_chunks().0.iter().map(|f| encoder.encode(f)).collect::<Result<Vec<_>, _>>()?;
        let mut next = payloads.iter();
        measure(&format!("{} decode", codec.name()), &pcm, |_| {
            next.next().map(|p| decoder.decode(p)).transpose()?;
            Ok(())
        })?;
    }
    receive_path(&pcm)?;
    let (mut keys, mut beeps, mut progress) = (InbandDetector::new(), BeepDetector::new(), ProgressDetector::new());
    measure("in-band keys", &pcm, |f| {
        keys.push(f);
        Ok(())
    })?;
    measure("beep", &pcm, |f| {
        beeps.push(f);
        Ok(())
    })?;
    measure("call progress", &pcm, |f| {
        progress.push(f);
        Ok(())
    })
}

/// PCMU over SRTP through receiver and jitter buffer.
fn receive_path(pcm: &[i16]) -> Result<(), Box<dyn Error>> {
    let start = StreamStart { ssrc: 1, sequence: 0, timestamp: 0 };
    let [key, _] = SrtpKey::generate(&[7; 60]);
    let (mut seal, mut open) = (SrtpSender::new(&key)?, SrtpReceiver::new(&key)?);
    let (mut encoder, mut sender) = (Encoder::new(Codec::Pcmu), RtpSender::new(start, Codec::Pcmu, 0));
    let mut datagrams = Vec::new();
    measure("send: encode, RTP, SRTP", pcm, |f| {
        datagrams.push(seal.protect_rtp(&sender.packet(&encoder.encode(f)?))?);
        Ok(())
    })?;
    let mut receiver = RtpReceiver::new(vec![(0, Codec::Pcmu)], vec![101]);
    let mut jitter = JitterBuffer::new(JitterConfig::default());
    let mut arrivals = datagrams.iter().zip((0_u64..).step_by(20_000));
    measure("receive: SRTP, RTP, jitter", pcm, |_| {
        if let Some((datagram, now_us)) = arrivals.next() {
            jitter.push(&receiver.receive(&open.unprotect_rtp(datagram)?, now_us)?, now_us);
            jitter.pull(now_us);
        }
        Ok(())
    })
}
