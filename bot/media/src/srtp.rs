//! SRTP and SRTCP (RFC 3711) with keys from SDP (RFC 4568), AES counter mode and HMAC-SHA1.

use base64::{Engine, engine::general_purpose::STANDARD};
use rtc_srtp::{
    context::Context,
    crypto::default_provider,
    option::{srtcp_replay_protection, srtp_replay_protection},
    protection_profile::ProtectionProfile,
};
use std::fmt;

/// Master key and salt together, bytes.
const KEY_LEN: usize = 30;
const MASTER_LEN: usize = 16;
/// Packets behind the newest that may still arrive once (RFC 3711 §3.3.2 asks for 64 or more).
const REPLAY_WINDOW: usize = 128;

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

    fn context(&self, replay: bool) -> Result<Context, SrtpError> {
        let setup = |e: &dyn fmt::Display| SrtpError::Setup(e.to_string());
        let provider = default_provider().map_err(|e| setup(&e))?;
        let (key, salt) = self.master.split_at(MASTER_LEN);
        let rtp = replay.then(|| srtp_replay_protection(REPLAY_WINDOW));
        let rtcp = replay.then(|| srtcp_replay_protection(REPLAY_WINDOW));
        Context::new(key, salt, self.suite.profile(), rtp, rtcp, provider.crypto()).map_err(|e| setup(&e))
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
        key.context(false).map(Self)
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
pub struct SrtpReceiver(Context);

impl SrtpReceiver {
    /// A context with their key.
    pub fn new(key: &SrtpKey) -> Result<Self, SrtpError> {
        key.context(true).map(Self)
    }

    /// A protected RTP packet to plain RTP.
    pub fn unprotect_rtp(&mut self, packet: &[u8]) -> Result<Vec<u8>, SrtpError> {
        self.0.decrypt_rtp(packet).map(Into::into).map_err(|e| SrtpError::Packet(e.to_string()))
    }

    /// A protected RTCP packet to plain RTCP.
    pub fn unprotect_rtcp(&mut self, packet: &[u8]) -> Result<Vec<u8>, SrtpError> {
        self.0.decrypt_rtcp(packet).map(Into::into).map_err(|e| SrtpError::Packet(e.to_string()))
    }
}
