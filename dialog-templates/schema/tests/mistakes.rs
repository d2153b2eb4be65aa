//! Mistakes a trainer makes, and what they are told: where it is and what was probably meant.
#![allow(clippy::unwrap_used)]

const GOOD: &str = r#"template: good
voice: flite:slt
variables:
  name: text
identification:
  company: Acme
  callback_number: "+1 555 010 2030"
  statement: This is an automated call from Acme.
  opt_out: Say stop calling to stop these calls.
entry: { person: hello, machine_with_beep: message }
intents:
  confirm: [yes I will, I confirm]
steps:
  hello:
    type: ask
    prompt: "Hello {{name}}. {{identification}} {{opt_out}} Will you come?"
    answers:
      confirm: bye
      refuse: { goto: pause, key: "2", phrases: [no I won't] }
  pause: { type: say, prompt: Oh., next: bye }
  bye: { type: end, prompt: Bye. }
  message: { type: voicemail, message: "{{identification}}" }
"#;

/// The problems of the good template with `from` replaced by `to`.
fn problems(from: &str, to: &str) -> String {
    assert!(GOOD.contains(from), "{from} is not in the template");
    match warmline_schema::parse(&GOOD.replace(from, to)) {
        Ok(template) => template.warnings.iter().map(|w| format!("{w}\n")).collect(),
        Err(problems) => problems.to_string(),
    }
}

#[test]
fn the_good_template_is_good() {
    let template = warmline_schema::parse(GOOD).unwrap();
    assert_eq!(template.warnings, []);
    let compliance = template.compliance();
    assert!(compliance.identification && compliance.opt_out);
}

#[test]
fn every_mistake_has_its_place_and_a_hint() {
    let cases = [
        ("type: say", "type: sya", "line 20, column 18: error: unknown step type `sya`; did you mean `say`?"),
        ("confirm: bye", "confirm: bey", "line 18, column 16: error: unknown step `bey`; did you mean `bye`?"),
        (
            "      confirm: bye",
            "      conferm: bye",
            "line 18, column 7: error: unknown intent `conferm`; did you mean `confirm`?",
        ),
        ("{{name}}", "{{nmae}}", "line 16, column 13: error: unknown variable or slot `nmae`; did you mean `name`?"),
        (
            "prompt: Oh.",
            "promt: Oh.",
            "line 20, column 23: error: unknown field of step `pause` `promt`; did you mean `prompt`?",
        ),
        ("prompt: Oh., ", "", "line 20, column 10: error: step `pause` lacks `prompt`"),
        ("name: text", "name: txet", "line 4, column 9: error: unknown type of variable `txet`; did you mean `text`?"),
        ("name: text", "name: { required: false }", "variable `name` may be missing for a contact and has no default"),
        (
            "next: bye",
            "next: pause",
            "line 20, column 3: error: step `pause` is in a loop in which nobody is listened to",
        ),
        ("pause, key", "bye, key", "line 20, column 3: error: no way leads to step `pause`"),
        ("key: \"2\"", "key: \"9\"", "error: key 9 is the opt-out of this template"),
        ("key: \"2\"", "key: \"12\"", "`12` is not a telephone key"),
        ("[no I won't]", "[i confirm]", "phrase `i confirm` means both `confirm` and `refuse` in one step"),
        ("[no I won't]", "[no], regex: \"a(b\"", "regex `a(b`: unclosed group"),
        ("[yes I will, I confirm]", "{ keywords: { not: [no] } }", "`not` alone would match nearly everything"),
        ("Hello {{name}}.", "Hello {{name.", "is not"),
        ("voice: flite:slt", "voice: slt", "line 2, column 8: error: `slt` is not a voice; write engine and voice"),
        ("entry: { person: hello,", "entry: {", "`entry` lacks `person`"),
        (
            "intents:\n",
            "limits: { turns: many }\nintents:\n",
            "`turns` should be a whole number from 1 to 200, not `many`",
        ),
        ("intents:\n", "globals: { do_not_call: off }\nintents:\n", "the opt-out `do_not_call` cannot be switched off"),
        ("intents:\n", "globals: { humna: off }\nintents:\n", "unknown global intent `humna`; did you mean `human`?"),
        (
            "intents:\n",
            "categories: { prase: off }\nintents:\n",
            "line 11, column 15: error: category `prase` is not built in, so it cannot be `off`; did you mean `praise`?",
        ),
        (
            "intents:\n",
            "categories: { rival: { priority: 1 } }\nintents:\n",
            "line 11, column 15: error: category `rival` has no phrases, keywords or regex",
        ),
        ("intents:\n", "categories: { rival: { regex: \"a(b\" } }\nintents:\n", "regex `a(b`: unclosed group"),
        (
            "intents:\n",
            "handoff: { threshold: 2 }\nintents:\n",
            "line 11, column 23: error: `threshold` should be a number from 0 to 1, not 2",
        ),
        (
            "intents:\n",
            "handoff: { threshold: 0.5, release: 0.6 }\nintents:\n",
            "line 11, column 37: error: `release` 0.6 is above the threshold 0.5; a score falls",
        ),
        (
            "intents:\n",
            "handoff: { goto: messag }\nintents:\n",
            "line 11, column 18: error: unknown step `messag`; did you mean `message`?",
        ),
        (
            "intents:\n",
            "handoff: { buying: [conferm] }\nintents:\n",
            "unknown intent or entry of `knowledge` `conferm`; did you mean `confirm`?",
        ),
        (
            "intents:\n",
            "handoff: { weights: { silense: 1 } }\nintents:\n",
            "unknown field of `weights` `silense`; did you mean `silence`?",
        ),
        (
            "intents:\n",
            "handoff: { value: { variable: nmae, high: [x] } }\nintents:\n",
            "unknown variable `nmae`; did you mean `name`?",
        ),
        (
            "intents:\n",
            "handoff: { value: { variable: name } }\nintents:\n",
            "`value` needs either `high` or `from`; write `high: [gold]`",
        ),
        (
            "intents:\n",
            "handoff: { value: { variable: name, from: 5, to: 1 } }\nintents:\n",
            "`to` 1 is below `from` 5",
        ),
        ("  confirm: [yes", "  confirm: [yes]\n  later: [later]\n  human: [yes", "`human` is a global intent"),
        ("template: good", "template: good\ntemplate: twice", "not valid YAML"),
        ("  pause:", "   pause:", "not valid YAML"),
    ];
    for (from, to, told) in cases {
        let problems = problems(from, to);
        assert!(problems.contains(told), "{from} -> {to}\n  expected: {told}\n  got: {problems}");
    }
}

#[test]
fn several_mistakes_are_told_at_once_in_order() {
    let source = GOOD
        .replace("type: say", "type: sya")
        .replace("voice: flite:slt", "voice: slt")
        .replace("message: \"", "massage: \"");
    let problems = warmline_schema::parse(&source).unwrap_err();
    let lines: Vec<_> = problems.0.iter().map(|problem| problem.at.line).collect();
    assert!(lines.len() >= 2 && lines.is_sorted(), "{problems}");
}

#[test]
fn a_call_that_does_not_identify_itself_is_warned_about() {
    let unnamed = problems("Hello {{name}}. {{identification}}", "Hello {{name}}.");
    assert!(unnamed.contains("does not say who is calling"), "{unnamed}");
    let late = GOOD.replace("{{opt_out}} ", "").replace("prompt: Bye.", "prompt: \"{{opt_out}}\"");
    let template = warmline_schema::parse(&late).unwrap();
    assert!(template.compliance().identification && !template.compliance().opt_out);
}

#[test]
fn conditions_are_checked() {
    let branch = |condition: &str| {
        let step = format!("pause: {{ type: branch, when: [{{ if: \"{condition}\", goto: bye }}], else: bye }}");
        problems("pause: { type: say, prompt: Oh., next: bye }", &step)
    };
    assert_eq!(branch("name == 'Anna' and not (name != 'Bob')"), "");
    assert!(branch("nmae == 'x'").contains("did you mean `name`?"));
    assert!(branch("name = 'x'").contains("compare with `==`"));
}

#[test]
fn nonsense_is_an_error_and_never_a_panic() {
    let long = "a: &a [".repeat(300);
    let nonsense = [
        "",
        "\0",
        "- 1",
        "steps: {}",
        "[",
        "template",
        "{{}}",
        "template: x\nsteps: 3\nentry: 4\nvoice: 5:6",
        "\u{feff}",
        &long,
    ];
    for source in nonsense {
        assert!(warmline_schema::parse(source).is_err(), "{source:?}");
    }
    // Every prefix of a good template either reads or is refused with a place.
    for end in (0..GOOD.len()).filter(|end| GOOD.is_char_boundary(*end)) {
        if let Err(problems) = warmline_schema::parse(&GOOD[..end]) {
            assert!(!problems.0.is_empty());
        }
    }
}
