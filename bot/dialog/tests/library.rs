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
        assert!(plan.dialogs.len() >= 10, "{}: too few conversations", template.name());
        failures.extend(plan.run(&template).unwrap().iter().map(|failure| format!("{}: {failure}", template.name())));
    }
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
}
