//! One SIP dialog as the caller keeps it (RFC 3261 §12): tags, sequence numbers, route set, remote target.
//!
//! Pure: builds requests and checks those of the far end, sends nothing. A forked call has several early dialogs;
//! each counts for itself.

use rsipstack::sip::{HasHeaders, HeadersExt};
use rsipstack::sip::{Header, Method, Request, Response, Uri, Version, typed};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

#[derive(Clone, Debug)]
pub(super) struct Dialog {
    call_id: String,
    /// Our From header with its tag.
    from: Header,
    /// Their To header with its tag.
    to: Header,
    remote_tag: String,
    contact: Header,
    route_set: Vec<Header>,
    target: Uri,
    /// Shared with requests on their way, which take a new number when they are challenged.
    cseq: Arc<AtomicU32>,
    remote_cseq: Option<u32>,
    last_rseq: Option<u32>,
    allows_update: bool,
}

impl Dialog {
    /// The dialog that `response` to our `invite` makes, early or confirmed. `None` when it has no To tag (100) or
    /// lacks what a dialog needs.
    pub(super) fn from_response(invite: &Request, response: &Response) -> Option<Self> {
        let remote_tag = to_tag(response)?;
        let cseq = invite.cseq_header().ok()?.seq().ok()?;
        let mut dialog = Self {
            call_id: invite.call_id_header().ok()?.value().to_string(),
            from: Header::From(invite.from_header().ok()?.clone()),
            to: Header::To(response.to_header().ok()?.clone()),
            remote_tag,
            contact: Header::Contact(invite.contact_header().ok()?.clone()),
            route_set: Vec::new(),
            target: invite.uri.clone(),
            cseq: Arc::new(AtomicU32::new(cseq)),
            remote_cseq: None,
            last_rseq: None,
            allows_update: false,
        };
        dialog.learn(response);
        Some(dialog)
    }

    /// Takes route set, target and abilities from a response to the INVITE. A 2xx settles them (§13.2.2.4).
    pub(super) fn learn(&mut self, response: &Response) {
        self.route_set = route_set(response);
        self.allows_update |= allows(response, "UPDATE");
        self.retarget(response);
    }

    /// Target refresh (§12.2): the far end's Contact becomes the remote target.
    pub(super) fn retarget(&mut self, message: &impl HeadersExt) {
        if let Some(contact) = message.typed_contact_headers().ok().and_then(|c| c.into_iter().next()) {
            self.target = contact.uri;
        }
    }

    pub(super) fn remote_tag(&self) -> &str {
        &self.remote_tag
    }

    pub(super) fn allows_update(&self) -> bool {
        self.allows_update
    }

    /// Counter for requests that are sent again with credentials.
    pub(super) fn cseq_counter(&self) -> Arc<AtomicU32> {
        self.cseq.clone()
    }

    /// The Contact header for requests and for responses of ours.
    pub(super) fn contact(&self) -> Header {
        self.contact.clone()
    }

    /// A new request within the dialog (§12.2.1.1). `extra` follows the headers that every request has.
    pub(super) fn request(&self, method: Method, via: typed::Via, extra: Vec<Header>, body: Vec<u8>) -> Request {
        let seq = self.cseq.fetch_add(1, Ordering::Relaxed) + 1;
        let mut headers = vec![
            Header::Via(via.into()),
            Header::CallId(self.call_id.clone().into()),
            self.from.clone(),
            self.to.clone(),
            Header::CSeq(typed::CSeq { seq, method }.into()),
            Header::MaxForwards(70.into()),
        ];
        headers.extend(self.route_set.iter().cloned());
        headers.extend(extra);
        Request { method, uri: self.target.clone(), headers: headers.into(), body, version: Version::V2 }
    }

    /// RAck value for a reliable provisional response, or `None` for one that was acknowledged before or came out of
    /// order (RFC 3262 §4).
    pub(super) fn rack(&mut self, response: &Response) -> Option<String> {
        let rseq = response.rseq_value()?;
        let in_order = self.last_rseq.is_none_or(|last| last.checked_add(1) == Some(rseq));
        let cseq = response.cseq_header().ok()?;
        let value = format!("{rseq} {} {}", cseq.seq().ok()?, cseq.method().ok()?);
        in_order.then(|| {
            self.last_rseq = Some(rseq);
            value
        })
    }

    /// Whether a request of the far end is in order (§12.2.2); remembers its number if so.
    pub(super) fn accepts(&mut self, request: &Request) -> bool {
        let Some(seq) = request.cseq_header().ok().and_then(|c| c.seq().ok()) else {
            return false;
        };
        let in_order = self.remote_cseq.is_none_or(|last| seq > last);
        if in_order {
            self.remote_cseq = Some(seq);
        }
        in_order
    }
}

/// Tag of the To header, if it has one.
pub(super) fn to_tag(message: &impl HeadersExt) -> Option<String> {
    let tag = message.to_header().ok()?.tag().ok()??;
    Some(tag.value().to_string())
}

/// Tag of the From header, if it has one.
pub(super) fn from_tag(message: &impl HeadersExt) -> Option<String> {
    let tag = message.from_header().ok()?.tag().ok()??;
    Some(tag.value().to_string())
}

/// Whether the Allow headers of a message name `method`.
fn allows(message: &impl HasHeaders, method: &str) -> bool {
    message.headers().iter().any(|h| match h {
        Header::Allow(value) => value.value().split(',').any(|m| m.trim().eq_ignore_ascii_case(method)),
        _ => false,
    })
}

/// Record-Route turned round (§12.1.2).
fn route_set(response: &Response) -> Vec<Header> {
    let recorded = response
        .record_route_headers()
        .into_iter()
        .flat_map(|rr| typed::RecordRoute::parse_header_list(rr.value()).unwrap_or_default());
    let mut routes: Vec<Header> = recorded.map(|rr| Header::Route(typed::Route::from(rr.uri).into())).collect();
    routes.reverse();
    routes
}

/// The SDP in a message: the body, when it says that it is SDP or says nothing about itself. `None` when empty.
pub(super) fn sdp(headers: &impl HasHeaders, body: &[u8]) -> Option<String> {
    let content_type = headers.headers().iter().find_map(|h| match h {
        Header::ContentType(value) => Some(value.value().to_ascii_lowercase()),
        _ => None,
    });
    let is_sdp = content_type.is_none_or(|t| t.trim_start().starts_with("application/sdp"));
    (is_sdp && !body.is_empty()).then(|| String::from_utf8_lossy(body).into_owned())
}

/// A CANCEL for `invite` (§9.1): same branch, same number, the INVITE's route, nothing else of it.
pub(super) fn cancel_of(invite: &Request) -> Option<Request> {
    let seq = invite.cseq_header().ok()?.seq().ok()?;
    let mut headers: Vec<Header> = invite
        .headers
        .iter()
        .filter(|h| {
            matches!(
                h,
                Header::Via(_)
                    | Header::CallId(_)
                    | Header::From(_)
                    | Header::To(_)
                    | Header::Route(_)
                    | Header::MaxForwards(_)
                    | Header::UserAgent(_)
            )
        })
        .cloned()
        .collect();
    let method = Method::Cancel;
    headers.push(Header::CSeq(typed::CSeq { seq, method }.into()));
    Some(Request { method, uri: invite.uri.clone(), headers: headers.into(), body: Vec::new(), version: Version::V2 })
}

/// The INVITE once more with a new number and branch, `replace` taking the place of its headers of the same kind.
pub(super) fn invite_again(invite: &Request, via: typed::Via, replace: Vec<Header>) -> Option<Request> {
    let mut again = invite.clone();
    let seq = invite.cseq_header().ok()?.seq().ok()? + 1;
    let method = Method::Invite;
    again.headers.retain(|h| !matches!(h, Header::Via(_)));
    again.headers.push_front(Header::Via(via.into()));
    again.headers.unique_push(Header::CSeq(typed::CSeq { seq, method }.into()));
    for header in replace {
        again.headers.unique_push(header);
    }
    Some(again)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use rsipstack::sip::ToTypedHeader;

    const INVITE: &str = "INVITE sip:100@trunk SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKx;rport\r\n\
        From: <sip:bot@trunk>;tag=ours\r\nTo: <sip:100@trunk>\r\nCall-ID: c1\r\nCSeq: 7 INVITE\r\n\
        Contact: <sip:bot@10.0.0.1:5060>\r\nMax-Forwards: 70\r\nRequire: x\r\nContent-Length: 3\r\n\r\nv=0";

    fn invite() -> Request {
        INVITE.try_into().unwrap()
    }

    fn response(status: &str, tag: &str, extra: &str) -> Response {
        let text = format!(
            "SIP/2.0 {status}\r\nVia: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKx\r\nFrom: <sip:bot@trunk>;tag=ours\r\n\
             To: <sip:100@trunk>;tag={tag}\r\nCall-ID: c1\r\nCSeq: 7 INVITE\r\n{extra}Content-Length: 0\r\n\r\n"
        );
        text.as_str().try_into().unwrap()
    }

    fn via() -> typed::Via {
        invite().top_via_header().unwrap().typed().unwrap()
    }

    fn routes(request: &Request) -> Vec<String> {
        request.route_headers().iter().map(|r| r.value().to_string()).collect()
    }

    #[test]
    fn requests_follow_the_recorded_route_to_the_contact() {
        let ok = response(
            "200 OK",
            "t1",
            "Record-Route: <sip:near;lr>, <sip:middle;lr>\r\nRecord-Route: <sip:far;lr>\r\nContact: <sip:100@phone:5080>\r\n",
        );
        let dialog = Dialog::from_response(&invite(), &ok).unwrap();
        let bye = dialog.request(Method::Bye, via(), vec![], vec![]);
        assert_eq!(bye.uri.to_string(), "sip:100@phone:5080");
        assert_eq!(routes(&bye), ["<sip:far;lr>", "<sip:middle;lr>", "<sip:near;lr>"]);
        assert_eq!(bye.cseq_header().unwrap().value(), "8 BYE");
        assert_eq!(to_tag(&bye).as_deref(), Some("t1"));
        assert_eq!(dialog.request(Method::Info, via(), vec![], vec![]).cseq_header().unwrap().seq(), Ok(9));
    }

    #[test]
    fn forks_count_for_themselves() {
        let a = Dialog::from_response(&invite(), &response("180 Ringing", "a", "")).unwrap();
        let b = Dialog::from_response(&invite(), &response("180 Ringing", "b", "")).unwrap();
        a.request(Method::Update, via(), vec![], vec![]);
        let of_b = b.request(Method::Update, via(), vec![], vec![]);
        assert_eq!(of_b.cseq_header().unwrap().seq(), Ok(8));
        assert_eq!(of_b.uri.to_string(), "sip:100@trunk");
    }

    #[test]
    fn a_reliable_response_is_acknowledged_once_and_in_order() {
        let reliable = |rseq: u32| response("183 Progress", "a", &format!("Require: 100rel\r\nRSeq: {rseq}\r\n"));
        let mut dialog = Dialog::from_response(&invite(), &reliable(41)).unwrap();
        assert_eq!(dialog.rack(&reliable(41)).as_deref(), Some("41 7 INVITE"));
        assert_eq!(dialog.rack(&reliable(41)), None);
        assert_eq!(dialog.rack(&reliable(43)), None);
        assert_eq!(dialog.rack(&reliable(42)).as_deref(), Some("42 7 INVITE"));
    }

    #[test]
    fn old_requests_of_the_far_end_are_refused() {
        let mut dialog = Dialog::from_response(&invite(), &response("200 OK", "a", "")).unwrap();
        let mut request = invite();
        assert!(dialog.accepts(&request));
        assert!(!dialog.accepts(&request));
        request.cseq_header_mut().unwrap().mut_seq(6).unwrap();
        assert!(!dialog.accepts(&request));
    }

    #[test]
    fn cancel_repeats_branch_and_number_and_drops_the_rest() {
        let cancel = cancel_of(&invite()).unwrap();
        assert_eq!(cancel.cseq_header().unwrap().value(), "7 CANCEL");
        assert_eq!(cancel.via_header().unwrap().value(), invite().via_header().unwrap().value());
        assert!(cancel.header_value("Require").is_none() && cancel.header_value("Contact").is_none());
        assert!(cancel.body.is_empty());
    }

    #[test]
    fn a_trying_response_makes_no_dialog() {
        let text = response("100 Trying", "x", "").to_string().replace(";tag=x", "");
        let trying: Response = text.as_str().try_into().unwrap();
        assert!(Dialog::from_response(&invite(), &trying).is_none());
    }
}
