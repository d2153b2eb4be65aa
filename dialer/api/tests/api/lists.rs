//! Importing a list: every bad line is named, the rest is there.

use crate::support::server;
use axum::http::StatusCode;
use warmline_domain::Role;

#[tokio::test]
async fn bad_lines_are_named_and_the_rest_is_imported() {
    let server = server().await;
    let client = server.client(Role::Marketer).await;
    let csv = b"name,phone,time\nAna,7001,9 am\nBo,not a number,\nCy,7002,10 am\nDee,7001,noon\n\xff\xfe,7004,x\n";
    let reply = client.upload("/api/lists", &[("name", "May"), ("numbers", "local")], csv).await;
    assert_eq!(reply.status, StatusCode::CREATED);
    let said = reply.json();
    assert_eq!(said["imported"], 2, "{said}");
    let lines: Vec<i64> = said["problems"].as_array().unwrap().iter().map(|p| p["line"].as_i64().unwrap()).collect();
    assert_eq!(lines, [3, 5, 6]);
    assert_eq!(said["problems"][0]["field"], "phone");
    let lists = client.get("/api/lists").await.json();
    assert_eq!((&lists[0]["name"], &lists[0]["contacts"]), (&"May".into(), &2.into()));
}

#[tokio::test]
async fn a_file_that_is_no_list_leaves_no_list_behind() {
    let server = server().await;
    let client = server.client(Role::Marketer).await;
    for (fields, file, field) in [
        (vec![("name", "x")], &b"colour,size\nred,9\n"[..], "file"),
        (vec![("name", "x")], b"", "file"),
        (vec![("name", " ")], b"phone\n", "name"),
        (vec![("name", "x"), ("numbers", "roman")], b"phone\n", "numbers"),
        (vec![("name", "x"), ("region", "QQ")], b"phone\n", "region"),
    ] {
        let reply = client.upload("/api/lists", &fields, file).await;
        assert_eq!((reply.status, reply.fields()), (StatusCode::UNPROCESSABLE_ENTITY, vec![field.to_owned()]));
    }
    assert_eq!(client.get("/api/lists").await.json().as_array().unwrap().len(), 0);
}

#[tokio::test]
async fn a_long_list_is_taken_but_a_long_request_of_another_kind_is_not() {
    let server = server().await;
    let client = server.client(Role::Admin).await;
    let mut csv = String::from("name,phone\n");
    for n in 0..20_000 {
        csv += &format!("Somebody called {n},{}\n", 100_000 + n);
    }
    let reply = client.upload("/api/lists", &[("name", "Long"), ("numbers", "local")], csv.as_bytes()).await;
    assert_eq!(reply.json()["imported"], 20_000);
    let body = serde_json::json!({"name": "x".repeat(300_000), "role": "agent"});
    assert_eq!(client.post("/api/users", body).await.status, StatusCode::PAYLOAD_TOO_LARGE);
}
