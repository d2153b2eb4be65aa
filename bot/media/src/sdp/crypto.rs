//! `a=crypto` lines (RFC 4568): read theirs, write ours, choose.

use super::{LocalMedia, SdpError, SrtpKeys};
use crate::srtp::{SrtpKey, Suite};

/// One usable `a=crypto` line.
struct Line {
    tag: String,
    key: SrtpKey,
}

/// Our lines of an offer, one a suite, tagged from 1.
pub(super) fn offered(local: &LocalMedia) -> Vec<String> {
    local.keys.iter().enumerate().map(|(i, key)| write(&(i + 1).to_string(), key)).collect()
}

/// The answerer's choice: the first of their lines whose suite we have. Gives the keys and our line.
pub(super) fn answer(local: &LocalMedia, theirs: &[String]) -> Result<(SrtpKeys, String), SdpError> {
    let mut why = "no a=crypto line".to_string();
    for text in theirs {
        match read(text) {
            Ok(line) => {
                if let Some(own) = local.keys.iter().find(|k| k.suite() == line.key.suite()) {
                    let answer = write(&line.tag, own);
                    return Ok((SrtpKeys { local: own.clone(), remote: line.key }, answer));
                }
                why = "no suite in common".to_string();
            }
            Err(reason) => why = reason,
        }
    }
    Err(SdpError::NoUsableKey(why))
}

/// The offerer's reading of an answer: exactly one line, with a tag and suite of ours (RFC 4568 §5.1.3).
pub(super) fn accept(local: &LocalMedia, theirs: &[String]) -> Result<SrtpKeys, SdpError> {
    let text = theirs.first().ok_or_else(|| SdpError::NoUsableKey("no a=crypto line".into()))?;
    let line = read(text).map_err(SdpError::NoUsableKey)?;
    let index = line.tag.parse::<usize>().ok().and_then(|t| t.checked_sub(1));
    let own = index.and_then(|i| local.keys.get(i)).filter(|k| k.suite() == line.key.suite());
    let own = own.ok_or_else(|| SdpError::NoUsableKey(format!("tag {} was not offered with that suite", line.tag)))?;
    Ok(SrtpKeys { local: own.clone(), remote: line.key })
}

fn write(tag: &str, key: &SrtpKey) -> String {
    format!("{tag} {} inline:{}", key.suite().name(), key.to_base64())
}

fn read(text: &str) -> Result<Line, String> {
    let mut words = text.split_whitespace();
    let (Some(tag), Some(suite), Some(params)) = (words.next(), words.next(), words.next()) else {
        return Err("an a=crypto line is too short".into());
    };
    if tag.is_empty() || tag.len() > 9 || !tag.bytes().all(|b| b.is_ascii_digit()) {
        return Err("an a=crypto tag is not a number".into());
    }
    // Session parameters change how packets look (no encryption, key derivation rate): not offered, not taken.
    if words.any(|w| !w.starts_with("WSH=")) {
        return Err("unsupported a=crypto session parameters".into());
    }
    let suite = Suite::parse(suite).ok_or_else(|| format!("unknown suite {suite}"))?;
    // Several keys are told apart by an MKI, which we do not send.
    let inline = params.strip_prefix("inline:").filter(|p| !p.contains(';')).ok_or("not one inline key")?;
    let mut parts = inline.split('|');
    let key = parts.next().unwrap_or("");
    if parts.any(|p| p.contains(':')) {
        return Err("keys with an MKI are not supported".into());
    }
    let key = SrtpKey::from_base64(suite, key).map_err(|e| e.to_string())?;
    Ok(Line { tag: tag.to_string(), key })
}
