//! Conversations as tests: what can be written, what is noticed, and what is said about mistakes.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;
use warmline_dialog::CompiledTemplate;
use warmline_dialog::plan::{Plan, PlanError, Suite, Told, Verdict, appended, junit, recorded};
use warmline_dialog::play::{Act, AnsweredBy, Scene, no_meaning, play};

const TEMPLATE: &str = r#"
template: small
voice: flite:slt
entry: { person: hello }
limits: { seconds: { most: 60, goto: late }, silence: { most: 2, goto: nobody } }
intents: { coffee: [a coffee, coffee please], tea: [a tea, tea please] }
steps:
  hello: { type: say, prompt: Hello from the bar., barge_in: never, next: ask }
  ask: { type: ask, prompt: Coffee or tea?, reprompt: Coffee or tea please?, answers: { coffee: cups, tea: { goto: human, key: "2" } } }
  cups: { type: collect, slot: cups, as: number, prompt: How many cups?, next: stock }
  stock: { type: http, url: "https://stock.example/{{cups}}", results: { left: /left }, ok: bye, failed: late }
  human: { type: handover, prompt: One moment., failed: late }
  bye: { type: end, tags: [done], prompt: "{{left}} left. Goodbye." }
  late: { type: end, tags: [late], prompt: It is late. }
  nobody: { type: end, prompt: Nobody is there. }
"#;

fn template() -> Arc<CompiledTemplate> {
    Arc::new(CompiledTemplate::compile(warmline_dialog::schema::parse(TEMPLATE).unwrap()).unwrap())
}

fn held(dialog: &str) -> Verdict {
    let source = format!("template: small\nnow: 2026-11-20 10:00:00\ndialogs:\n  - name: it\n{dialog}");
    let plan = Plan::parse(&source).unwrap_or_else(|error| panic!("{error}"));
    plan.hold(&template(), |_| true, &mut no_meaning).unwrap().remove(0)
}

/// What is missed, one `line: expected; actual` each.
fn missed(dialog: &str) -> Vec<String> {
    held(dialog).mismatches().map(ToString::to_string).collect()
}

#[test]
fn everything_that_can_be_written_holds() {
    let whole = r#"    must_not: [Good evening]
    talk:
      - bot: Hello from the bar
      - bot: Coffee or tea
      - bot_not: How many
      - { bot: How many cups, within: 2 }
      - user: purple monkey
      - expect: { understood: nothing, step: ask, tags: [], handoff: false }
      - user: [{ text: a toffee, confidence: 0.4 }, { text: a coffee, confidence: 0.4 }]
      - expect: { understood: coffee, intent: coffee, slots: { cups: "" } }
      - interrupt: three
      - expect: { slots: { cups: "3" } }
      - http: '{"left": 7}'
      - bot: seven left
    expect: { end: completed, tags: [done], slots: { cups: "3", left: "7" }, within: 3 }
"#;
    assert_eq!(missed(whole), Vec::<String>::new());
}

#[test]
fn each_expectation_is_noticed_at_its_line() {
    let cases = [
        (
            "talk: [{ bot: Goodbye }]",
            "line 5: expected the bot to say `Goodbye`; it said `Hello from the bar. Coffee or tea?`",
        ),
        ("talk: [{ bot_not: or tea }]", "line 5: expected the bot not to say `or tea`; it did"),
        ("must_not: from the bar\n    talk: []", "line 5: expected the bot never to say `from the bar`; it did"),
        ("talk: [{ bot: Goodbye, within: 1 }, { user: a coffee }]", "expected the bot to have said `Goodbye` by now"),
        ("talk: [{ bot: Goodbye, within: 3 }, { user: a coffee }]", "expected the bot to say `Goodbye`; it did not"),
        (
            "talk: [{ user: a tea }, { expect: { understood: coffee } }]",
            "expected `coffee` to be understood; understood was tea 1.00",
        ),
        ("talk: [{ user: a tea }, { expect: { handoff: false } }]", "expected handoff false; it is true"),
        ("talk: [{ expect: { step: cups } }]", "expected step `cups`; it is `ask`"),
        ("talk: [silence, silence, { user: hello }]", "expected the call to go on; the call had ended (limit)"),
        (
            "talk: [{ user: a coffee }]\n    expect: { within: 3 }",
            "line 6: expected the end, or an agent, within 3 turns; it goes on after 1",
        ),
        ("talk: [{ user: a }, { user: a tea }]\n    expect: { within: 1 }", "within 1 turns; it took 2"),
        ("talk: []\n    expect: { handoff: { at_least: 0.5 } }", "expected a handoff score from 0.5 to 1; it is 0.00"),
    ];
    for (dialog, expected) in cases {
        let told = missed(&format!("    {dialog}\n"));
        assert!(told.iter().any(|line| line.contains(expected)), "{dialog}: {told:?}");
    }
}

#[test]
fn time_goes_by_with_its_silences_and_limits() {
    assert_eq!(missed("    talk: [{ elapsed: 5s }, { expect: { step: ask } }]\n"), Vec::<String>::new());
    assert_eq!(
        missed("    talk: [{ elapsed: 20s }, { bot: Nobody is there }]\n    expect: { end: limit }\n"),
        Vec::<String>::new()
    );
    // Nobody is silent while an agent is looked for, and the limit is for the dialog only.
    let waiting = "    talk: [{ user: a tea }, { elapsed: 120s }, { agent: nobody }, { bot: It is late }]\n    expect: { tags: [late] }\n";
    assert_eq!(missed(waiting), Vec::<String>::new());
}

#[test]
fn a_prompt_that_cannot_be_interrupted_is_not() {
    let verdict = held("    talk: [{ interrupt: a coffee }]\n    expect: { step: ask }\n");
    assert!(verdict.passed(), "{verdict:?}");
    let noticed = |told: &Told| matches!(told, Told::Act { understood: Some(why), .. } if why.contains("not heard"));
    assert!(verdict.told.iter().any(noticed), "{verdict:?}");
    assert_eq!(
        missed("    talk: [{ user: a coffee }, { interrupt: two }]\n    expect: { slots: { cups: \"2\" } }\n"),
        Vec::<String>::new()
    );
}

#[test]
fn mistakes_are_all_named_with_line_and_column() {
    let source = r#"template: small
now: "2026-11-20T10:00:00"
dialogs:
  - name: it
    talk:
      - bott: Hello
      - silense
      - key: "12"
      - { user: a, key: "1" }
      - { user: yes, within: 2 }
      - elapsed: soon
      - expect: { understod: coffee }
    expect: { end: complete }
  - name: it
    talk: []
"#;
    let Err(PlanError::Syntax(problems)) = Plan::parse(source) else { panic!("it has mistakes") };
    let told: Vec<String> = problems.0.iter().map(ToString::to_string).collect();
    for expected in [
        "line 6, column 9: error: unknown field of a line `bott`; did you mean `bot`?",
        "line 7, column 9: error: unknown line `silense`; did you mean `silence`?",
        "line 8, column 14: error: `12` is not a telephone key",
        "line 9, column 9: error: a line has one thing in it",
        "line 10, column 9: error: `within` belongs to a `bot` line",
        "line 11, column 18: error: `soon` should be a time such as `20s`",
        "line 12, column 19: error: unknown field of `expect` `understod`; did you mean `understood`?",
        "line 13, column 20: error: unknown value of `end` `complete`; did you mean `completed`?",
        "line 14, column 11: error: two conversations are called `it`; the other is in line 4",
    ] {
        assert!(told.iter().any(|line| line.starts_with(expected)), "{expected}: {told:#?}");
    }
    let Err(error) = Plan::parse("template: small\nnow: noon\ndialogs: []\n") else { panic!("no time") };
    assert!(error.to_string().starts_with("line 2, column 6: error: `now` should be a local time"), "{error}");
    let Err(error) = Plan::parse("template: [a\n") else { panic!("no YAML") };
    assert!(error.to_string().contains("not valid YAML"), "{error}");
}

#[test]
fn what_was_played_is_written_down_and_goes_the_same_way() {
    let template = template();
    let contact = [("name".to_owned(), "Zoë \"Z\" O'Hara: #1".to_owned())].into();
    let now = "2026-12-01T09:00:00".parse().unwrap();
    let scene = Scene { template: &template, contact, seed: 3, now, answered_by: AnsweredBy::Person };
    let acts = [
        Act::Key('*'),
        Act::Unclear,
        Act::says("a coffee"),
        Act::Elapsed(1500),
        Act::says("yes: two # of them"),
        Act::Http(Some(r#"{"left": 7}"#.to_owned())),
    ];
    let exchanges = play(&scene, &acts, &mut no_meaning);
    let conversation = recorded("all of it: \"here\"", &scene, &acts, &exchanges);
    let before = "# first\ntemplate: small\nnow: \"2026-11-20T10:00:00\"\ncontact: { size: large }\ndialogs:\n- name: one   # why\n  talk: []\n# last\n";
    let after = appended(before, &warmline_dialog::plan::fitted(conversation, &Plan::parse(before).unwrap())).unwrap();
    for kept in ["# first\n", "- name: one   # why\n", "# last\n"] {
        assert!(after.contains(kept), "{kept} in {after}");
    }
    let plan = Plan::parse(&after).unwrap();
    assert_eq!(plan.dialogs.len(), 2);
    assert_eq!(plan.dialogs[1].contact["size"], "", "what only the file has does not hold here");
    assert_eq!(plan.run(&template).unwrap().iter().map(ToString::to_string).collect::<Vec<_>>(), Vec::<String>::new());
    assert!(appended(&after, &plan.dialogs[1]).unwrap_err().to_string().contains("two conversations are called"));
}

#[test]
fn junit_is_well_formed_and_names_what_failed() {
    let verdict = held("    talk: [{ user: \"<a> & b\" }, { bot: Goodbye }]\n");
    let suite = |result| Suite { name: "small".into(), file: "small.test.yaml".into(), seconds: 0.5, result };
    let xml = junit(&[suite(Ok(vec![verdict])), suite(Err("line 1: broken\nmore".into()))]);
    assert!(xml.starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites "), "{xml}");
    assert!(xml.contains("tests=\"2\" failures=\"1\" errors=\"1\""), "{xml}");
    assert!(xml.contains("&lt;a&gt; &amp; b") && !xml.contains("<a>"), "{xml}");
    assert!(xml.contains("line=\"4\"") && xml.contains("<error message=\"line 1: broken\">"), "{xml}");
    for element in ["testsuites", "testsuite", "testcase", "failure", "error"] {
        let (open, closed) =
            (xml.matches(&format!("<{element} ")).count(), xml.matches(&format!("</{element}>")).count());
        assert_eq!(open, closed, "{element} in {xml}");
    }
}
