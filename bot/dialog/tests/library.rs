//! The conversations written beside each template of the library go as they are written.
#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use warmline_dialog::CompiledTemplate;
use warmline_dialog::plan::Plan;

fn library() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../dialog-templates/library");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

fn compiled(source: &str) -> Arc<CompiledTemplate> {
    let template = warmline_dialog::schema::parse(source).unwrap_or_else(|problems| panic!("{problems}"));
    Arc::new(CompiledTemplate::compile(template).unwrap())
}

#[test]
fn every_template_has_conversations_and_they_go_as_written() {
    let (plans, templates): (Vec<_>, Vec<_>) = library()
        .into_iter()
        .filter(|file| file.extension().is_some_and(|e| e == "yaml"))
        .partition(|file| file.to_string_lossy().ends_with(".test.yaml"));
    assert!(!templates.is_empty());
    let mut failures = Vec::new();
    for file in &templates {
        let template = compiled(&std::fs::read_to_string(file).unwrap());
        let beside = file.with_extension("test.yaml");
        assert!(plans.contains(&beside), "{} has no conversations beside it", template.name());
        let plan = Plan::parse(&std::fs::read_to_string(&beside).unwrap());
        let plan = plan.unwrap_or_else(|error| panic!("{}: {error}", beside.display()));
        assert!(plan.dialogs.len() >= 12, "{}: too few conversations", template.name());
        failures.extend(plan.run(&template).unwrap().iter().map(|failure| format!("{}: {failure}", template.name())));
    }
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
}

#[test]
fn every_template_says_what_the_law_wants_and_nothing_in_it_is_doubtful() {
    for file in library() {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        if !name.ends_with(".yaml") || name.ends_with(".test.yaml") {
            continue;
        }
        let template = warmline_dialog::schema::parse(&std::fs::read_to_string(&file).unwrap()).unwrap();
        assert_eq!(name, format!("{}.yaml", template.name), "the file is named as the template");
        assert!(template.warnings.is_empty(), "{name}: {:?}", template.warnings);
        let compliance = template.compliance();
        assert!(compliance.identification && compliance.opt_out, "{name}: who calls, and how to be called no more");
        assert!(template.entry.machine_with_beep.is_some() && template.entry.machine_without_beep.is_some(), "{name}");
        for (what, limit) in [
            ("turns", &template.limits.turns),
            ("seconds", &template.limits.seconds),
            ("no_match", &template.limits.no_match),
            ("silence", &template.limits.silence),
        ] {
            assert!(limit.goto.is_some(), "{name}: the limit `{what}` has an exit of its own");
        }
    }
}

/// By key: whoever is not understood must still get on.
#[test]
fn every_question_about_a_choice_has_keys() {
    for file in library() {
        let name = file.to_string_lossy().into_owned();
        if !name.ends_with(".yaml") || name.ends_with(".test.yaml") {
            continue;
        }
        let template = warmline_dialog::schema::parse(&std::fs::read_to_string(&file).unwrap()).unwrap();
        for step in &template.steps {
            if let warmline_dialog::schema::StepKind::Ask(ask) = &step.kind {
                let keys = ask.answers.iter().filter(|answer| answer.key.is_some()).count();
                assert!(keys >= 2, "{name}: `{}` has {keys} keys", step.name.name);
                assert!(ask.retry.by_key.is_some(), "{name}: `{}` never says its keys", step.name.name);
            }
        }
    }
}
