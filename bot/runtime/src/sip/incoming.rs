//! Requests that reach us: to a leg when they belong to one, else an answer here.
//!
//! Only loopback and trunks get this far. Calls from outside are refused with 480: this agent places calls.

use super::agent::Wire;
use super::dialog;
use super::leg::{ALLOW, Msg};
use super::requests::{abilities, reply, unsupported};
use rsipstack::sip::{Header, HeadersExt, Method, Request};
use rsipstack::transaction::TransactionReceiver;
use rsipstack::transaction::transaction::Transaction;
use std::sync::Arc;

/// Hands out requests until the agent stops.
pub(super) async fn run(wire: Arc<Wire>, mut requests: TransactionReceiver) {
    while let Some(tx) = requests.recv().await {
        dispatch(&wire, tx);
    }
}

fn dispatch(wire: &Wire, tx: Transaction) {
    if dialog::to_tag(&tx.original).is_none() {
        let (status, headers) = out_of_dialog(&tx.original);
        return reply(tx, status, headers);
    }
    let call_id = tx.original.call_id_header().map(|c| c.value().to_string());
    let Some(leg) = call_id.ok().and_then(|id| wire.leg(&id)) else {
        return reply(tx, 481, Vec::new());
    };
    if let Err(ended) = leg.send(Msg::Request(Box::new(tx)))
        && let Msg::Request(tx) = ended.0
    {
        reply(*tx, 481, Vec::new());
    }
}

/// Answer to a request that belongs to no call.
fn out_of_dialog(request: &Request) -> (u16, Vec<Header>) {
    match request.method {
        Method::Options => match unsupported(request) {
            Some(header) => (420, vec![header]),
            None => (200, abilities()),
        },
        Method::Invite => (480, Vec::new()),
        Method::Bye | Method::Cancel | Method::Update | Method::Info | Method::PRack | Method::Notify => {
            (481, Vec::new())
        }
        _ => (405, vec![Header::Allow(ALLOW.into())]),
    }
}
