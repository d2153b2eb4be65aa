//! sipp as the caller: a scenario put together step by step, run to its end.

use std::fmt::Write;
use std::path::Path;
use std::process::Command;

const IDENTITY: &str = "From: <sip:caller@[local_ip]:[local_port]>;tag=[call_number]\n\
    Call-ID: [call_id]\nMax-Forwards: 70\nContact: <sip:caller@[local_ip]:[local_port]>\n";
const VIA: &str = "Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]\n";

/// A scenario for one call.
pub(crate) struct Call {
    steps: String,
    cseq: u32,
}

impl Call {
    /// INVITE with an offer of PCMU, PCMA and telephone events; `direction` such as `sendrecv`.
    pub(crate) fn invite() -> Self {
        let mut call = Self { steps: String::new(), cseq: 0 };
        call.first_offer("");
        call
    }

    /// The same once more, answering the challenge that came.
    pub(crate) fn invite_as(mut self, user: &str, password: &str) -> Self {
        self.first_offer(&format!("[authentication username={user} password={password}]\n"));
        self
    }

    fn first_offer(&mut self, headers: &str) {
        let line = format!("INVITE sip:[service]@[remote_ip]:[remote_port] SIP/2.0\n{headers}");
        self.offer(line.trim_end(), "To: <sip:[service]@[remote_ip]>", "sendrecv");
        self.steps.push_str("<recv response=\"100\" optional=\"true\"/>\n");
    }

    fn offer(&mut self, line: &str, to: &str, direction: &str) {
        self.cseq += 1;
        let cseq = self.cseq;
        let _ = write!(
            self.steps,
            "<send retrans=\"500\"><![CDATA[\n\n{line}\n{VIA}{to}\n{IDENTITY}CSeq: {cseq} INVITE\n\
             Content-Type: application/sdp\nContent-Length: [len]\n\nv=0\no=- 1 {cseq} IN IP4 [local_ip]\ns=-\n\
             c=IN IP4 [media_ip]\nt=0 0\nm=audio [rtpstream_audio_port] RTP/AVP 0 8 101\n\
             a=rtpmap:101 telephone-event/8000\na={direction}\n\n]]></send>\n"
        );
    }

    /// A request inside the dialog without a body.
    fn request(&mut self, method: &str, cseq: u32) {
        let retrans = if method == "ACK" { "" } else { " retrans=\"500\"" };
        let _ = write!(
            self.steps,
            "<send{retrans}><![CDATA[\n\n{method} [next_url] SIP/2.0\n{VIA}[last_To:]\n{IDENTITY}\
             CSeq: {cseq} {method}\nContent-Length: 0\n\n]]></send>\n"
        );
    }

    pub(crate) fn expect(mut self, status: u16) -> Self {
        let auth = if status == 407 { " auth=\"true\"" } else { "" };
        let _ = writeln!(self.steps, "<recv response=\"{status}\" rrs=\"true\"{auth}/>");
        self
    }

    /// ACK of a 200.
    pub(crate) fn ack(mut self) -> Self {
        self.request("ACK", self.cseq);
        self
    }

    /// A response that refuses, and its ACK.
    pub(crate) fn expect_refusal(mut self, status: u16) -> Self {
        self = self.expect(status);
        let cseq = self.cseq;
        let _ = write!(
            self.steps,
            "<send><![CDATA[\n\nACK sip:[service]@[remote_ip]:[remote_port] SIP/2.0\n[last_Via:]\n[last_From:]\n\
             [last_To:]\nCall-ID: [call_id]\nCSeq: {cseq} ACK\nMax-Forwards: 70\nContent-Length: 0\n\n]]></send>\n"
        );
        self
    }

    /// Gives up an unanswered call.
    pub(crate) fn cancel(mut self) -> Self {
        let _ = write!(
            self.steps,
            "<send retrans=\"500\"><![CDATA[\n\nCANCEL sip:[service]@[remote_ip]:[remote_port] SIP/2.0\n\
             Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch-4]\nTo: <sip:[service]@[remote_ip]>\n\
             {IDENTITY}CSeq: 1 CANCEL\nContent-Length: 0\n\n]]></send>\n<recv response=\"200\"/>\n"
        );
        self.expect_refusal(487)
    }

    /// Sends a file of µ-law audio once.
    pub(crate) fn play(mut self, ulaw: &Path) -> Self {
        let _ =
            writeln!(self.steps, "<nop><action><exec rtp_stream=\"{},1,0,PCMU/8000\"/></action></nop>", ulaw.display());
        self
    }

    pub(crate) fn pause(mut self, ms: u32) -> Self {
        let _ = writeln!(self.steps, "<pause milliseconds=\"{ms}\"/>");
        self
    }

    /// Re-INVITE that holds.
    pub(crate) fn hold(mut self) -> Self {
        self.offer("INVITE [next_url] SIP/2.0", "[last_To:]", "sendonly");
        self.expect(200).ack()
    }

    pub(crate) fn bye(mut self) -> Self {
        self.cseq += 1;
        self.request("BYE", self.cseq);
        self.expect(200)
    }

    /// Waits for the other side to hang up.
    pub(crate) fn wait_for_bye(mut self) -> Self {
        self.steps.push_str(
            "<recv request=\"BYE\"/>\n<send><![CDATA[\n\nSIP/2.0 200 OK\n[last_Via:]\n[last_From:]\n[last_To:]\n\
             [last_Call-ID:]\n[last_CSeq:]\nContent-Length: 0\n\n]]></send>\n",
        );
        self
    }

    /// Runs it against `target`; panics with sipp's own words when it does not go as planned.
    pub(crate) fn run(self, number: &str, target: &str, dir: &Path) {
        let folder = dir.join(format!("sipp-{number}-{}", self.steps.len()));
        std::fs::create_dir_all(&folder).unwrap();
        let scenario = folder.join("scenario.xml");
        let text = format!(
            "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>\n<!DOCTYPE scenario SYSTEM \"sipp.dtd\">\n\
             <scenario name=\"call\">\n{}</scenario>\n",
            self.steps
        );
        std::fs::write(&scenario, text).unwrap();
        let out = Command::new("sipp")
            .current_dir(&folder)
            .args(["-sf", "scenario.xml", target, "-s", number, "-i", "127.0.0.1", "-mi", "127.0.0.1"])
            .args(["-m", "1", "-nostdin", "-timeout", "40s", "-timeout_error", "-trace_err"])
            .output()
            .expect("sipp is needed: apt-get install sip-tester");
        let errors = std::fs::read_dir(&folder)
            .unwrap()
            .flatten()
            .filter(|f| f.file_name().to_string_lossy().ends_with("_errors.log"))
            .map(|f| std::fs::read_to_string(f.path()).unwrap_or_default())
            .collect::<String>();
        assert!(out.status.success(), "sipp to {number}: {}\n{errors}", out.status);
    }
}
