//! A phone that is not ours (baresip): answers every call, plays a sound, records what it hears.

use crate::bin;
use crate::config::{free_port, free_range};
use crate::process::Process;
use crate::wav;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Samples of silence after the sound: baresip hangs up where its file ends.
const REST: usize = 8000 * 120;

/// A running baresip.
pub struct Phone {
    process: Process,
    dir: tempfile::TempDir,
    port: u16,
    tls: bool,
}

/// A certificate for 127.0.0.1, and the authority that signed it.
pub struct Certificate {
    /// The authority's certificate.
    pub authority: PathBuf,
    /// Key and certificate in one file.
    pem: PathBuf,
    _dir: tempfile::TempDir,
}

impl Phone {
    /// A phone for G.711 µ-law over UDP that says `says` (8 kHz).
    pub fn start(says: &[i16]) -> Self {
        Self::run(says, "", None)
    }

    /// The same over TLS, with keys for encrypted media (RFC 4568) or no call.
    pub fn start_secure(says: &[i16], certificate: &Certificate) -> Self {
        Self::run(says, ";transport=tls;mediaenc=srtp-mand", Some(certificate))
    }

    fn run(says: &[i16], account: &str, certificate: Option<&Certificate>) -> Self {
        let dir = tempfile::tempdir().expect("a temporary folder can be made");
        let (port, (first, last)) = (free_port(), free_range());
        let sound = dir.path().join("says.wav");
        wav::write(&sound, &[says, &vec![0; REST]].concat());
        let values = [
            ("@SIP@", port.to_string()),
            ("@RTP_MIN@", first.to_string()),
            ("@RTP_MAX@", last.to_string()),
            ("@DIR@", dir.path().display().to_string()),
            ("@WAV@", sound.display().to_string()),
            ("@CERTIFICATE@", certificate.map_or(String::new(), |c| format!("sip_certificate {}", c.pem.display()))),
        ];
        let settings = bin::root().join("tests/peers/baresip/config");
        let template = std::fs::read_to_string(settings).expect("the phone's settings are in the repository");
        let config = values.iter().fold(template, |text, (key, value)| text.replace(key, value));
        let address = format!("<sip:phone@127.0.0.1:{port}>;regint=0;answermode=auto;audio_codecs=PCMU{account}\n");
        for (name, text) in [("config", config.as_str()), ("accounts", &address), ("contacts", "")] {
            std::fs::write(dir.path().join(name), text).expect("a temporary folder can be written to");
        }
        let mut baresip = Command::new("baresip");
        baresip.current_dir(dir.path()).arg("-f").arg(dir.path());
        let mut process = Process::start(&mut baresip, &dir.path().join("log"));
        process.wait_for("baresip is ready");
        Self { process, dir, port, tls: certificate.is_some() }
    }

    /// Where a trunk reaches it; with TLS that is the port above.
    pub fn address(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.port + u16::from(self.tls)).into()
    }

    /// What it printed.
    pub fn log(&self) -> String {
        self.process.output()
    }

    /// Ends it and gives what it heard, decoded.
    ///
    /// # Panics
    /// When it recorded nothing.
    pub fn heard(mut self) -> Vec<i16> {
        self.process.stop();
        let files = std::fs::read_dir(self.dir.path()).expect("its folder is there").flatten().map(|e| e.path());
        let decoded = |path: &PathBuf| path.to_string_lossy().ends_with("dec.wav");
        let file = files.into_iter().find(decoded).unwrap_or_else(|| panic!("nothing was heard:\n{}", self.log()));
        wav::read(&file).channels.swap_remove(0)
    }
}

impl Certificate {
    /// Made by openssl.
    ///
    /// # Panics
    /// When it is not installed.
    pub fn make() -> Self {
        let dir = tempfile::tempdir().expect("a temporary folder can be made");
        let key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
        openssl(dir.path(), &format!("req -x509 {key} -days 2 -subj /CN=authority -keyout ca.key -out ca.pem"));
        openssl(dir.path(), &format!("req {key} -subj /CN=127.0.0.1 -keyout phone.key -out phone.csr"));
        let extensions = "subjectAltName=IP:127.0.0.1\nbasicConstraints=CA:FALSE\n";
        std::fs::write(dir.path().join("extensions"), extensions).expect("a temporary folder can be written to");
        let ca = "-CA ca.pem -CAkey ca.key -CAcreateserial";
        openssl(dir.path(), &format!("x509 -req -in phone.csr {ca} -days 2 -extfile extensions -out phone.crt"));
        let part = |name: &str| std::fs::read(dir.path().join(name)).expect("openssl wrote it");
        let pem = dir.path().join("phone.pem");
        std::fs::write(&pem, [part("phone.key"), part("phone.crt")].concat()).expect("the disk has room");
        Self { authority: dir.path().join("ca.pem"), pem, _dir: dir }
    }
}

fn openssl(dir: &Path, args: &str) {
    let done = Command::new("openssl").args(args.split(' ')).current_dir(dir).output().expect("openssl is needed");
    assert!(done.status.success(), "openssl {args}: {}", String::from_utf8_lossy(&done.stderr));
}

/// `text` spoken at 8 kHz by flite, after a moment of silence.
///
/// # Panics
/// When flite is not installed.
pub fn speech(text: &str) -> Vec<i16> {
    let dir = tempfile::tempdir().expect("a temporary folder can be made");
    let file = dir.path().join("speech.wav");
    let spoken = Command::new("flite").args(["-voice", "kal", "-t", text, "-o"]).arg(&file).status();
    assert!(spoken.expect("flite is needed").success(), "flite failed");
    let sound = wav::read(&file);
    assert_eq!(sound.rate_hz, 8000);
    [vec![0; 8000], sound.channels[0].clone()].concat()
}
