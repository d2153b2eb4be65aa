//! Conversations of the library notice when their template is broken: a small draw with a fixed seed, over the
//! templates whose conversations name each phrase, keyword and key. The whole measure is `warmline template mutate`.
#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::sync::Arc;
use warmline_dialog::mutate::{drawn, mutants};
use warmline_dialog::plan::Plan;

const THOROUGH: [&str; 4] = ["appointment-reminder", "class-or-event-notice", "delivery-notice", "order-confirmation"];
const BREAKS: usize = 60;
/// Nine in ten.
const LEAST_NOTICED: usize = 54;

#[test]
fn nine_in_ten_breaks_are_noticed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../dialog-templates/library");
    let mut all = Vec::new();
    for name in THOROUGH {
        let text = |ending: &str| std::fs::read_to_string(folder.join(format!("{name}.{ending}"))).unwrap();
        let template = warmline_dialog::schema::parse(&text("yaml")).unwrap();
        let plan = Plan::parse(&text("test.yaml")).unwrap();
        let found = mutants(&template, 1);
        let subject = Arc::new((template, plan));
        all.extend(found.into_iter().map(|mutant| (subject.clone(), mutant)));
    }
    assert!(all.len() > 200, "{} breaks are possible", all.len());
    let draw = drawn(all.len(), BREAKS, 2);
    let survivors: Vec<_> = draw
        .into_iter()
        .map(|place| &all[place])
        .filter(|(subject, mutant)| !mutant.is_noticed(&subject.0, &subject.1))
        .map(|(subject, mutant)| format!("{}: {mutant:?}", subject.0.name))
        .collect();
    let noticed = BREAKS - survivors.len();
    assert!(noticed >= LEAST_NOTICED, "{noticed} of {BREAKS} noticed; not noticed:\n{}", survivors.join("\n"));
}
