//! The little of SDP (RFC 4566, RFC 3264) that a phone with G.711 and telephone events needs.

use crate::people::Codec;
use std::net::{IpAddr, SocketAddr};

/// What the caller offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// Where it wants our packets. Port 0 when it has switched the stream off.
    pub remote: SocketAddr,
    pub pcmu: bool,
    pub pcma: bool,
    /// Payload type of telephone-event at 8 kHz.
    pub event_type: Option<u8>,
    pub direction: Direction,
}

/// Which way the caller wants media to flow, seen from the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    SendRecv,
    SendOnly,
    RecvOnly,
    Inactive,
}

impl Direction {
    /// The answer to it (RFC 3264 §6.1).
    fn answer(self) -> &'static str {
        match self {
            Self::SendRecv => "sendrecv",
            Self::SendOnly => "recvonly",
            Self::RecvOnly => "sendonly",
            Self::Inactive => "inactive",
        }
    }

    /// Whether the caller wants to hear us.
    pub fn wants_audio(self) -> bool {
        matches!(self, Self::SendRecv | Self::RecvOnly)
    }
}

/// Why an offer cannot be answered.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum SdpError {
    #[error("the SDP has no usable audio line")]
    NoAudio,
    #[error("the SDP has no usable connection address")]
    NoAddress,
    #[error("the SDP offers neither PCMU nor PCMA over plain RTP")]
    NoCodec,
}

/// Reads an offer.
pub fn parse(text: &str) -> Result<Offer, SdpError> {
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    let audio = lines.iter().position(|l| l.starts_with("m=audio ")).ok_or(SdpError::NoAudio)?;
    let end = lines.iter().skip(audio + 1).position(|l| l.starts_with("m=")).map_or(lines.len(), |n| audio + 1 + n);
    let session = &lines[..lines.iter().position(|l| l.starts_with("m=")).unwrap_or(audio)];
    let media = &lines[audio..end];
    let mut fields = media[0]["m=audio ".len()..].split_whitespace();
    let port: u16 = fields.next().and_then(|p| p.split('/').next()?.parse().ok()).ok_or(SdpError::NoAudio)?;
    let profile = fields.next().ok_or(SdpError::NoAudio)?;
    let types: Vec<u8> = fields.filter_map(|t| t.parse().ok()).collect();
    let find = |prefix: &str| media.iter().chain(session).find_map(|l| l.strip_prefix(prefix).map(str::to_string));
    let address: IpAddr = find("c=IN IP4 ")
        .or_else(|| find("c=IN IP6 "))
        .and_then(|a| a.split('/').next()?.trim().parse().ok())
        .ok_or(SdpError::NoAddress)?;
    let event_type = media.iter().filter_map(|l| l.strip_prefix("a=rtpmap:")).find_map(|map| {
        let (number, name) = map.split_once(' ')?;
        name.trim().eq_ignore_ascii_case("telephone-event/8000").then(|| number.parse().ok())?
    });
    let (pcmu, pcma) = (types.contains(&0), types.contains(&8));
    if profile != "RTP/AVP" && profile != "RTP/AVPF" || !(pcmu || pcma) {
        return Err(SdpError::NoCodec);
    }
    let direction = match (find("a=sendonly"), find("a=recvonly"), find("a=inactive")) {
        (_, _, Some(_)) => Direction::Inactive,
        (Some(_), _, _) => Direction::SendOnly,
        (_, Some(_), _) => Direction::RecvOnly,
        _ => Direction::SendRecv,
    };
    Ok(Offer { remote: SocketAddr::new(address, port), pcmu, pcma, event_type, direction })
}

impl Offer {
    /// The codec to use: the preferred one if offered.
    pub fn choose(&self, preferred: Codec) -> Codec {
        match preferred {
            Codec::Pcma if self.pcma => Codec::Pcma,
            Codec::Pcma => Codec::Pcmu,
            Codec::Pcmu if self.pcmu => Codec::Pcmu,
            Codec::Pcmu => Codec::Pcma,
        }
    }

    /// The answer, with `version` growing by one each time it changes.
    pub fn answer(&self, local: SocketAddr, codec: Codec, version: u64) -> String {
        let (number, name) = match codec {
            Codec::Pcmu => (0, "PCMU"),
            Codec::Pcma => (8, "PCMA"),
        };
        let kind = if local.is_ipv4() { "IP4" } else { "IP6" };
        let (address, port) = (local.ip(), local.port());
        let (events, map) = match self.event_type {
            Some(t) => (format!(" {t}"), format!("a=rtpmap:{t} telephone-event/8000\r\na=fmtp:{t} 0-15\r\n")),
            None => Default::default(),
        };
        let direction = self.direction.answer();
        format!(
            "v=0\r\no=carrier {port} {version} IN {kind} {address}\r\ns=-\r\nc=IN {kind} {address}\r\nt=0 0\r\n\
             m=audio {port} RTP/AVP {number}{events}\r\na=rtpmap:{number} {name}/8000\r\n{map}a=ptime:20\r\na={direction}\r\n"
        )
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const OFFER: &str = "v=0\r\no=- 1 1 IN IP4 10.0.0.1\r\ns=-\r\nc=IN IP4 10.0.0.1\r\nt=0 0\r\n\
        m=audio 40000 RTP/AVP 8 0 101\r\na=rtpmap:101 telephone-event/8000\r\na=sendrecv\r\n";

    #[test]
    fn an_offer_is_read_and_answered_with_the_preferred_codec() {
        let offer = parse(OFFER).unwrap();
        assert_eq!(offer.remote, "10.0.0.1:40000".parse().unwrap());
        assert_eq!(offer.choose(Codec::Pcma), Codec::Pcma);
        let answer = offer.answer("127.0.0.1:20000".parse().unwrap(), Codec::Pcma, 1);
        assert!(answer.contains("m=audio 20000 RTP/AVP 8 101\r\n") && answer.contains("a=sendrecv"), "{answer}");
        let back = parse(&answer).unwrap();
        assert_eq!((back.pcmu, back.pcma, back.event_type), (false, true, Some(101)));
    }

    #[test]
    fn hold_is_answered_by_only_receiving_and_media_level_lines_win() {
        let held = OFFER.replace("sendrecv", "sendonly").replace("m=audio", "m=video 9 RTP/AVP 96\r\nm=audio");
        let offer = parse(&format!("{held}c=IN IP4 10.0.0.9\r\n")).unwrap();
        assert_eq!(offer.remote.ip().to_string(), "10.0.0.9");
        assert!(!offer.direction.wants_audio());
        assert!(offer.answer("127.0.0.1:2".parse().unwrap(), Codec::Pcmu, 2).contains("a=recvonly"));
    }

    #[test]
    fn offers_that_cannot_work_say_why() {
        assert_eq!(parse("v=0\r\n"), Err(SdpError::NoAudio));
        assert_eq!(parse("m=audio 4000 RTP/AVP 0\r\n"), Err(SdpError::NoAddress));
        assert_eq!(parse(&OFFER.replace(" 8 0 101", " 9 18")), Err(SdpError::NoCodec));
        assert_eq!(parse(&OFFER.replace("RTP/AVP", "RTP/SAVP")), Err(SdpError::NoCodec));
        assert_eq!(parse("m=audio x\r\nc=IN IP4 1.2.3.4\r\n"), Err(SdpError::NoAudio));
    }
}
