//! A call to a phone that is not ours: what we say arrives there, and what it says arrives here, in
//! the clear and encrypted.

#![allow(clippy::unwrap_used)]

use std::time::Duration;
use warmline_e2e::config::Site;
use warmline_e2e::phone::{Certificate, Phone, speech};
use warmline_e2e::process::Process;
use warmline_e2e::wav::{self, find, trimmed};

/// Speaks whatever it hears, long enough for the phone to say its own text meanwhile.
const TEMPLATE: &str = "
template: reads-aloud
language: en
voice: flite:slt
variables: { company: text, phone: phone }
identification:
  company: \"{{company}}\"
  callback_number: \"{{phone}}\"
  statement: \"This is the automated assistant of {{company}}.\"
  opt_out: \"To stop these calls, say stop calling.\"
entry: { person: read, machine_with_beep: read, machine_without_beep: read }
steps:
  read:
    type: say
    barge_in: never
    prompt: \"{{identification}} {{opt_out}} The north wind and the sun disputed which was the stronger.\"
    next: farewell
  farewell:
    type: end
    prompt: \"The north wind gave up the attempt. Goodbye.\"
";

const SAYS: &str = "A traveller came along, wrapped in a warm coat, and they agreed to try their strength on him.";

/// What was said at one end and heard at the other.
struct Talk {
    we_said: Vec<i16>,
    phone_heard: Vec<i16>,
    phone_said: Vec<i16>,
    we_heard: Vec<i16>,
    /// Whether the phone says that media was encrypted.
    encrypted: bool,
}

/// One call from the command line to its end.
fn call(phone: Phone, phone_said: Vec<i16>, site: &mut Site) -> Talk {
    // The phone speaks from the first moment, which a person seldom does and a machine always.
    site.set("call.detect_machines", false);
    let template = site.file("reads-aloud.yaml", TEMPLATE);
    let template = template.to_str().unwrap();
    let set = ["--set", "company=Green Dental", "--set", "phone=+1 555 010 2030"];
    let mut command = site.warmline(&[&["call", "phone", "--template", template][..], &set].concat());
    let mut caller = Process::start(&mut command, &site.dir().join("call.log"));
    let status = caller.wait(Duration::from_secs(120));
    let log = caller.output();
    assert!(status.success() && log.contains("answered"), "{log}\nthe phone: {}", phone.log());
    let recordings = site.recordings();
    assert_eq!(recordings.len(), 1, "{log}");
    let [we_said, we_heard] = <[Vec<i16>; 2]>::try_from(wav::read(&recordings[0]).channels).unwrap();
    let encrypted = phone.log().contains("SRTP is Enabled");
    Talk { we_said, phone_heard: phone.heard(), phone_said, we_heard, encrypted }
}

/// Both directions are at least `least` alike, speech for speech.
///
/// G.711 costs less than a thousandth of correlation at these levels, so the sound before the codec is
/// compared with the sound after it.
fn assert_alike(talk: &Talk, least: f64) {
    for (what, said, heard) in [
        ("what we said and the phone heard", &talk.we_said, &talk.phone_heard),
        ("what the phone said and we heard", &talk.phone_said, &talk.we_heard),
    ] {
        let said = trimmed(said, 300);
        assert!(said.len() > 8000 * 4, "{what}: only {} samples were said", said.len());
        let found = find(said, heard);
        println!("{what}: correlation {:.4} at {:.3} s", found.correlation, found.lag as f64 / 8000.0);
        assert!(found.correlation >= least, "{what}: {found:?}");
    }
}

#[test]
fn a_phone_hears_what_we_say_and_we_hear_what_it_says() {
    let says = speech(SAYS);
    let phone = Phone::start(&says);
    let mut site = Site::new(phone.address());
    let talk = call(phone, says, &mut site);
    assert!(!talk.encrypted);
    assert_alike(&talk, 0.99);
}

#[test]
fn so_it_is_over_tls_with_encrypted_media() {
    let (says, certificate) = (speech(SAYS), Certificate::make());
    let phone = Phone::start_secure(&says, &certificate);
    let mut site = Site::new(phone.address());
    site.set("trunk.transport", "tls").set("trunk.srtp", "required");
    site.set("trunk.tls_ca", certificate.authority.to_string_lossy().into_owned());
    let talk = call(phone, says, &mut site);
    assert!(talk.encrypted);
    assert_alike(&talk, 0.95);
}
