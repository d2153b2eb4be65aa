//! Far ends played by sipp. A scenario is written as the called side sees it and becomes sipp's XML.
//!
//! sipp judges as well: a message that the scenario does not expect, or one that is missing, fails the run.

use super::{LONG, free_port};
use std::fmt::Write as _;
use std::process::Stdio;
use tokio::process::{Child, Command};

const SDP: &str = "v=0\no=callee 1 1 IN IP4 [local_ip]\ns=-\nc=IN IP4 [media_ip]\nt=0 0\n\
    m=audio [media_port] RTP/AVP 0 101\na=rtpmap:0 PCMU/8000\na=rtpmap:101 telephone-event/8000\n";

/// One call from the called side's view.
#[derive(Default)]
pub struct Scenario {
    xml: String,
}

/// The SDP of the called side with a direction attribute.
pub fn sdp(direction: &str) -> String {
    format!("{SDP}a={direction}\n\n")
}

fn body_headers(body: &str) -> String {
    match body {
        "" => "Content-Length: 0\n\n".into(),
        _ if body.starts_with("v=0") => format!("Content-Type: application/sdp\nContent-Length: [len]\n\n{body}"),
        _ => format!("Content-Length: [len]\n\n{body}"),
    }
}

impl Scenario {
    /// Begins with an INVITE.
    pub fn invite() -> Self {
        Self::default().recv_invite("")
    }

    /// Waits for an INVITE in which the header matches, as `("Header:", "regular expression")`.
    pub fn invite_with(header: &str, pattern: &str) -> Self {
        Self::default().and_invite_with(header, pattern)
    }

    pub fn and_invite(self) -> Self {
        self.recv_invite("")
    }

    pub fn and_invite_with(self, header: &str, pattern: &str) -> Self {
        self.recv_invite(&check(header, pattern))
    }

    /// Remembers what later responses and requests repeat.
    fn recv_invite(mut self, checks: &str) -> Self {
        let _ = write!(
            self.xml,
            r#"<recv request="INVITE" rrs="true"><action>
<ereg regexp=".*" search_in="hdr" header="Via:" assign_to="via"/>
<ereg regexp=".*" search_in="hdr" header="From:" assign_to="from"/>
<ereg regexp=".*" search_in="hdr" header="To:" assign_to="to"/>
<ereg regexp=".*" search_in="hdr" header="CSeq:" assign_to="cseq"/>
{checks}</action></recv>
"#
        );
        self
    }

    pub fn recv(self, method: &str) -> Self {
        self.recv_checked(method, "")
    }

    /// Waits for a request in which the header matches.
    pub fn recv_with(self, method: &str, header: &str, pattern: &str) -> Self {
        self.recv_checked(method, &check(header, pattern))
    }

    fn recv_checked(mut self, method: &str, checks: &str) -> Self {
        let _ = writeln!(self.xml, r#"<recv request="{method}"><action>{checks}</action></recv>"#);
        self
    }

    /// Waits for a response to a request of ours.
    pub fn expect(mut self, status: u16) -> Self {
        let _ = writeln!(
            self.xml,
            "<recv response=\"100\" optional=\"true\"/>\n<recv response=\"{status}\" rrs=\"true\"/>"
        );
        self
    }

    /// Waits for a response in which the header matches.
    pub fn expect_with(mut self, status: u16, header: &str, pattern: &str) -> Self {
        let check = check(header, pattern);
        let _ = writeln!(
            self.xml,
            "<recv response=\"100\" optional=\"true\"/>\n<recv response=\"{status}\" rrs=\"true\"><action>{check}</action></recv>"
        );
        self
    }

    /// Answers the INVITE: status line, more headers, body.
    pub fn answer(self, status: &str, headers: &str, body: &str) -> Self {
        self.answer_as("a", status, headers, body)
    }

    /// Answers the INVITE as the fork of this name: each has its own To tag.
    pub fn answer_as(mut self, fork: &str, status: &str, headers: &str, body: &str) -> Self {
        let tag = if status.starts_with("100") { String::new() } else { format!(";tag={fork}[call_number]") };
        let retransmit = if status.starts_with('1') { "" } else { " retrans=\"500\"" };
        let _ = writeln!(
            self.xml,
            "<send{retransmit}><![CDATA[\nSIP/2.0 {status}\nVia:[$via]\nFrom:[$from]\nTo:[$to]{tag}\n\
             Call-ID: [call_id]\nCSeq:[$cseq]\nContact: <sip:{fork}@[local_ip]:[local_port];transport=[transport]>\n\
             {headers}{}]]></send>",
            body_headers(body)
        );
        self
    }

    /// 180, 200 with SDP, ACK.
    pub fn answered(self) -> Self {
        self.answer("180 Ringing", "", "").answer("200 OK", "", &sdp("sendrecv")).recv("ACK")
    }

    /// Answers the last request, whatever it was.
    pub fn reply(self, status: &str) -> Self {
        self.reply_with(status, "")
    }

    pub fn reply_with(mut self, status: &str, headers: &str) -> Self {
        let _ = writeln!(
            self.xml,
            "<send><![CDATA[\nSIP/2.0 {status}\n[last_Via:]\n[last_From:]\n[last_To:]\n[last_Call-ID:]\n[last_CSeq:]\n\
             {headers}Content-Length: 0\n\n]]></send>"
        );
        self
    }

    /// Sends a request within the call.
    pub fn request(self, method: &str, headers: &str, body: &str) -> Self {
        self.request_as("a", method, headers, body)
    }

    /// Tells the test by a key that the scenario has come so far; see [`super::signal`].
    pub fn signal(self) -> Self {
        self.signal_as("a")
    }

    pub fn signal_as(self, fork: &str) -> Self {
        self.request_as(fork, "INFO", "Content-Type: application/dtmf\n", "D\n").expect(200)
    }

    /// Sends a request within the call as the fork of this name.
    pub fn request_as(mut self, fork: &str, method: &str, headers: &str, body: &str) -> Self {
        let retransmit = if method == "ACK" { "" } else { " retrans=\"500\"" };
        let _ = writeln!(
            self.xml,
            "<send{retransmit}><![CDATA[\n{method} [next_url] SIP/2.0\nVia: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]\n\
             From:[$to];tag={fork}[call_number]\nTo:[$from]\nCall-ID: [call_id]\nCSeq: [cseq] {method}\nMax-Forwards: 70\n\
             Contact: <sip:{fork}@[local_ip]:[local_port];transport=[transport]>\n{headers}{}]]></send>",
            body_headers(body)
        );
        self
    }

    /// BYE from the caller, answered.
    pub fn until_bye(self) -> Self {
        self.recv("BYE").reply("200 OK")
    }

    pub fn pause(mut self, ms: u32) -> Self {
        let _ = writeln!(self.xml, "<pause milliseconds=\"{ms}\"/>");
        self
    }

    /// More XML, for what only one test needs.
    pub fn raw(mut self, xml: &str) -> Self {
        self.xml.push_str(xml);
        self
    }

    /// Starts sipp on a free port for one call.
    pub async fn start(self) -> Sipp {
        self.start_with(&[]).await
    }

    /// The same over TCP.
    pub async fn start_tcp(self) -> Sipp {
        self.start_with(&["-t", "t1"]).await
    }

    async fn start_with(self, args: &[&str]) -> Sipp {
        let unused = ["via", "from", "to", "cseq"].map(|v| if self.xml.contains(&format!("[${v}]")) { "" } else { v });
        let mut reference: Vec<&str> = unused.into_iter().filter(|v| !v.is_empty()).collect();
        if self.xml.contains("assign_to=\"checked\"") {
            reference.push("checked");
        }
        let reference = match reference.is_empty() {
            true => String::new(),
            false => format!("<Reference variables=\"{}\"/>\n", reference.join(",")),
        };
        let xml = format!(
            "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>\n<!DOCTYPE scenario SYSTEM \"sipp.dtd\">\n\
             <scenario name=\"called\">\n{}{reference}</scenario>\n",
            self.xml
        );
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("called.xml"), xml).unwrap();
        let mut all = vec!["-sf", "called.xml", "-m", "1"];
        all.extend(args);
        Sipp::spawn(dir, &all).await
    }
}

fn check(header: &str, pattern: &str) -> String {
    format!(r#"<ereg regexp="{pattern}" search_in="hdr" header="{header}" check_it="true" assign_to="checked"/>"#)
}

/// A running sipp. Dropping it kills that process.
pub struct Sipp {
    child: Child,
    dir: tempfile::TempDir,
    pub port: u16,
}

impl Sipp {
    async fn spawn(dir: tempfile::TempDir, args: &[&str]) -> Self {
        let (port, media) = (free_port(), free_port());
        let child = Command::new("sipp")
            .args(args)
            .args(["-i", "127.0.0.1", "-mi", "127.0.0.1", "-p", &port.to_string(), "-mp", &media.to_string()])
            .args(["-nostdin", "-timeout", "20s", "-timeout_error", "-deadcall_wait", "0"])
            .args(["-trace_err", "-error_file", "errors.log", "-trace_msg", "-message_file", "messages.log"])
            .current_dir(dir.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("sipp is needed: apt-get install sip-tester");
        let tcp = args.contains(&"t1");
        super::peers::wait_bound(port, tcp).await;
        Self { child, dir, port }
    }

    /// Waits for sipp's verdict on the call; the messages that it sent and received.
    pub async fn verdict(mut self) -> String {
        let status = tokio::time::timeout(LONG, self.child.wait()).await.expect("sipp still waits").unwrap();
        let read = |name: &str| std::fs::read_to_string(self.dir.path().join(name)).unwrap_or_default();
        let (errors, messages) = (read("errors.log"), read("messages.log"));
        assert!(status.success(), "sipp {status}:\n{errors}\n{messages}");
        messages
    }
}
