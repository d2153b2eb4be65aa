//! SRTP and SRTCP (RFC 3711) with keys from SDP (RFC 4568), AES counter mode and HMAC-SHA1.

mod replay;

use base64::{Engine, engine::general_purpose::STANDARD};
use replay::ReplayWindow;
use rtc_srtp::{context::Context, crypto::default_provider, protection_profile::ProtectionProfile};
use std::fmt;

/// Master key and salt together, bytes.
const KEY_LEN: usize = 30;
const MASTER_LEN: usize = 16;
/// E bit with index, and the tag, which SRTCP never shortens (RFC 4568 §6.2.2).
const SRTCP_TRAILER: usize = 4 + 10;
/// Authenticated sources remembered at once; a call has one, and for a moment two when it is moved.
const MAX_SOURCES: usize = 4;

/// Crypto suites we speak (RFC 4568 §6.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Suite {
    /// `AES_CM_128_HMAC_SHA1_80`
    Aes128Sha1_80,
    /// `AES_CM_128_HMAC_SHA1_32`
    Aes128Sha1_32,
}

/// Why a key or packet was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SrtpError {
    #[error("the SRTP key is not 30 bytes of base64")]
    BadKey,
    #[error("SRTP could not be set up: {0}")]
    Setup(String),
    #[error("an SRTP packet was refused: {0}")]
    Packet(String),
}

impl Suite {
    /// The name in `a=crypto`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Aes128Sha1_80 => "AES_CM_128_HMAC_SHA1_80",
            Self::Aes128Sha1_32 => "AES_CM_128_HMAC_SHA1_32",
        }
    }

    /// Inverse of [`name`](Self::name).
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Aes128Sha1_80, Self::Aes128Sha1_32].into_iter().find(|s| s.name() == name)
    }

    fn profile(self) -> ProtectionProfile {
        match self {
            Self::Aes128Sha1_80 => ProtectionProfile::Aes128CmHmacSha1_80,
            Self::Aes128Sha1_32 => ProtectionProfile::Aes128CmHmacSha1_32,
        }
    }
}

/// A suite with its master key and salt. `Debug` hides the key.
#[derive(Clone, PartialEq, Eq)]
pub struct SrtpKey {
    suite: Suite,
    master: [u8; KEY_LEN],
}

impl SrtpKey {
    /// One key per suite, strongest first, from 60 random bytes.
    pub fn generate(entropy: &[u8; 60]) -> [Self; 2] {
        let (mut strong, mut short) = ([0; KEY_LEN], [0; KEY_LEN]);
        strong.copy_from_slice(&entropy[..KEY_LEN]);
        short.copy_from_slice(&entropy[KEY_LEN..]);
        [Self { suite: Suite::Aes128Sha1_80, master: strong }, Self { suite: Suite::Aes128Sha1_32, master: short }]
    }

    /// A key as written after `inline:`.
    pub fn from_base64(suite: Suite, text: &str) -> Result<Self, SrtpError> {
        let bytes = STANDARD.decode(text).map_err(|_| SrtpError::BadKey)?;
        let master = bytes.try_into().map_err(|_| SrtpError::BadKey)?;
        Ok(Self { suite, master })
    }

    /// The key as written after `inline:` (40 characters).
    pub fn to_base64(&self) -> String {
        STANDARD.encode(self.master)
    }

    /// The suite this key belongs to.
    pub fn suite(&self) -> Suite {
        self.suite
    }

    fn context(&self) -> Result<Context, SrtpError> {
        let setup = |e: &dyn fmt::Display| SrtpError::Setup(e.to_string());
        let provider = default_provider().map_err(|e| setup(&e))?;
        let (key, salt) = self.master.split_at(MASTER_LEN);
        Context::new(key, salt, self.suite.profile(), None, None, provider.crypto()).map_err(|e| setup(&e))
    }
}

impl fmt::Debug for SrtpKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SrtpKey({}, hidden)", self.suite.name())
    }
}

/// Protects what we send.
pub struct SrtpSender(Context);

impl SrtpSender {
    /// A context with our key.
    pub fn new(key: &SrtpKey) -> Result<Self, SrtpError> {
        key.context().map(Self)
    }

    /// An RTP packet to its protected form.
    pub fn protect_rtp(&mut self, packet: &[u8]) -> Result<Vec<u8>, SrtpError> {
        self.0.encrypt_rtp(packet).map(Into::into).map_err(|e| SrtpError::Packet(e.to_string()))
    }

    /// A compound RTCP packet to its protected form.
    pub fn protect_rtcp(&mut self, packet: &[u8]) -> Result<Vec<u8>, SrtpError> {
        self.0.encrypt_rtcp(packet).map(Into::into).map_err(|e| SrtpError::Packet(e.to_string()))
    }
}

/// Checks and opens what they send: forged, damaged and replayed packets are errors.
///
/// A source gets state only once a packet of it has proved its tag. The library keeps state for every
/// SSRC it is shown and starts its replay window on unproved packets; a stranger's datagram must neither
/// fill memory nor shut out the real sender, so each source has its own context and window here.
pub struct SrtpReceiver {
    key: SrtpKey,
    /// Oldest first.
    sources: Vec<Source>,
}

struct Source {
    ssrc: u32,
    context: Context,
    rtp: ReplayWindow,
    rtcp: ReplayWindow,
}

impl SrtpReceiver {
    /// State with their key.
    pub fn new(key: &SrtpKey) -> Result<Self, SrtpError> {
        key.context()?; // a key that cannot work is told now, not at the first packet
        Ok(Self { key: key.clone(), sources: Vec::new() })
    }

    /// A protected RTP packet to plain RTP.
    pub fn unprotect_rtp(&mut self, packet: &[u8]) -> Result<Vec<u8>, SrtpError> {
        let ssrc = word(packet, 8).ok_or_else(|| refused("too short"))?;
        let sequence = (word(packet, 0).unwrap_or(0) & 0xFFFF) as u16;
        self.with_source(ssrc, |s| {
            let index = s.rtp.nearest(sequence);
            if !s.rtp.is_new(index) {
                return Err(refused("replayed"));
            }
            let plain = s.context.decrypt_rtp(packet).map_err(refused)?;
            s.rtp.accept(index);
            Ok(plain.into())
        })
    }

    /// A protected RTCP packet to plain RTCP.
    pub fn unprotect_rtcp(&mut self, packet: &[u8]) -> Result<Vec<u8>, SrtpError> {
        let ssrc = word(packet, 4).ok_or_else(|| refused("too short"))?;
        let trailer = packet.len().checked_sub(SRTCP_TRAILER).and_then(|at| word(packet, at)).unwrap_or(0);
        // rtc-srtp 0.21 hands out packets whose E bit is clear without checking their tag, so that anybody
        // could forge a BYE. We never agree to unencrypted SRTCP (RFC 4568 §6.3.2): refuse them here.
        if trailer >> 31 == 0 {
            return Err(refused("not encrypted"));
        }
        let index = u64::from(trailer & 0x7FFF_FFFF);
        self.with_source(ssrc, |s| {
            if !s.rtcp.is_new(index) {
                return Err(refused("replayed"));
            }
            let plain = s.context.decrypt_rtcp(packet).map_err(refused)?;
            s.rtcp.accept(index);
            Ok(plain.into())
        })
    }

    /// Runs `open` on the source's state; a new source is kept only if `open` succeeds.
    fn with_source(
        &mut self,
        ssrc: u32,
        open: impl FnOnce(&mut Source) -> Result<Vec<u8>, SrtpError>,
    ) -> Result<Vec<u8>, SrtpError> {
        if let Some(source) = self.sources.iter_mut().find(|s| s.ssrc == ssrc) {
            return open(source);
        }
        let context = self.key.context()?;
        let mut source = Source { ssrc, context, rtp: ReplayWindow::default(), rtcp: ReplayWindow::default() };
        let plain = open(&mut source)?;
        if self.sources.len() == MAX_SOURCES {
            self.sources.remove(0);
        }
        self.sources.push(source);
        Ok(plain)
    }
}

fn refused(why: impl fmt::Display) -> SrtpError {
    SrtpError::Packet(why.to_string())
}

/// The big-endian word at an offset, if it is there.
fn word(packet: &[u8], at: usize) -> Option<u32> {
    packet.get(at..at + 4).and_then(|b| b.try_into().ok()).map(u32::from_be_bytes)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{
        codec::Codec,
        rtp::{RtpSender, StreamStart},
    };

    fn keys() -> [SrtpKey; 2] {
        SrtpKey::generate(&std::array::from_fn(|i| i as u8 * 3))
    }

    fn rtp() -> RtpSender {
        RtpSender::new(StreamStart { ssrc: 7, sequence: 65_000, timestamp: 0 }, Codec::Pcmu, 0)
    }

    #[test]
    fn the_published_aes_counter_vector_is_met() {
        // RFC 3711 B.3 gives master key and salt with the session keys; with its cipher key a packet's
        // key stream can be computed by hand. This is that packet, made with OpenSSL's AES-128-CTR and HMAC-SHA1.
        let master = [hex("E1F97A0D3E018BE0D64FA32C06DE4139"), hex("0EC675AD498AFEEBB6960B3AABE6")].concat();
        let key = SrtpKey { suite: Suite::Aes128Sha1_80, master: master.try_into().unwrap() };
        let plain = [hex("800F1234DECAFBADCAFEBABE"), vec![0xAB; 16]].concat();
        let sealed = SrtpSender::new(&key).unwrap().protect_rtp(&plain).unwrap();
        assert_eq!(sealed, hex("800f1234decafbadcafebabe4e55dc4ce79978d88ca4d215949d2402b78d6acc99ea179b8dbb"));
    }

    fn hex(text: &str) -> Vec<u8> {
        (0..text.len() / 2).map(|i| u8::from_str_radix(&text[2 * i..2 * i + 2], 16).unwrap()).collect()
    }

    #[test]
    fn audio_goes_through_over_the_sequence_wrap_with_both_suites() {
        for key in keys() {
            let (mut s, mut out, mut inn) = (rtp(), SrtpSender::new(&key).unwrap(), SrtpReceiver::new(&key).unwrap());
            for i in 0..2000_u32 {
                let plain = s.packet(&i.to_be_bytes().repeat(40));
                let sealed = out.protect_rtp(&plain).unwrap();
                assert_ne!(sealed[12..172], plain[12..], "encrypted");
                if i % 7 != 0 {
                    assert_eq!(inn.unprotect_rtp(&sealed).unwrap(), plain, "packet {i}");
                }
            }
        }
    }

    #[test]
    fn forged_replayed_foreign_and_short_packets_are_refused() {
        let [key, other] = keys();
        let (mut s, mut out, mut inn) = (rtp(), SrtpSender::new(&key).unwrap(), SrtpReceiver::new(&key).unwrap());
        let sealed = out.protect_rtp(&s.packet(&[1; 160])).unwrap();
        let mut forged = sealed.clone();
        forged[20] ^= 1;
        assert!(inn.unprotect_rtp(&forged).is_err());
        forged[2] ^= 0x40;
        assert!(inn.unprotect_rtp(&forged).is_err(), "far ahead");
        assert!(inn.unprotect_rtp(&sealed).is_ok(), "a forgery does not shut out the real packet");
        assert!(inn.unprotect_rtp(&sealed).is_err(), "replay");
        let foreign = SrtpSender::new(&other).unwrap().protect_rtp(&s.packet(&[1; 160])).unwrap();
        assert!(inn.unprotect_rtp(&foreign).is_err());
        for len in 0..sealed.len() {
            assert!(inn.unprotect_rtp(&sealed[..len]).is_err());
            assert!(inn.unprotect_rtcp(&sealed[..len]).is_err());
        }
    }

    #[test]
    fn reports_go_through_and_forged_ones_do_not() {
        let bye = hex("81CB000100000007");
        for key in keys() {
            let (mut out, mut inn) = (SrtpSender::new(&key).unwrap(), SrtpReceiver::new(&key).unwrap());
            let sealed = out.protect_rtcp(&bye).unwrap();
            let mut forged = sealed.clone();
            forged[9] ^= 1;
            assert!(inn.unprotect_rtcp(&forged).is_err());
            assert_eq!(inn.unprotect_rtcp(&sealed).unwrap(), bye);
            assert!(inn.unprotect_rtcp(&sealed).is_err(), "replay");
            let unauthenticated = [bye.clone(), vec![0, 0, 0, 9], vec![0; 10]].concat();
            assert!(inn.unprotect_rtcp(&unauthenticated).is_err(), "E bit clear, no valid tag");
        }
    }

    #[test]
    fn keys_are_thirty_bytes_of_base64() {
        let [key, _] = keys();
        assert_eq!(key.to_base64().len(), 40);
        assert_eq!(SrtpKey::from_base64(key.suite(), &key.to_base64()), Ok(key.clone()));
        for bad in ["", "AAAA", "not base64 at all, surely, not at all!!!"] {
            assert_eq!(SrtpKey::from_base64(key.suite(), bad), Err(SrtpError::BadKey));
        }
    }
}
