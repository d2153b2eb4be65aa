//! Versions of a template: publishing through its tests, a canary, going back, and what each step refuses.

use crate::support::{Client, Server, server_with_templates};
use axum::http::StatusCode;
use serde_json::{Value, json};
use warmline_domain::Role;
use warmline_domain::import::{ContactReader, ImportOptions};
use warmline_domain::{CampaignSettings, CampaignState, ListSettings, NewCampaign, NumberRule};

const AT: &str = "/api/templates/small";

fn template(question: &str) -> String {
    format!(
        "template: small\nvoice: flite:slt\nentry: {{ person: ask }}\n\
         intents:\n  confirm: [yes I will, that works]\n  deny: [no I will not]\n\
         steps:\n  ask: {{ type: ask, prompt: \"{question}\", answers: {{ confirm: done, deny: done }} }}\n  \
         done: {{ type: end, prompt: Goodbye. }}\n"
    )
}

fn tests(bot: &str) -> String {
    format!(
        "template: small\nnow: \"2026-11-20T10:00:00\"\ndialogs:\n  - name: comes\n    talk:\n      \
         - bot: {bot}\n      - user: that works\n      - bot: Goodbye\n    expect: {{ end: completed, intent: confirm }}\n"
    )
}

async fn with_template() -> (Server, Client) {
    let files = [("small.yaml", template("Will you come?")), ("small.test.yaml", tests("Will you come"))];
    let server = server_with_templates(&files.each_ref().map(|(name, text)| (*name, text.as_str()))).await;
    let client = server.client(Role::Trainer).await;
    (server, client)
}

fn write(server: &Server, name: &str, text: &str) {
    std::fs::write(server.folder.path().join(name), text).unwrap();
}

async fn publish(client: &Client, body: Value) -> Value {
    let reply = client.post(&format!("{AT}/versions"), body).await;
    assert_eq!(reply.status, StatusCode::CREATED, "{:?}", reply.json());
    reply.json()
}

/// Number and state of each version, newest first.
async fn states(client: &Client) -> Vec<String> {
    let list = client.get(&format!("{AT}/versions")).await.json();
    let one = |v: &Value| format!("{} {}", v["number"], v["state"].as_str().unwrap());
    list["versions"].as_array().unwrap().iter().map(one).collect()
}

#[tokio::test]
async fn a_draft_becomes_a_version_a_canary_is_tried_and_the_old_one_comes_back() {
    let (server, client) = with_template().await;
    let before = client.get(&format!("{AT}/versions")).await.json();
    assert_eq!((&before["draft"]["differs"], &before["draft"]["has_tests"]), (&true.into(), &true.into()));
    assert_eq!(before["versions"], json!([]));

    let first = publish(&client, json!({"note": "the first"})).await;
    assert_eq!((&first["version"]["number"], &first["conversations"]), (&1.into(), &1.into()));
    assert_eq!(first["version"]["published_by"].as_str().unwrap(), "trainer-0");
    let list = client.get(&format!("{AT}/versions")).await.json();
    assert_eq!((&list["draft"]["differs"], &list["draft"]["sha256"]), (&false.into(), &first["version"]["sha256"]));

    write(&server, "small.yaml", &template("Will you come on Monday?"));
    let diff = client.get(&format!("{AT}/versions/draft/diff")).await.json();
    assert_eq!((&diff["from"], &diff["to"], &diff["tests"]), (&"1".into(), &"draft".into(), &"".into()));
    let text = diff["text"].as_str().unwrap();
    assert!(text.contains("\n-  ask: {") && text.contains("on Monday?"), "{text}");

    publish(&client, json!({"canary": 10})).await;
    assert_eq!(states(&client).await, ["2 canary", "1 live"]);
    assert_eq!(client.put(&format!("{AT}/canary"), json!({"share": 40})).await.json()["share"], 40);
    assert_eq!(client.post(&format!("{AT}/canary/promote"), json!({})).await.json()["state"], "live");
    assert_eq!(states(&client).await, ["2 live", "1 archived"]);
    let back = client.post(&format!("{AT}/rollback"), json!({})).await.json();
    assert_eq!((&back["live"]["number"], &back["withdrawn"]), (&1.into(), &json!([2])));
    let shown = client.get(&format!("{AT}/versions/2")).await.json();
    assert!(
        shown["text"].as_str().unwrap().contains("on Monday?") && shown["tests"].as_str().unwrap().contains("comes")
    );

    let audit = server.db.audit_entries(None, 10).await.unwrap();
    let told: Vec<_> = audit.iter().rev().map(|e| (e.user.is_some(), e.action.as_str())).collect();
    let actions = ["template.publish", "template.publish", "template.canary", "template.promote", "template.rollback"];
    assert_eq!(told, actions.map(|action| (true, action)));
}

#[tokio::test]
async fn a_draft_that_is_wrong_or_fails_its_tests_is_refused_with_lines() {
    let (server, client) = with_template().await;
    let refused = async || client.post(&format!("{AT}/versions"), json!({})).await;

    write(&server, "small.yaml", &template("Will you come?").replace("deny: done", "deny: dun"));
    let reply = refused().await;
    assert_eq!((reply.status, reply.fields()), (StatusCode::UNPROCESSABLE_ENTITY, vec!["text".to_owned()]));
    let message = reply.json()["errors"][0]["message"].as_str().unwrap().to_owned();
    assert!(message.starts_with("line 8, column ") && message.contains("`dun`"), "{message}");

    write(&server, "small.yaml", &template("Are you there?"));
    let reply = refused().await;
    assert_eq!(reply.fields(), ["tests"]);
    let message = reply.json()["errors"][0]["message"].as_str().unwrap().to_owned();
    assert!(message.starts_with("`comes`: line 6: ") && message.contains("Will you come"), "{message}");

    std::fs::remove_file(server.folder.path().join("small.test.yaml")).unwrap();
    let reply = refused().await;
    assert_eq!(reply.fields(), ["tests"]);
    assert!(reply.json()["detail"].as_str().unwrap().contains("write at least one"));
    write(&server, "small.test.yaml", "template: small\nnow: 3\n");
    assert_eq!(refused().await.fields(), ["tests"]);

    assert_eq!(server.db.versions("small").await.unwrap(), [], "nothing was published");
    assert_eq!(client.post("/api/templates/small.test/versions", json!({})).await.problem(), "not-found");
    assert_eq!(client.post("/api/templates/absent/versions", json!({})).await.problem(), "not-found");
    assert_eq!(client.post("/api/templates/..%2Fsmall/versions", json!({})).await.problem(), "not-found");
    assert_eq!(client.get("/api/templates/absent/versions").await.problem(), "not-found");
}

#[tokio::test]
async fn what_does_not_fit_the_moment_is_a_conflict_and_a_wrong_share_is_named() {
    let (server, client) = with_template().await;
    let post = async |path: &str, body: Value| client.post(&format!("{AT}/{path}"), body).await;
    assert_eq!(post("versions", json!({"canary": 10})).await.problem(), "conflict");
    publish(&client, json!({})).await;
    assert_eq!(post("versions", json!({})).await.problem(), "conflict");
    for path in ["canary/promote", "canary/stop", "rollback"] {
        assert_eq!(post(path, json!({})).await.problem(), "conflict", "{path}");
    }
    assert_eq!(post("rollback", json!({"to": 7})).await.problem(), "not-found");
    assert_eq!(client.get(&format!("{AT}/versions/7")).await.problem(), "not-found");
    assert_eq!(client.get(&format!("{AT}/versions/newest")).await.problem(), "bad-request");

    write(&server, "small.yaml", &template("Will you come at all?"));
    assert_eq!(post("versions", json!({"canary": 51})).await.fields(), ["canary"]);
    publish(&client, json!({"canary": 50})).await;
    assert_eq!(client.put(&format!("{AT}/canary"), json!({"share": 0})).await.fields(), ["share"]);
    assert_eq!(post("versions", json!({"colour": "red"})).await.problem(), "bad-request");
    assert_eq!(post("canary/stop", json!({})).await.json()["state"], "archived");
}

#[tokio::test]
async fn a_version_that_a_running_campaign_has_no_data_for_is_refused() {
    let (server, client) = with_template().await;
    publish(&client, json!({})).await;
    let db = &server.db;
    let settings = ListSettings { numbers: NumberRule::Local };
    let list = db.create_list("People", &settings, chrono::DateTime::UNIX_EPOCH).await.unwrap();
    let csv = "name,phone,consent,day\nAna,7001,yes,monday\nBo,7002,yes,\n";
    let reader = ContactReader::new(std::io::Cursor::new(csv), &ImportOptions::new(NumberRule::Local)).unwrap();
    db.import_contacts(list.id, reader, |_| {}).await.unwrap();
    let settings = CampaignSettings::new("small", "lab", chrono_tz::Tz::UTC);
    let new = NewCampaign { name: "May".into(), list: list.id, settings };
    let campaign = db.create_campaign(&new, chrono::DateTime::UNIX_EPOCH).await.unwrap();
    db.set_campaign_state(campaign.id, CampaignState::Running, chrono::DateTime::UNIX_EPOCH).await.unwrap();
    // Another template, of the same name.
    let settings = CampaignSettings::new("/elsewhere/small.yaml", "lab", chrono_tz::Tz::UTC);
    let new = NewCampaign { name: "June".into(), list: list.id, settings };
    let campaign = db.create_campaign(&new, chrono::DateTime::UNIX_EPOCH).await.unwrap();
    db.set_campaign_state(campaign.id, CampaignState::Running, chrono::DateTime::UNIX_EPOCH).await.unwrap();

    let wanting = |variable: &str| {
        let text = template(&format!("Will you come on {{{{{variable}}}}}?"));
        text.replace("entry:", &format!("variables: {{ {variable}: text }}\nentry:"))
    };
    write(&server, "small.yaml", &wanting("weather"));
    let reply = client.post(&format!("{AT}/versions"), json!({})).await;
    assert_eq!(reply.fields(), ["variables"], "{:?}", reply.json());
    assert_eq!(reply.json()["errors"].as_array().unwrap().len(), 1);
    assert!(reply.json()["errors"][0]["message"].as_str().unwrap().contains("\"May\": the list has no `weather`"));
    write(&server, "small.yaml", &wanting("day"));
    let published = publish(&client, json!({})).await;
    let warned = published["warnings"].as_array().unwrap().last().unwrap().as_str().unwrap().to_owned();
    assert!(warned.contains("1 row lacks `day`: line 3"), "{warned}");
}

#[tokio::test]
async fn a_published_template_can_be_used_while_its_file_is_broken() {
    let (server, trainer) = with_template().await;
    let marketer = server.client(Role::Marketer).await;
    let csv = b"name,phone,consent\nAna,7001,yes\n";
    let list = marketer.upload("/api/lists", &[("name", "May"), ("numbers", "local")], csv).await.json();
    let wish = |name: &str| json!({"name": name, "list": list["list"]["id"], "template": "small", "trunk": "lab"});
    write(&server, "small.yaml", "steps: 3");
    assert_eq!(marketer.post("/api/campaigns", wish("one")).await.fields(), ["template"]);
    write(&server, "small.yaml", &template("Will you come?"));
    publish(&trainer, json!({})).await;
    write(&server, "small.yaml", "steps: 3");
    assert_eq!(marketer.post("/api/campaigns", wish("two")).await.status, StatusCode::CREATED);
}
