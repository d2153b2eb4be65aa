//! Lists, campaigns and users.
#![allow(clippy::unwrap_used)]

mod common;

use chrono_tz::Tz;
use common::{World, at};
use std::io::{Cursor, Read};
use warmline_domain::import::{ContactReader, ImportOptions};
use warmline_domain::{CampaignSettings, CampaignState, ListId, NewCampaign, NumberRule, Role};
use warmline_storage::StorageError;

#[tokio::test]
async fn a_list_is_topped_up_without_doubles() {
    let world = World::new().await;
    let list = world.list("customers").await;
    let first = world.import(&list, "name,phone,time\nAnn,7001,nine\nBob,7002,ten\nBob,7002,ten\nX,none,\n").await;
    assert_eq!((first.imported, first.refused, first.problem_count), (2, 2, 2));
    let second = world.import(&list, "phone,name,city\n7003,Cec,Rome\n7001,Ann,Rome\n").await;
    assert_eq!((second.imported, second.refused), (1, 1));
    assert_eq!(second.problems[0].to_string(), "line 3: the number is already in the list");
    let list = world.db.list(list.id).await.unwrap().unwrap();
    assert_eq!((list.contacts, list.complete), (3, true));
    assert_eq!(list.columns, ["name", "time", "city"]);
    let people = world.db.contacts(list.id, None, 10).await.unwrap();
    assert_eq!(people.iter().map(|p| p.data.name.as_str()).collect::<Vec<_>>(), ["Ann", "Bob", "Cec"]);
    assert_eq!(people[0].data.variables["time"], "nine");
}

#[tokio::test]
async fn an_import_of_many_batches_keeps_every_row_and_reports_progress() {
    let world = World::new().await;
    let list = world.list("many").await;
    let mut csv = String::from("phone\n");
    (0..12_345).for_each(|i| csv.push_str(&format!("{}\n", 100_000 + i)));
    let reader = ContactReader::new(Cursor::new(csv), &ImportOptions::new(NumberRule::Local)).unwrap();
    let mut told = Vec::new();
    let summary = world.db.import_contacts(list.id, reader, |n| told.push(n)).await.unwrap();
    assert_eq!(summary.imported, 12_345);
    assert_eq!(world.db.list(list.id).await.unwrap().unwrap().contacts, 12_345);
    assert!(told.len() >= 3 && told.is_sorted() && told.last() == Some(&12_345), "{told:?}");
}

#[tokio::test]
async fn an_import_that_breaks_off_leaves_the_list_marked_and_can_be_repeated() {
    struct Breaks(Cursor<Vec<u8>>);
    impl Read for Breaks {
        fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
            match self.0.read(out)? {
                0 => Err(std::io::Error::other("the stick was pulled out")),
                n => Ok(n),
            }
        }
    }
    let world = World::new().await;
    let list = world.list("broken").await;
    let mut csv = String::from("phone\n");
    (0..20_000).for_each(|i| csv.push_str(&format!("{}\n", 100_000 + i)));
    let options = ImportOptions::new(NumberRule::Local);
    let reader = ContactReader::new(Breaks(Cursor::new(csv.clone().into_bytes())), &options).unwrap();
    let error = world.db.import_contacts(list.id, reader, |_| {}).await.unwrap_err();
    assert!(error.to_string().contains("stick"), "{error}");
    assert!(!world.db.list(list.id).await.unwrap().unwrap().complete);
    world.import(&list, &csv).await;
    let list = world.db.list(list.id).await.unwrap().unwrap();
    assert!(list.complete && list.contacts == 20_000);
}

#[tokio::test]
async fn names_are_unique_and_missing_things_are_named() {
    let world = World::new().await;
    let list = world.list("Customers").await;
    let settings = list.settings.clone();
    let error = world.db.create_list("customers", &settings, at(0)).await.unwrap_err();
    assert_eq!(error.to_string(), "there is already a list named `customers`");
    assert_eq!(world.db.list_named("CUSTOMERS").await.unwrap().unwrap().id, list.id);
    let new =
        NewCampaign { name: "c".into(), list: ListId(99), settings: CampaignSettings::new("t", "loopback", Tz::UTC) };
    let error = world.db.create_campaign(&new, at(0)).await.unwrap_err();
    assert_eq!(error.to_string(), "there is no list 99");
    assert_eq!(world.db.list(ListId(99)).await.unwrap(), None);
    let bad =
        NewCampaign { list: list.id, settings: CampaignSettings { ring_limit_s: 5, ..new.settings.clone() }, ..new };
    assert!(world.db.create_campaign(&bad, at(0)).await.unwrap_err().to_string().contains("ring_limit_s"));
}

#[tokio::test]
async fn a_campaign_keeps_its_settings_and_moves_only_along_its_arrows() {
    let world = World::new().await;
    let campaign = world.campaign("arrows", 1).await;
    assert_eq!((campaign.state, campaign.started_at), (CampaignState::Running, Some(at(0))));
    let read = world.db.campaign(campaign.id).await.unwrap().unwrap();
    assert_eq!(read, campaign);
    let error = world.db.set_campaign_state(campaign.id, CampaignState::Stopped, at(1)).await.unwrap_err();
    assert!(matches!(error, StorageError::Transition(_)));
    let error = world.db.update_campaign(campaign.id, &campaign.data).await.unwrap_err();
    assert_eq!(error.to_string(), "a campaign that is running cannot be changed");
    let done = world.db.set_campaign_state(campaign.id, CampaignState::Done, at(2)).await.unwrap();
    assert_eq!(done.ended_at, Some(at(2)));
    let mut changed = campaign.data.clone();
    changed.settings.most_in_flight = 3;
    assert_eq!(world.db.update_campaign(campaign.id, &changed).await.unwrap().data, changed);
    let again = world.db.set_campaign_state(campaign.id, CampaignState::Running, at(3)).await.unwrap();
    assert_eq!((again.started_at, again.ended_at), (Some(at(0)), None));
}

#[tokio::test]
async fn users_sign_in_until_they_are_disabled_or_their_session_ends() {
    let world = World::new().await;
    let db = &world.db;
    let admin = db.create_user("admin", Role::Admin, "hash", true, at(0)).await.unwrap();
    let joan = db.create_user("joan", Role::Agent, "hash2", false, at(0)).await.unwrap();
    assert!(db.create_user("Joan", Role::Agent, "h", false, at(0)).await.is_err());
    assert_eq!(db.user_with_hash("joan").await.unwrap(), Some((joan.clone(), "hash2".into())));
    db.create_session(joan.id, "t1", at(0), at(100)).await.unwrap();
    db.create_session(joan.id, "t2", at(0), at(100)).await.unwrap();
    assert_eq!(db.session_user("t1", at(99)).await.unwrap(), Some(joan.clone()));
    assert_eq!(db.session_user("t1", at(100)).await.unwrap(), None);
    db.delete_sessions_of(joan.id, Some("t2")).await.unwrap();
    assert_eq!(db.session_user("t1", at(1)).await.unwrap(), None);
    db.set_user(joan.id, Role::Agent, false).await.unwrap();
    assert_eq!(db.session_user("t2", at(1)).await.unwrap(), None);
    let error = db.set_user(admin.id, Role::Agent, true).await.unwrap_err();
    assert_eq!(error.to_string(), "somebody has to be administrator");
    assert_eq!(db.user(admin.id).await.unwrap().unwrap().role, Role::Admin, "the refusal changed nothing");
    db.set_password(admin.id, "new", false).await.unwrap();
    assert!(!db.user(admin.id).await.unwrap().unwrap().must_change_password);
}
