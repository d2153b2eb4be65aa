//! The committed file of people and the lists that go with it fit each other.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use warmline_carrier::people::{Behaviour, Entry, People, Wording};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn people() -> People {
    People::load(&folder().join("people.toml")).unwrap()
}

#[test]
fn there_are_enough_people_of_every_kind() {
    let people = people();
    assert!(people.person.len() >= 40);
    let kinds: BTreeSet<&str> = people.person.iter().map(|p| p.behaviour.name()).collect();
    assert_eq!(kinds.len(), 9, "{kinds:?}");
    for status in [486, 603, 503] {
        let refuses = |p: &&Entry| matches!(&p.behaviour, Behaviour::Refuses(r) if r.status == status);
        assert!(people.person.iter().any(|p| refuses(&p)), "nobody refuses with {status}");
    }
    let voices: BTreeSet<&str> = people.person.iter().map(|p| p.voice(&people.defaults)).collect();
    for voice in ["flite:awb", "espeak:en-gb-scotland", "festival:kal_diphone"] {
        assert!(voices.contains(voice), "nobody has the voice {voice}");
    }
}

#[test]
fn about_half_of_the_wordings_are_not_an_authors() {
    let people = people();
    let count = |w| people.person.iter().filter(|p| p.wording == Some(w)).count();
    let (listed, free) = (count(Wording::Listed), count(Wording::Free));
    assert!(listed.abs_diff(free) * 5 <= listed + free, "{listed} listed, {free} free");
    for person in people.person.iter().filter(|p| p.wording.is_some()) {
        assert!(person.expect.intent.is_some(), "{} has a wording but no intent to find", person.number);
    }
}

#[test]
fn every_contact_of_a_list_is_a_number_of_that_campaign_and_the_other_way_round() {
    let people = people();
    for campaign in ["appointment-reminder", "product-offer"] {
        let file = folder().join("lists").join(format!("{campaign}.csv"));
        let listed = numbers(&file);
        let expected: BTreeSet<String> =
            people.person.iter().filter(|p| p.campaign == campaign).map(|p| p.number.clone()).collect();
        assert_eq!(listed, expected, "{campaign}");
        let unsaid = people.person.iter().find(|p| p.campaign == campaign && p.expect.outcome.is_empty());
        assert!(unsaid.is_none(), "{unsaid:?} does not say what to expect");
    }
}

fn numbers(file: &Path) -> BTreeSet<String> {
    let text = std::fs::read_to_string(file).unwrap();
    text.lines().skip(1).map(|line| line.split(',').next().unwrap().to_string()).collect()
}
