//! Offer and answer (RFC 3264) for one audio stream.

use super::{
    DTMF_8K, DTMF_48K, Direction, LocalMedia, Negotiated, SdpError, SrtpKeys, SrtpPolicy, crypto,
    parse::{Description, Media, address, parse},
};
use crate::codec::Codec;
use std::{
    fmt::Write,
    net::{IpAddr, SocketAddr},
};

/// Our offer. `version` starts anywhere and grows by one with each new description of the call (RFC 3264 §8).
pub fn offer(local: &LocalMedia, version: u64) -> String {
    let mut formats: Vec<Format> = local.codecs.iter().map(|&c| Format::audio(c.offered_payload_type(), c)).collect();
    for (pt, clock) in [(DTMF_8K, 8000), (DTMF_48K, 48_000)] {
        if local.codecs.iter().any(|c| c.clock_rate_hz() == clock) {
            formats.push(Format::events(pt, clock));
        }
    }
    let secure = local.srtp == SrtpPolicy::Required;
    let keys = if local.srtp == SrtpPolicy::Off { Vec::new() } else { crypto::offered(local) };
    let mut text = session(local, version);
    audio_section(&mut text, local, profile(secure), &formats, local.direction, &keys, local.rtcp_mux);
    text
}

/// Reads the answer to [`offer`]`(local, …)`.
pub fn accept_answer(local: &LocalMedia, answer: &str) -> Result<Negotiated, SdpError> {
    let description = parse(answer)?;
    let media = description.media.iter().find(|m| m.kind == "audio").ok_or(SdpError::NoAudio)?;
    if media.port == 0 {
        return Err(SdpError::Refused);
    }
    let secure = is_secure(media)?;
    let srtp = match (local.srtp, secure || !media.crypto.is_empty()) {
        (SrtpPolicy::Off, true) if secure => return Err(SdpError::SrtpOff),
        (SrtpPolicy::Off, _) | (SrtpPolicy::Optional, false) => None,
        (SrtpPolicy::Required, false) => return Err(SdpError::SrtpRequired),
        (_, true) => Some(crypto::accept(local, &media.crypto)?),
    };
    let formats = common_formats(local, media)?;
    let ours: Vec<_> = local.codecs.iter().map(|&c| (c.offered_payload_type(), c)).collect();
    let mut n = negotiated(local, &description, media, &formats, srtp)?;
    // They may send any of what we offered, under our numbers; some use their own.
    n.receive = ours;
    if !n.receive.iter().any(|(pt, _)| *pt == n.payload_type) {
        n.receive.push((n.payload_type, n.codec));
    }
    n.receive_dtmf = vec![DTMF_8K, DTMF_48K];
    n.receive_dtmf.extend(n.dtmf.map(|(pt, _)| pt).filter(|pt| ![DTMF_8K, DTMF_48K].contains(pt)));
    n.rtcp_mux &= local.rtcp_mux;
    Ok(n)
}

/// Answers an offer (an incoming call, or a re-INVITE or UPDATE in one). Streams other than the
/// first audio stream are refused with port 0; numbers are theirs (RFC 3264 §6.1).
pub fn answer_offer(local: &LocalMedia, version: u64, offer: &str) -> Result<(String, Negotiated), SdpError> {
    let description = parse(offer)?;
    let chosen = description.media.iter().position(|m| m.kind == "audio" && m.port != 0).ok_or(
        if description.media.iter().any(|m| m.kind == "audio") { SdpError::Refused } else { SdpError::NoAudio },
    )?;
    let media = &description.media[chosen];
    let secure = is_secure(media)?;
    let (srtp, key_line) = match (local.srtp, secure || !media.crypto.is_empty()) {
        (SrtpPolicy::Off, _) if secure => return Err(SdpError::SrtpOff),
        (SrtpPolicy::Required, false) => return Err(SdpError::SrtpRequired),
        (SrtpPolicy::Off, _) | (SrtpPolicy::Optional, false) => (None, None),
        (_, true) => match crypto::answer(local, &media.crypto) {
            Ok((keys, line)) => (Some(keys), Some(line)),
            // Keys in a plain offer are an extra: without a usable one the call goes on in the clear.
            Err(_) if !secure && local.srtp == SrtpPolicy::Optional => (None, None),
            Err(e) => return Err(e),
        },
    };
    let formats = common_formats(local, media)?;
    let n = negotiated(local, &description, media, &formats, srtp)?;
    let mut text = session(local, version);
    for (i, m) in description.media.iter().enumerate() {
        if i == chosen {
            let keys: Vec<String> = key_line.iter().cloned().collect();
            audio_section(&mut text, local, &media.profile, &formats, n.direction, &keys, media.rtcp_mux);
        } else {
            let _ = write!(text, "m={} 0 {} {}\r\n", m.kind, m.profile, m.formats.join(" "));
        }
    }
    Ok((text, n))
}

/// A line of the `m=` section.
#[derive(Clone, Debug, PartialEq)]
struct Format {
    pt: u8,
    /// `None` for telephone events.
    codec: Option<Codec>,
    clock_hz: u32,
}

impl Format {
    fn audio(pt: u8, codec: Codec) -> Self {
        Self { pt, codec: Some(codec), clock_hz: codec.clock_rate_hz() }
    }

    fn events(pt: u8, clock_hz: u32) -> Self {
        Self { pt, codec: None, clock_hz }
    }

    fn write(&self, text: &mut String) {
        let pt = self.pt;
        let _ = match self.codec {
            Some(c) => write!(text, "a=rtpmap:{pt} {}\r\n", c.rtpmap()),
            None => write!(text, "a=rtpmap:{pt} telephone-event/{}\r\na=fmtp:{pt} 0-15\r\n", self.clock_hz),
        };
        if let Some(fmtp) = self.codec.and_then(Codec::fmtp) {
            let _ = write!(text, "a=fmtp:{pt} {fmtp}\r\n");
        }
    }
}

/// The codec both have that comes first in their list, then the telephone events that go with it.
fn common_formats(local: &LocalMedia, media: &Media) -> Result<Vec<Format>, SdpError> {
    let theirs: Vec<Format> = media.payload_types().filter_map(|pt| known_format(media, pt)).collect();
    let codec = theirs.iter().find(|f| f.codec.is_some_and(|c| local.codecs.contains(&c))).cloned();
    let codec = codec.ok_or_else(|| SdpError::NoCommonCodec {
        theirs: names(media),
        ours: local.codecs.iter().map(|c| c.name()).collect::<Vec<_>>().join(", "),
    })?;
    let events = theirs.iter().filter(|f| f.codec.is_none());
    // Events should share the codec's clock (RFC 4733 §2.1); some phones only ever write 8000.
    let matching = events.clone().find(|f| f.clock_hz == codec.clock_hz).or_else(|| events.clone().next()).cloned();
    Ok([codec].into_iter().chain(matching).collect())
}

fn known_format(media: &Media, pt: u8) -> Option<Format> {
    let Some((_, name, clock_hz)) = media.rtpmap.iter().find(|(n, ..)| *n == pt) else {
        let codec = Codec::ALL.into_iter().find(|c| c.static_payload_type() == Some(pt))?;
        return Some(Format::audio(pt, codec));
    };
    if name.eq_ignore_ascii_case("telephone-event") {
        return Some(Format::events(pt, *clock_hz));
    }
    // G.722 is now and then written with its true rate.
    let codec = Codec::parse(name)?;
    (codec.clock_rate_hz() == *clock_hz || codec == Codec::G722 && *clock_hz == 16_000)
        .then(|| Format::audio(pt, codec))
}

fn names(media: &Media) -> String {
    let mapped: Vec<&str> = media.rtpmap.iter().map(|(_, name, _)| name.as_str()).collect();
    if mapped.is_empty() { format!("payload types {}", media.formats.join(" ")) } else { mapped.join(", ") }
}

fn negotiated(
    local: &LocalMedia,
    d: &Description,
    media: &Media,
    formats: &[Format],
    srtp: Option<SrtpKeys>,
) -> Result<Negotiated, SdpError> {
    let ip = address(media.connection.as_ref().or(d.connection.as_ref()).ok_or(SdpError::NoAddress)?)?;
    let theirs = media.direction.or(d.direction).unwrap_or_default();
    let mut direction = theirs.reversed().and(local.direction);
    if ip.is_unspecified() {
        direction = direction.and(Direction::RecvOnly); // the hold of RFC 2543, kept by RFC 3264 §8.4
    }
    let (rtcp_port, rtcp_address) = match &media.rtcp {
        Some((port, other)) => (*port, other.as_deref()),
        None => (media.port.saturating_add(1), None),
    };
    let rtcp_ip = rtcp_address.map_or(Ok(ip), address)?;
    let remote = SocketAddr::new(ip, media.port);
    let audio = formats.iter().find_map(|f| f.codec.map(|c| (f.pt, c)));
    let (payload_type, codec) = audio.ok_or(SdpError::NoAudio)?;
    let dtmf = formats.iter().find(|f| f.codec.is_none()).map(|f| (f.pt, f.clock_hz));
    Ok(Negotiated {
        remote,
        remote_rtcp: if media.rtcp_mux { remote } else { SocketAddr::new(rtcp_ip, rtcp_port) },
        codec,
        payload_type,
        receive: vec![(payload_type, codec)],
        receive_dtmf: dtmf.iter().map(|(pt, _)| *pt).collect(),
        dtmf,
        direction,
        rtcp_mux: media.rtcp_mux,
        srtp,
        ptime_ms: media.ptime_ms,
    })
}

fn is_secure(media: &Media) -> Result<bool, SdpError> {
    match media.profile.as_str() {
        "RTP/AVP" | "RTP/AVPF" => Ok(false),
        "RTP/SAVP" | "RTP/SAVPF" => Ok(true),
        other => Err(SdpError::UnsupportedProfile(other.to_string())),
    }
}

fn profile(secure: bool) -> &'static str {
    if secure { "RTP/SAVP" } else { "RTP/AVP" }
}

fn session(local: &LocalMedia, version: u64) -> String {
    let family = match local.addr {
        IpAddr::V4(_) => "IP4",
        IpAddr::V6(_) => "IP6",
    };
    let (addr, id) = (local.addr, local.session_id);
    format!("v=0\r\no=- {id} {version} IN {family} {addr}\r\ns=-\r\nc=IN {family} {addr}\r\nt=0 0\r\n")
}

fn audio_section(
    text: &mut String,
    local: &LocalMedia,
    profile: &str,
    formats: &[Format],
    direction: Direction,
    keys: &[String],
    mux: bool,
) {
    let list: Vec<String> = formats.iter().map(|f| f.pt.to_string()).collect();
    let _ = write!(text, "m=audio {} {profile} {}\r\n", local.port, list.join(" "));
    formats.iter().for_each(|f| f.write(text));
    let _ = write!(text, "a=ptime:20\r\na={}\r\n", direction.as_str());
    if formats.iter().any(|f| f.codec == Some(Codec::Opus)) {
        text.push_str("a=maxptime:20\r\n"); // our Opus decoder takes one 20-ms frame a packet
    }
    if mux {
        text.push_str("a=rtcp-mux\r\n");
    }
    for key in keys {
        let _ = write!(text, "a=crypto:{key}\r\n");
    }
}
