//! What a machine learns from a handful of texts, and how sure it is of it.
#![allow(clippy::unwrap_used)]

use warmline_classify::{Example, Machine, Options, TrainError};

const TEXTS: [(&str, usize); 9] = [
    ("cancel my appointment", 0),
    ("please cancel the booking", 0),
    ("i want to cancel", 0),
    ("where is my parcel", 1),
    ("when will the parcel arrive", 1),
    ("track my parcel please", 1),
    ("i want to pay the bill", 2),
    ("how can i pay", 2),
    ("pay the bill by card", 2),
];

fn examples() -> Vec<Example<'static>> {
    TEXTS.iter().map(|(text, label)| Example::new(text, None, *label)).collect()
}

fn trained(examples: &[Example]) -> Machine {
    Machine::train(examples, 3, Options::default()).unwrap()
}

#[test]
fn the_nearest_meaning_wins_and_probabilities_are_probabilities() {
    let machine = trained(&examples());
    for (text, label) in [("cancel the appointment please", 0), ("is my parcel here", 1), ("pay the bill", 2)] {
        let found = machine.predict(text, None).unwrap();
        assert_eq!(found.ranked[0].label, label, "{text}: {found:?}");
        assert!((found.ranked.iter().map(|ranked| ranked.probability).sum::<f32>() - 1.0).abs() < 1e-4);
        assert!(found.margin() > 0.0 && TEXTS[found.nearest.0].1 == label);
    }
    assert_eq!(machine.predict("我", None), None);
}

#[test]
fn what_was_made_of_an_example_teaches_without_making_it_surer() {
    // Each text a second time: nothing new is known, so nothing may be surer than before.
    let twice: Vec<Example> =
        examples().into_iter().flat_map(|example| [example, Example { made_up: true, ..example }]).collect();
    let (once, twice) = (trained(&examples()), trained(&twice));
    for share in [0.1, 0.5, 0.9] {
        assert!((once.threshold(share) - twice.threshold(share)).abs() < 0.1, "{share}");
    }
    // A mishearing that shares no piece with its text is known afterwards.
    let mut more = examples();
    more.insert(1, Example { made_up: true, ..Example::new("gounzel", None, 0) });
    let found = trained(&more).predict("gounzel", None).unwrap();
    assert_eq!(found.ranked[0].label, 0);
    assert_eq!(trained(&examples()).predict("gqxzv", None), None);
    assert_ne!(found.nearest.0, 1, "nobody listed it");
}

#[test]
fn nonsense_is_refused() {
    assert_eq!(Machine::train(&[], 2, Options::default()).unwrap_err(), TrainError::Empty);
    let label = Machine::train(&[Example::new("a", None, 2)], 2, Options::default()).unwrap_err();
    assert_eq!(label, TrainError::Label { example: 0, label: 2, labels: 2 });
    let (short, long) = ([1.0], [1.0, 0.0]);
    let mixed = [Example::new("a", Some(&short), 0), Example::new("b", Some(&long), 1)];
    let error = Machine::train(&mixed, 2, Options::default()).unwrap_err();
    assert_eq!(error, TrainError::Embedding { example: 1, found: 2, wanted: 1 });
}
