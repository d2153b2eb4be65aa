//! Text to [`Description`]. Knows the grammar, takes no decisions.

use super::{Direction, SdpError};
use std::net::IpAddr;

/// More than any audio call needs; a guard against hostile bodies.
const MAX_LINES: usize = 500;
const MAX_BYTES: usize = 64 * 1024;

/// A session description as written.
#[derive(Clone, Debug, Default)]
pub(super) struct Description {
    pub(super) connection: Option<String>,
    pub(super) direction: Option<Direction>,
    pub(super) media: Vec<Media>,
}

/// One `m=` section.
#[derive(Clone, Debug, Default)]
pub(super) struct Media {
    pub(super) kind: String,
    pub(super) port: u16,
    pub(super) profile: String,
    pub(super) formats: Vec<String>,
    pub(super) connection: Option<String>,
    pub(super) direction: Option<Direction>,
    /// Payload type, encoding name, clock.
    pub(super) rtpmap: Vec<(u8, String, u32)>,
    pub(super) crypto: Vec<String>,
    pub(super) ptime_ms: Option<u16>,
    pub(super) rtcp_mux: bool,
    /// Port, and address when another than the media's.
    pub(super) rtcp: Option<(u16, Option<String>)>,
}

impl Media {
    /// Numeric payload types in order; non-numeric formats (not RTP) are left out.
    pub(super) fn payload_types(&self) -> impl Iterator<Item = u8> + '_ {
        self.formats.iter().filter_map(|f| f.parse().ok()).filter(|pt| *pt < 128)
    }
}

pub(super) fn parse(text: &str) -> Result<Description, SdpError> {
    if text.trim().is_empty() {
        return Err(SdpError::Empty);
    }
    let malformed = |line: usize, what: &str| SdpError::Malformed { line, what: what.to_string() };
    if text.len() > MAX_BYTES {
        return Err(malformed(1, "more than 64 KiB"));
    }
    let mut d = Description::default();
    for (i, line) in text.lines().enumerate() {
        let (number, line) = (i + 1, line.trim_end());
        if number > MAX_LINES {
            return Err(malformed(number, "too many lines"));
        }
        if line.is_empty() {
            continue;
        }
        let (kind, value) = line.split_once('=').ok_or_else(|| malformed(number, "no `=`"))?;
        if number == 1 && (kind, value.trim()) != ("v", "0") {
            return Err(malformed(1, "not `v=0`"));
        }
        match kind {
            "c" => {
                let c = Some(connection(value).ok_or_else(|| malformed(number, "bad connection data"))?);
                match d.media.last_mut() {
                    Some(m) => m.connection = c,
                    None => d.connection = c,
                }
            }
            "m" => d.media.push(media(value).map_err(|what| malformed(number, what))?),
            "a" => attribute(&mut d, value).map_err(|what| malformed(number, what))?,
            _ => {} // o, s, t, b and the rest do not matter to one audio stream
        }
    }
    Ok(d)
}

/// The address of `IN IP4 1.2.3.4/ttl`, as text.
fn connection(value: &str) -> Option<String> {
    let mut words = value.split_whitespace();
    let (net, kind, address) = (words.next()?, words.next()?, words.next()?);
    if net != "IN" || !matches!(kind, "IP4" | "IP6") {
        return None;
    }
    Some(address.split('/').next().unwrap_or(address).to_string())
}

/// The IP address of connection data.
pub(super) fn address(text: &str) -> Result<IpAddr, SdpError> {
    text.parse().map_err(|_| SdpError::NotAnAddress(text.to_string()))
}

fn media(value: &str) -> Result<Media, &'static str> {
    let mut words = value.split_whitespace();
    let (Some(kind), Some(port), Some(profile)) = (words.next(), words.next(), words.next()) else {
        return Err("an m= line needs media, port and profile");
    };
    let port = port.split('/').next().unwrap_or(port).parse().map_err(|_| "bad port in an m= line")?;
    let formats: Vec<String> = words.map(str::to_string).collect();
    if formats.is_empty() {
        return Err("an m= line without formats");
    }
    Ok(Media { kind: kind.into(), port, profile: profile.into(), formats, ..Media::default() })
}

fn attribute(d: &mut Description, value: &str) -> Result<(), &'static str> {
    let (name, rest) = value.split_once(':').unwrap_or((value, ""));
    let (name, rest) = (name.trim(), rest.trim());
    if let Some(direction) = Direction::parse(name) {
        match d.media.last_mut() {
            Some(m) => m.direction = Some(direction),
            None => d.direction = Some(direction),
        }
        return Ok(());
    }
    let Some(m) = d.media.last_mut() else { return Ok(()) };
    match name {
        "rtpmap" if m.kind == "audio" => m.rtpmap.push(rtpmap(rest).ok_or("bad rtpmap")?),
        "crypto" => m.crypto.push(rest.to_string()),
        // A ptime that is no number is a wish we cannot read, not a reason to refuse a call.
        "ptime" => m.ptime_ms = rest.parse::<f32>().ok().filter(|p| *p >= 1.0).map(|p| p as u16),
        "rtcp-mux" => m.rtcp_mux = true,
        "rtcp" => {
            let mut words = rest.splitn(2, ' ');
            let port = words.next().unwrap_or("").parse().map_err(|_| "bad rtcp port")?;
            m.rtcp = Some((port, words.next().and_then(connection)));
        }
        _ => {}
    }
    Ok(())
}

fn rtpmap(value: &str) -> Option<(u8, String, u32)> {
    let (pt, encoding) = value.split_once(char::is_whitespace)?;
    let mut parts = encoding.trim().split('/');
    let (name, clock) = (parts.next()?, parts.next()?);
    Some((pt.parse().ok()?, name.to_string(), clock.parse().ok()?))
}
