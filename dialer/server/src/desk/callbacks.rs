//! Who asked to be called is greeted as somebody who is known: a campaign over real SIP to the simulated carrier.

#![allow(clippy::unwrap_used)]

use super::now;
use super::trial::{begin, campaign, carrier, desk, list, until};
use std::time::Duration;
use warmline_domain::NewCallback;
use warmline_models::fake::FakeAsr;
use warmline_storage::CallFilter;

const TEMPLATE: &str = "
template: callbacks
voice: flite:kal
entry: { person: greet, called_back: again }
steps:
  greet: { type: say, prompt: Good morning., next: bye }
  again: { type: say, prompt: Hello again., next: bye }
  bye: { type: end, prompt: Good bye. }
";

#[tokio::test(flavor = "multi_thread")]
async fn a_promised_call_begins_where_the_template_says() {
    let folder = tempfile::tempdir().unwrap();
    let carrier = carrier(folder.path(), 2, 1, 37_000..=37_099).await;
    let desk = desk(folder.path(), &carrier, Box::new(FakeAsr::default()), (37_100, 37_199)).await;
    let people = list(&desk, 2).await;
    let campaign = campaign(&desk, people, TEMPLATE, 2).await;
    let contacts = desk.db.contacts(people, None, 10).await.unwrap();
    let promised = NewCallback {
        campaign: Some(campaign),
        contact: Some(contacts[1].id),
        number: contacts[1].data.number.clone(),
        call: None,
        due_at: Some(now() - chrono::TimeDelta::minutes(1)),
        reason: "asked to be called".into(),
    };
    desk.db.add_callback(&promised, now()).await.unwrap().unwrap();
    begin(&desk, campaign).await;
    until(&desk, "the campaign ends", |_| !desk.is_running(campaign)).await;

    let mut greetings = Vec::new();
    for contact in &contacts {
        let filter = CallFilter { contact: Some(contact.id), ..CallFilter::default() };
        let calls = desk.db.calls(&filter, None, 10).await.unwrap();
        let turns = desk.db.turns(calls[0].id).await.unwrap();
        greetings.push(turns.iter().map(|turn| turn.said.as_str()).collect::<Vec<_>>().join(" "));
    }
    assert!(greetings[0].starts_with("Good morning.") && greetings[1].starts_with("Hello again."), "{greetings:?}");
    desk.stop(Duration::from_secs(5)).await;
    carrier.stop().await;
}
