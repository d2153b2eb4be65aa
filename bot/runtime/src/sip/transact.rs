//! One request to its final response: sends it, waits, answers one digest challenge (RFC 3261 §22).

use super::trunk::{Flow, Trunk, is_open};
use rsipstack::dialog::authenticate::{AuthRetry, handle_client_authenticate};
use rsipstack::sip::{HeadersExt, Method, Request, Response, SipMessage, StatusCode, StatusCodeKind};
use rsipstack::transaction::endpoint::EndpointInnerRef;
use rsipstack::transaction::key::{TransactionKey, TransactionRole};
use rsipstack::transaction::transaction::Transaction;
use std::sync::atomic::{AtomicU32, Ordering};

/// A client transaction on a flow. `first_hop` is for requests outside a dialog and for CANCEL, which go where the
/// flow goes; requests within a dialog go where their route set and target say, on the flow's connection if that is
/// a stream.
pub(super) fn client(
    endpoint: &EndpointInnerRef,
    flow: &Flow,
    request: Request,
    first_hop: bool,
) -> Result<Transaction, String> {
    let key = TransactionKey::from_request(&request, TransactionRole::Client).map_err(|e| e.to_string())?;
    let reuse = first_hop || flow.connection.is_reliable() && is_open(&flow.connection);
    let connection = reuse.then(|| flow.connection.clone());
    let mut tx = Transaction::new_client(key, request, endpoint.clone(), connection);
    if first_hop {
        tx.destination = Some(flow.destination.clone());
    }
    Ok(tx)
}

/// Drives a request other than the first INVITE to its final response. `None` when there is none, or when the only
/// one was made up by the stack because nobody answered.
pub(super) async fn to_final(mut tx: Transaction, trunk: &Trunk, cseq: &AtomicU32) -> Option<Response> {
    let mut auth = AuthRetry::new();
    tx.send().await.ok()?;
    loop {
        let SipMessage::Response(response) = tx.receive().await? else {
            continue;
        };
        if response.status_code.kind() == StatusCodeKind::Provisional {
            continue;
        }
        if is_made_up(&response, &tx) {
            return None;
        }
        if is_challenge(&response)
            && auth.should_answer(&response)
            && let Some(credential) = trunk.credential()
        {
            let seq = cseq.fetch_add(1, Ordering::Relaxed) + 1;
            tx = handle_client_authenticate(seq, &tx, response, &credential).await.ok()?;
            tx.send().await.ok()?;
            continue;
        }
        if tx.original.method == Method::Invite && response.status_code.kind() == StatusCodeKind::Successful {
            // The transaction acknowledges retransmitted 2xx until its timer ends it.
            tokio::spawn(async move { while tx.receive().await.is_some() {} });
        }
        return Some(response);
    }
}

/// 401 or 407.
pub(super) fn is_challenge(response: &Response) -> bool {
    matches!(response.status_code, StatusCode::Unauthorized | StatusCode::ProxyAuthenticationRequired)
}

/// The stack answers in the far end's place when a timer ends (408) or a stream breaks (503). Such a response carries
/// our own User-Agent and, unlike any final response from outside (RFC 3261 §8.2.6.2), no new To tag.
pub(super) fn is_made_up(response: &Response, tx: &Transaction) -> bool {
    let ours = response.user_agent_header().is_some_and(|ua| ua.value() == tx.endpoint_inner.user_agent);
    let same_to = response.to_header().ok() == tx.original.to_header().ok();
    let local_status = matches!(response.status_code, StatusCode::RequestTimeout | StatusCode::ServiceUnavailable);
    ours && same_to && local_status
}
