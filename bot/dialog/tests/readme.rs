//! The examples of the template guide are what the code accepts.
#![allow(clippy::unwrap_used)]

use warmline_dialog::plan::Plan;

const GUIDE: &str = include_str!("../../../dialog-templates/README.md");

fn examples() -> Vec<&'static str> {
    let blocks = GUIDE.split("```yaml\n").skip(1);
    blocks.map(|block| block.split("```").next().unwrap()).collect()
}

#[test]
fn the_example_template_reads() {
    let steps = r#"steps:
  greet: { type: say, prompt: "{{name}} {{identification}} {{opt_out}}", next: ask }
  ask: { type: ask, prompt: "On {{date}}?", answers: { confirm: to_agent } }
  to_agent: { type: handover }
  message: { type: voicemail, message: "{{identification}}" }
"#;
    let source =
        examples()[0].replace("steps: {}", "").replace("  date: date", "  date: date\n  company: text\n  phone: phone")
            + steps;
    let template = warmline_dialog::schema::parse(&source).unwrap_or_else(|problems| panic!("{problems}"));
    let compliance = template.compliance();
    assert!(compliance.identification && compliance.opt_out, "{:?}", template.warnings);
}

#[test]
fn the_example_conversation_goes_as_written() {
    let library = concat!(env!("CARGO_MANIFEST_DIR"), "/../../dialog-templates/library/appointment-reminder.yaml");
    let template = warmline_dialog::schema::parse(&std::fs::read_to_string(library).unwrap()).unwrap();
    let template = std::sync::Arc::new(warmline_dialog::CompiledTemplate::compile(template).unwrap());
    let plan = Plan::parse(examples()[1]).unwrap();
    let failures = plan.run(&template).unwrap();
    let told: Vec<_> = failures.iter().map(ToString::to_string).collect();
    assert!(told.is_empty(), "{}", told.join("\n"));
}
