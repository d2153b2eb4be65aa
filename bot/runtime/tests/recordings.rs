//! A prompt's recording is what the far end hears, and its words where there is no such recording.
#![allow(clippy::unwrap_used, clippy::disallowed_methods)]

use std::collections::BTreeMap;
use std::net::UdpSocket;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use warmline_call::CallConfig;
use warmline_control::{CallId, Command, EndReason, EventKind, PlaceCall};
use warmline_models::VoiceSpec;
use warmline_models::enhance::Enhance;
use warmline_models::fake::{FakeAsr, FakeEmbedder, FakeVad};
use warmline_models::service::Hearing;
use warmline_models::synth::{Voice, VoiceConfig};
use warmline_runtime::{Bot, BotConfig, Mind, MindConfig};

const TEMPLATE: &str = "
template: recorded
voice: flite:kal
entry: { person: hello }
steps:
  hello: { type: say, prompt: { text: Good morning, audio: hello.wav }, next: bye }
  bye: { type: end, prompt: { text: This is not recorded, audio: missing.wav } }
";
/// Nothing here takes nearly as long.
const PATIENCE: Duration = Duration::from_secs(60);

/// A sound that is like nothing else: a tone that rises from 300 to 1,500 Hz in a second, at 16 kHz, too quiet.
fn record(path: &Path) {
    let phase = |n: i32| std::f64::consts::TAU * f64::from(n) / 16_000.0 * (300.0 + 600.0 * f64::from(n) / 16_000.0);
    let samples: Vec<u8> = (0..16_000).flat_map(|n| ((phase(n).sin() * 700.0) as i16).to_le_bytes()).collect();
    let mut wav = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x80\x3e\0\0\0\x7d\0\0\x02\0\x10\0data".to_vec();
    wav.extend((samples.len() as u32).to_le_bytes());
    wav.extend(samples);
    std::fs::write(path, wav).unwrap();
}

/// A phone that answers the one call it gets and hears it to its end: what it heard, at 8 kHz.
fn listen(sip: &UdpSocket, rtp: &UdpSocket) -> Vec<i16> {
    rtp.set_nonblocking(true).unwrap();
    sip.set_read_timeout(Some(Duration::from_millis(5))).unwrap();
    let (mut heard, mut packet, until) = (Vec::new(), [0; 4096], Instant::now() + PATIENCE);
    let mut over = false;
    while Instant::now() < until {
        if let Ok((length, from)) = sip.recv_from(&mut packet) {
            let request = String::from_utf8_lossy(&packet[..length]).into_owned();
            let (answer, ends) = answer(&request, sip, rtp);
            if let Some(answer) = answer {
                sip.send_to(answer.as_bytes(), from).unwrap();
            }
            over |= ends;
        }
        while let Ok((length, _)) = rtp.recv_from(&mut packet) {
            heard.extend(packet[12..length].iter().map(|code| mu_law(*code)));
        }
        if over {
            return heard;
        }
    }
    panic!("the call never ended");
}

/// The answer to a request, and whether it ends the call.
fn answer(request: &str, sip: &UdpSocket, rtp: &UdpSocket) -> (Option<String>, bool) {
    let method = request.split(' ').next().unwrap_or_default();
    if !["INVITE", "BYE"].contains(&method) {
        return (None, false);
    }
    let repeated = ["via:", "from:", "to:", "call-id:", "cseq:"];
    let mut answer = "SIP/2.0 200 OK\r\n".to_owned();
    for line in request.lines().filter(|line| repeated.iter().any(|name| line.to_lowercase().starts_with(name))) {
        let tag = if line.to_lowercase().starts_with("to:") && !line.contains("tag=") { ";tag=phone" } else { "" };
        answer += &format!("{line}{tag}\r\n");
    }
    let body = match method {
        "INVITE" => format!(
            "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n\
             m=audio {} RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\na=sendrecv\r\n",
            rtp.local_addr().unwrap().port()
        ),
        _ => String::new(),
    };
    let kind = if body.is_empty() { "" } else { "Content-Type: application/sdp\r\n" };
    let contact = format!("Contact: <sip:phone@{}>\r\n", sip.local_addr().unwrap());
    answer += &format!("{contact}{kind}Content-Length: {}\r\n\r\n{body}", body.len());
    (Some(answer), method == "BYE")
}

/// ITU-T G.711.
fn mu_law(code: u8) -> i16 {
    let code = !code;
    let size = ((i16::from(code & 0x0f) << 3) + 0x84) << ((code & 0x70) >> 4);
    if code & 0x80 == 0 { size - 0x84 } else { 0x84 - size }
}

/// How alike `sound` and the best place for it in `heard` are, and where that is. 1 is the same, whatever the level.
fn found(sound: &[i16], heard: &[i16]) -> (f64, usize) {
    let norm = |part: &[i16]| part.iter().map(|s| f64::from(*s).powi(2)).sum::<f64>().sqrt();
    let likeness = |at: usize| {
        let part = &heard[at..at + sound.len()];
        let product: f64 = part.iter().zip(sound).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
        (product / (norm(part) * norm(sound)).max(1.0), at)
    };
    (0..=heard.len().saturating_sub(sound.len())).map(likeness).max_by(|a, b| a.0.total_cmp(&b.0)).unwrap()
}

fn mind(recordings: &Path) -> Arc<Mind> {
    let config = MindConfig {
        hearing_threads: 1,
        speaking_threads: 1,
        queue: 64,
        cache: None,
        cache_bytes: 0,
        cache_days: 0,
        recordings: Some(recordings.into()),
        enhance: Enhance::default(),
    };
    let hearing = Hearing { asr: Box::new(FakeAsr::default()), embedder: Box::new(FakeEmbedder) };
    Arc::new(Mind::of(vec![hearing], || Box::new(FakeVad), config).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_far_end_hears_a_recording_and_the_words_of_one_that_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    record(&folder.path().join("hello.wav"));
    let (sip, rtp) = (UdpSocket::bind("127.0.0.1:0").unwrap(), UdpSocket::bind("127.0.0.1:0").unwrap());
    let trunk = format!(r#"{{"name":"t","host":"{}","codecs":["PCMU"]}}"#, sip.local_addr().unwrap());
    let phone = std::thread::spawn(move || listen(&sip, &rtp));
    let config = BotConfig {
        sip_bind: "127.0.0.1:0".parse().unwrap(),
        trunks: vec![serde_json::from_str(&trunk).unwrap()],
        rtp_first: 36_000,
        rtp_last: 36_999,
        media_timeout: Duration::from_secs(30),
        recordings: None,
        http_hosts: Vec::new(),
        call: CallConfig { detect_machines: false, ..CallConfig::default() },
    };
    let (bot, mut events) = Bot::start(config, mind(folder.path())).await.unwrap();
    let template = tokio::task::block_in_place(|| bot.load_template(TEMPLATE)).unwrap();
    bot.prerender(&template, &BTreeMap::new()).await.unwrap();
    bot.command(Command::Place(Box::new(PlaceCall {
        call: CallId(uuid::Uuid::from_u128(1)),
        trunk: "t".into(),
        to: "100".into(),
        caller_id: None,
        ring_limit_s: 15,
        template: template.version.clone(),
        variables: BTreeMap::new(),
        time_zone: "UTC".into(),
        record: false,
        called_back: false,
    })));
    let end = loop {
        if let EventKind::Ended(report) = events.recv().await.unwrap().kind {
            break report;
        }
    };
    assert_eq!((end.end_reason, end.turns), (EndReason::Completed, 0), "{}", end.cause);
    bot.stop(Duration::from_secs(5)).await;
    let mut heard = phone.join().unwrap();
    // A place for the last words also when their end was too quiet to be sent.
    heard.resize(heard.len() + 800, 0);

    let voice = VoiceConfig { recordings: Some(folder.path().into()), ..VoiceConfig::default() };
    let voice = Voice::new(voice).unwrap();
    let (alike, at) = found(&voice.recorded("hello.wav").unwrap(), &heard);
    assert!(alike > 0.99, "the recording: {alike}");
    let kal = VoiceSpec { voice: "flite:kal".into(), rate_percent: 100 };
    let (words, after) = found(&voice.render("This is not recorded", &kal).unwrap(), &heard);
    let seconds = heard.len() as f64 / 8_000.0;
    assert!(words > 0.99 && after > at, "the words of the missing one: {words} at {after}, after {at}, in {seconds} s");
    let (spoken, _) = found(&voice.render("Good morning", &kal).unwrap(), &heard);
    assert!(spoken < 0.5, "the recording's words are not spoken as well: {spoken}");
}
