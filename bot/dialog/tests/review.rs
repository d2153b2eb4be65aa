//! What people said, grouped by meaning.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use warmline_dialog::CompiledTemplate;
use warmline_dialog::review::{Cluster, Said, clusters, place};
use warmline_dialog::schema::{GlobalIntent, Place, parse};

fn library(name: &str) -> CompiledTemplate {
    let path = format!("{}/../../dialog-templates/library/{name}.yaml", env!("CARGO_MANIFEST_DIR"));
    CompiledTemplate::compile(parse(&std::fs::read_to_string(path).unwrap()).unwrap()).unwrap()
}

fn grouped(texts: &[&str], template: &str, step: &str) -> Vec<Cluster> {
    let said: Vec<Said> = texts.iter().map(|text| Said { text, embedding: None, step }).collect();
    clusters(&said, &library(template))
}

#[test]
fn the_same_wish_in_other_words_is_one_group() {
    let said = [
        "my car broke down",
        "the car broke down on the way",
        "is there parking at your place",
        "my car has broken down",
        "my car broke down",
        "do you have parking",
        "is there parking",
        "",
        "can we reschedule it",
    ];
    let found = grouped(&said, "appointment-reminder", "remind");
    let members: Vec<&[usize]> = found.iter().map(|cluster| cluster.members.as_slice()).collect();
    assert_eq!(members, [&[0, 1, 3, 4][..], &[2, 5, 6], &[7], &[8]], "{found:?}");
    assert_eq!(found[0].representative, "my car broke down");
    assert_eq!(found[0].texts[0], ("my car broke down".to_owned(), 2));
    assert_eq!(found[0].steps, [("remind".to_owned(), 4)]);
    assert_eq!(found[2].id, "unread");
    assert_eq!(found[3].suggestion.as_ref().unwrap().intent, "reschedule");
    assert_eq!(found[1].suggestion, None, "nothing of the kind is known");
}

#[test]
fn languages_without_spaces_and_others_are_grouped_too() {
    let found = grouped(
        &["我想改到下星期", "想改到下星期可以嗎", "可以改到下星期嗎", "停車場在哪裡", "請問停車場在哪裡"],
        "appointment-reminder-zh-tw",
        "remind",
    );
    let sizes: Vec<usize> = found.iter().map(|cluster| cluster.members.len()).collect();
    assert_eq!(sizes, [3, 2], "{found:?}");
    let found = grouped(
        &["di mana tempat parkirnya", "tempat parkir di mana", "saya lagi sakit", "lagi sakit nih saya"],
        "appointment-reminder-id",
        "remind",
    );
    let sizes: Vec<usize> = found.iter().map(|cluster| cluster.members.len()).collect();
    assert_eq!(sizes, [2, 2], "{found:?}");
}

#[test]
fn the_order_in_which_things_were_said_does_not_matter() {
    let mut texts: Vec<String> = Vec::new();
    for n in 0..60 {
        texts.push(format!(
            "{} {}",
            ["my car broke down", "is there parking", "i feel sick"][n % 3],
            ["now", "today", "really", ""][n % 4]
        ));
    }
    let of = |texts: &[String]| -> Vec<(String, usize, String)> {
        let list: Vec<&str> = texts.iter().map(String::as_str).collect();
        let found = grouped(&list, "appointment-reminder", "remind");
        found.into_iter().map(|cluster| (cluster.id, cluster.members.len(), cluster.representative)).collect()
    };
    let before = of(&texts);
    texts.reverse();
    assert_eq!(of(&texts), before);
    texts.push("my car broke down".to_owned());
    let after = of(&texts);
    assert!(after.iter().any(|(id, count, _)| *count == 21 && before.iter().any(|(other, _, _)| other == id)));
}

/// Ten thousand different answers: by pieces of words, and by embeddings.
#[test]
fn ten_thousand_answers_take_seconds() {
    let template = library("appointment-reminder");
    let subjects = [
        "my car",
        "the train",
        "our baby",
        "my boss",
        "the weather",
        "her doctor",
        "a meeting",
        "the bus",
        "my knee",
        "his dog",
    ];
    let verbs = [
        "broke down",
        "is late",
        "got sick",
        "needs me",
        "is terrible",
        "said no",
        "was moved",
        "never came",
        "hurts badly",
        "ran away",
    ];
    let ends: Vec<String> = (0..100)
        .map(|n| format!("{} {}", ["today", "since monday", "again", "you know", "i am afraid"][n % 5], n))
        .collect();
    let mut texts = Vec::new();
    for subject in subjects {
        for verb in verbs {
            texts.extend(ends.iter().map(|end| format!("{subject} {verb} {end}")));
        }
    }
    assert_eq!(texts.len(), 10_000);
    let before = processor_seconds();
    let said: Vec<Said> = texts.iter().map(|text| Said { text, embedding: None, step: "remind" }).collect();
    let found = clusters(&said, &template);
    let took = processor_seconds() - before;
    assert_eq!(found.iter().map(|cluster| cluster.members.len()).sum::<usize>(), 10_000);
    println!("{} groups in {took:.1} s of processor time", found.len());
    assert!(took < 20.0, "{took} s");
    // A group holds what shares its words.
    let mut pure = 0;
    for cluster in &found {
        let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
        for member in &cluster.members {
            *kinds.entry(verbs[(member / 100) % 10]).or_default() += 1;
        }
        pure += kinds.values().max().unwrap();
    }
    println!("{pure} of 10000 are with their own");
}

/// This process's user and system time, in seconds (`/proc/self/stat`, in hundredths).
fn processor_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    (fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap()) / 100.0
}

#[test]
fn a_phrase_has_its_place() {
    let template = library("appointment-reminder");
    let template = template.template();
    assert_eq!(place(template, "remind", "confirm"), Some(Place::Intent("confirm".into())));
    assert_eq!(place(template, "remind", "human"), Some(Place::Global(GlobalIntent::Human)));
    let keep = Place::Answer { step: "sure_cancel".into(), intent: "keep".into() };
    assert_eq!(place(template, "sure_cancel", "keep"), Some(keep.clone()));
    assert_eq!(place(template, "remind", "keep"), Some(keep), "the step that has it");
    assert_eq!(place(template, "remind", "parking"), None);
}
