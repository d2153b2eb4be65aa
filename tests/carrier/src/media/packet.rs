//! RTP packets (RFC 3550 §5.1) and telephone events (RFC 4733 §2.3).

/// The fixed header, as far as a phone cares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    pub marker: bool,
    pub payload_type: u8,
    pub sequence: u16,
    pub timestamp: u32,
    pub ssrc: u32,
}

/// Splits a packet; nothing for what is not RTP version 2 or is cut off.
pub fn parse(packet: &[u8]) -> Option<(Header, &[u8])> {
    let head = packet.get(..12)?;
    if head[0] >> 6 != 2 {
        return None;
    }
    let header = Header {
        marker: head[1] & 0x80 != 0,
        payload_type: head[1] & 0x7f,
        sequence: u16::from_be_bytes([head[2], head[3]]),
        timestamp: u32::from_be_bytes([head[4], head[5], head[6], head[7]]),
        ssrc: u32::from_be_bytes([head[8], head[9], head[10], head[11]]),
    };
    let mut from = 12 + 4 * usize::from(head[0] & 0x0f);
    if head[0] & 0x10 != 0 {
        let extension = packet.get(from..from + 4)?;
        from += 4 + 4 * usize::from(u16::from_be_bytes([extension[2], extension[3]]));
    }
    let padding = if head[0] & 0x20 != 0 { usize::from(*packet.last()?) } else { 0 };
    let to = packet.len().checked_sub(padding)?;
    Some((header, packet.get(from..to)?))
}

/// Puts a packet together.
pub fn build(header: Header, payload: &[u8]) -> Vec<u8> {
    let mut packet = Vec::with_capacity(12 + payload.len());
    packet.push(0x80);
    packet.push(header.payload_type | if header.marker { 0x80 } else { 0 });
    packet.extend_from_slice(&header.sequence.to_be_bytes());
    packet.extend_from_slice(&header.timestamp.to_be_bytes());
    packet.extend_from_slice(&header.ssrc.to_be_bytes());
    packet.extend_from_slice(payload);
    packet
}

const KEYS: &[u8] = b"0123456789*#ABCD";

/// Payload of a telephone event: key, whether it has ended, duration in timestamp units. Nothing for no key.
pub fn event(key: char, ended: bool, duration: u16) -> Option<[u8; 4]> {
    let code = KEYS.iter().position(|k| char::from(*k) == key)? as u8;
    let [high, low] = duration.to_be_bytes();
    Some([code, if ended { 0x80 | 10 } else { 10 }, high, low])
}

/// Key of a telephone event.
pub fn event_key(payload: &[u8]) -> Option<char> {
    KEYS.get(usize::from(*payload.first()?)).map(|k| char::from(*k))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const HEADER: Header =
        Header { marker: true, payload_type: 101, sequence: 65_535, timestamp: 7, ssrc: 0xdead_beef };

    #[test]
    fn what_is_built_parses_and_what_is_cut_off_does_not() {
        let packet = build(HEADER, &[1, 2, 3]);
        assert_eq!(parse(&packet), Some((HEADER, [1u8, 2, 3].as_slice())));
        for end in 0..12 {
            assert_eq!(parse(&packet[..end]), None);
        }
        assert_eq!(parse(&[0x40; 20]), None);
    }

    #[test]
    fn sources_extension_and_padding_are_skipped() {
        let mut packet = build(HEADER, &[]);
        packet[0] = 0x80 | 0x20 | 0x10 | 1;
        packet.extend_from_slice(&[9; 4]);
        packet.extend_from_slice(&[0, 0, 0, 1, 8, 8, 8, 8]);
        packet.extend_from_slice(&[5, 6, 0, 2]);
        assert_eq!(parse(&packet).unwrap().1, [5, 6]);
        packet.truncate(14);
        assert_eq!(parse(&packet), None);
    }

    #[test]
    fn events_carry_the_key() {
        assert_eq!(event('#', true, 320), Some([11, 0x8a, 1, 64]));
        assert_eq!(event_key(&event('7', false, 0).unwrap()), Some('7'));
        assert_eq!(event('x', false, 0), None);
        assert_eq!(event_key(&[99, 0, 0, 0]), None);
    }
}
