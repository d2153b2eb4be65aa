//! Mistakes in the larger parts of the language, corrupted templates, and templates of many steps.
#![allow(clippy::unwrap_used)]

use std::fmt::Write;
use warmline_schema::{IncludeError, bundle, parse};

const GOOD: &str = r#"template: good
language: en
voice: flite:slt
languages: { en: "flite:slt", id: "espeak:id" }
include: faq.yaml
variables:
  order: digits
entry: { person: top, error: broken }
globals: { do_not_call: { key: "7" } }
slot_types:
  size: { as: choice, choices: { small: [little], large: [big] } }
fragments:
  verify:
    parameters: [expected]
    start: code
    steps:
      code: { type: collect, slot: code, as: digits, length: 3, prompt: { en: "The code?", id: "Kodenya?" }, next: same }
      same: { type: branch, when: [{ if: code == expected, goto: yes_it_is }], else: no_it_is_not }
      yes_it_is: { type: return }
      no_it_is_not: { type: return, outcome: failed }
steps:
  top:
    type: menu
    prompt: { en: "Welcome.", id: "Selamat datang." }
    barge_in: { after: 2s }
    options:
      state: { say: { en: the order, id: pesanan }, goto: check }
      visit: { say: { en: a visit, id: kunjungan }, goto: book }
  check: { type: call, fragment: verify, with: { expected: "{{order}}" }, on: { failed: sorry }, next: ask_shop }
  ask_shop:
    type: http
    url: "https://shop.example/{{order}}"
    results: { state: /state }
    ok: tell
    failed: sorry
  tell: { type: end, prompt: { en: 'It is <emphasis>{{state}}</emphasis>.', id: "{{state}}." } }
  book:
    type: form
    fields:
      day: { as: date, prompt: { en: "Which day?", id: "Hari apa?" } }
      shirt: { as: size, prompt: { en: "Which size?", id: "Ukuran apa?" } }
    confirm: "{{day}} {{shirt}}?"
    next: bye
  bye: { type: set, language: id, next: sorry }
  sorry: { type: end, prompt: { en: "Goodbye.", id: "Sampai jumpa." } }
  broken: { type: end }
"#;

const FAQ: &str = r#"knowledge:
  parking:
    questions: [where can I park]
    answer: { en: "Behind the house.", id: "Di belakang." }
"#;

fn told(template: &str, faq: &str) -> String {
    let whole = match bundle(template, |_| Ok(faq.to_owned())) {
        Ok(whole) => whole,
        Err(error) => return error.to_string(),
    };
    match parse(&whole) {
        Ok(_) => String::new(),
        Err(problems) => problems.to_string(),
    }
}

#[test]
fn the_whole_language_reads() {
    assert_eq!(told(GOOD, FAQ), "");
    let template = parse(&bundle(GOOD, |_| Ok(FAQ.to_owned())).unwrap()).unwrap();
    assert_eq!(template.knowledge.len(), 1);
    assert!(template.step("check/same").is_some(), "the fragment was copied behind its call");
    assert_eq!(template.language_tags(), ["en", "id"]);
}

#[test]
fn every_mistake_has_its_place_and_a_hint() {
    let cases = [
        ("as: size,", "as: sise,", "line 41, column 20: error: unknown type of slot `sise`; did you mean `size`?"),
        ("small: [little]", "small: [big]", "line 11, column 56: error: `big` means both `small` and `large`"),
        ("as: date,", "as: date, at_most: 3,", "line 40, column 18: error: `at_most` belongs to a slot `as: number`"),
        (
            "fragment: verify,",
            "fragment: verifi,",
            "line 29, column 34: error: unknown fragment `verifi`; did you mean `verify`?",
        ),
        (
            "{ expected: \"{{order}}\" }",
            "{ expectd: \"{{order}}\" }",
            "unknown parameter of fragment `verify` `expectd`; did you mean `expected`?",
        ),
        (
            "on: { failed: sorry }",
            "on: { faild: sorry }",
            "unknown outcome of fragment `verify` `faild`; did you mean `failed`?",
        ),
        (
            "yes_it_is: { type: return }",
            "yes_it_is: { type: call, fragment: verify, with: { expected: x }, next: same }",
            "fragment `verify` calls itself",
        ),
        (
            "broken: { type: end }",
            "broken: { type: return }",
            "line 46, column 3: error: `return` belongs into a fragment",
        ),
        (
            "https://shop.example/",
            "https://{{order}}.example/",
            "line 32, column 10: error: `url` should begin with `https://` and a host",
        ),
        ("/state }", "state }", "line 33, column 23: error: `state` is not a JSON pointer; write a path such as"),
        (
            "url: \"https",
            "body: { a: b }\n    url: \"https",
            "line 32, column 11: error: a GET has no `body`; write `method: POST`",
        ),
        (
            "<emphasis>{{state}}</emphasis>",
            "<emphasis>{{state}}",
            "line 36, column 36: error: `<emphasis>` is not closed",
        ),
        ("<emphasis>{{state}}</emphasis>", "<strong>{{state}}</strong>", "unknown tag `strong`"),
        ("{ after: 2s }", "{ after: 2 }", "line 25, column 24: error: `2` should be a time such as `3s`"),
        (", id: \"Selamat datang.\"", "", "line 24, column 19: error: this is not written in `id`"),
        (
            "{ en: \"Welcome.\", id: \"Selamat datang.\" }",
            "Welcome.",
            "line 24, column 13: error: this is written in one language only",
        ),
        ("id: \"Sampai jumpa.\"", "ms: \"Sampai jumpa.\"", "unknown language `ms`"),
        ("language: id, next", "language: fr, next", "line 44, column 31: error: unknown language `fr`"),
        ("goto: book }", "goto: bok }", "line 28, column 59: error: unknown step `bok`; did you mean `book`?"),
        ("error: broken", "error: broke", "line 8, column 30: error: unknown step `broke`; did you mean `broken`?"),
        (
            "failed: sorry\n  tell",
            "failed: ask_shop\n  tell",
            "line 30, column 3: error: step `ask_shop` is in a loop in which nobody is listened to",
        ),
        (
            "broken: { type: end }",
            "broken: { type: collect, slot: x, as: text, prompt: \"{{order}}\", next: broken }",
            "line 46, column 3: error: from step `broken` no way leads to an end",
        ),
        (
            "slot_types:\n",
            "knowledge: { a: { answer: \"{{order}}\" } }\nslot_types:\n",
            "line 10, column 14: error: knowledge entry `a` has no `questions`",
        ),
        ("include: faq.yaml", "include: ../faq.yaml", "line 5, column 10: error: `../faq.yaml` cannot be included"),
    ];
    let mut wrong = Vec::new();
    for (from, to, wanted) in cases {
        assert!(GOOD.contains(from), "{from} is not in the template");
        let problems = told(&GOOD.replacen(from, to, 1), FAQ);
        if !problems.contains(wanted) {
            wrong.push(format!("{from} -> {to}\n  expected: {wanted}\n  got: {problems}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_mistake_in_an_included_file_names_that_file_and_its_own_line() {
    let problems = told(GOOD, &FAQ.replace("answer:", "anser:"));
    assert!(problems.contains("in faq.yaml: line 4, column 5: error: unknown field"), "{problems}");
    let broken = told(GOOD, "knowledge: [");
    assert!(broken.contains("in faq.yaml: line 1"), "{broken}");
    let foreign = told(GOOD, "steps: {}\n");
    assert!(
        foreign.contains("in faq.yaml: line 1, column 1: error: unknown block of an included file `steps`"),
        "{foreign}"
    );
    let missing = bundle(GOOD, |_| Err("no such file".to_owned())).unwrap_err();
    assert!(matches!(&missing, IncludeError::Missing { at, .. } if at.line == 5), "{missing}");
    let alone = parse(GOOD).unwrap_err().to_string();
    assert!(alone.contains("line 5, column 10: error: the included file `faq.yaml` is not here"), "{alone}");
}

/// A fixed stream of numbers (Knuth's MMIX generator).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides.max(1)
    }
}

/// Corrupt `source` in one to four places: bytes and lines lost, doubled, swapped or replaced.
fn corrupted(source: &str, dice: &mut Dice) -> String {
    const ODD: [&str; 16] = [
        "{",
        "}",
        "[",
        "]",
        ":",
        "- ",
        "\"",
        "'",
        "{{",
        "}}",
        "<",
        "/>",
        "&a ",
        "*a",
        "\u{0}",
        "9999999999999999999999",
    ];
    let mut text = source.to_owned();
    for _ in 0..=dice.roll(4) {
        let mut cut = |most: usize| {
            let mut at = dice.roll(most + 1);
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            at
        };
        let (a, b) = (cut(text.len()), cut(text.len()));
        let (from, to) = (a.min(b), a.max(b).min(a.min(b) + 40));
        let to = (from..=to).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(from);
        match dice.roll(4) {
            0 => text.replace_range(from..to, ""),
            1 => text.insert_str(from, ODD[dice.roll(ODD.len())]),
            2 => {
                let piece = text[from..to].to_owned();
                text.insert_str(to, &piece);
            }
            _ => text.replace_range(from..to, ODD[dice.roll(ODD.len())]),
        }
    }
    text
}

#[test]
fn corrupted_templates_are_read_or_refused_and_never_panic() {
    let whole = bundle(GOOD, |_| Ok(FAQ.to_owned())).unwrap();
    let mut dice = Dice(20_261_121);
    let mut refused = 0;
    for _ in 0..4000 {
        let text = corrupted(&whole, &mut dice);
        match parse(&text) {
            Ok(template) => assert!(!template.steps.is_empty()),
            Err(problems) => {
                refused += 1;
                assert!(!problems.0.is_empty(), "refused without a reason:\n{text}");
                assert!(!problems.to_string().is_empty());
            }
        }
    }
    assert!(refused > 1000, "only {refused} of 4000 were noticed");
}

#[test]
fn fragments_that_double_themselves_are_stopped() {
    let mut text = String::from(
        "template: bomb\nvoice: flite:slt\nentry: { person: s }\nsteps:\n  s: { type: call, fragment: f0, next: e }\n  e: { type: end }\nfragments:\n",
    );
    for n in 0..30 {
        let step = match n {
            29 => "a: { type: return }".to_owned(),
            _ => format!(
                "a: {{ type: call, fragment: f{0}, next: b }}, b: {{ type: call, fragment: f{0}, next: c }}, c: {{ type: return }}",
                n + 1
            ),
        };
        writeln!(text, "  f{n}: {{ start: a, steps: {{ {step} }} }}").unwrap();
    }
    assert!(parse(&text).unwrap_err().to_string().contains("more than 20000 steps"));
}

/// Processor time of this thread in nanoseconds, which other work on the machine does not change.
fn cpu_ns() -> u64 {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    (now.tv_sec * 1_000_000_000 + now.tv_nsec).unsigned_abs()
}

/// Prints how long a template of 5,000 steps takes; run it with `--nocapture`.
#[test]
fn a_template_of_five_thousand_steps_reads() {
    let mut text = String::from("template: large\nvoice: flite:slt\nentry: { person: s0 }\nsteps:\n");
    for n in 0..5000 {
        let next = if n == 4999 { "end".to_owned() } else { format!("s{}", n + 1) };
        match n % 3 {
            0 => writeln!(text, "  s{n}:\n    type: ask\n    prompt: \"Question {n}?\"\n    answers:\n      yes{n}: {{ goto: {next}, key: \"1\", phrases: [yes to {n}, sure {n}] }}\n      no{n}: {{ goto: {next}, phrases: [no to {n}] }}"),
            1 => writeln!(text, "  s{n}: {{ type: collect, slot: v{n}, as: number, prompt: \"Number {n}?\", next: {next} }}"),
            _ => writeln!(text, "  s{n}: {{ type: say, prompt: \"Fact {n}: {{{{v{}}}}}.\", next: {next} }}", n - 1),
        }
        .unwrap();
    }
    text.push_str("  end: { type: end }\n");
    let best = (0..3).map(|_| {
        let from = cpu_ns();
        assert_eq!(parse(&text).unwrap().steps.len(), 5001);
        cpu_ns() - from
    });
    println!("5,001 steps, {} kB: {:.1} ms of processor time", text.len() / 1000, best.min().unwrap() as f64 / 1e6);
}
