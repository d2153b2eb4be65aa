//! A trainer's way with a live template on the command line: publish through the tests, try out, go back, and bring
//! utterances in and out.
#![allow(clippy::unwrap_used)]

use std::path::Path;
use warmline_e2e::config::Site;

const TESTS: &str = "template: small\nnow: \"2026-11-20T10:00:00\"\ndialogs:\n  - name: comes\n    talk:\n      \
                     - user: that works\n    expect: { end: completed, intent: confirm }\n";

fn template(question: &str) -> String {
    format!(
        "# Ours.\ntemplate: small\nvoice: flite:slt\nentry: {{ person: ask }}\nintents:\n  confirm:\n    phrases:\n      \
         - that works   # short\n  deny: [no I will not]\nsteps:\n  ask: {{ type: ask, prompt: \"{question}\", \
         answers: {{ confirm: done, deny: done }} }}\n  done: {{ type: end, prompt: Goodbye. }}\n"
    )
}

/// A site whose templates lie in its own folder.
fn site() -> Site {
    let mut site = Site::new("127.0.0.1:9".parse().unwrap());
    let folder = site.dir().join("templates");
    std::fs::create_dir(&folder).unwrap();
    site.set("server.templates_dir", folder.to_string_lossy().as_ref());
    site
}

fn write(site: &Site, name: &str, text: &str) {
    std::fs::write(site.dir().join("templates").join(name), text).unwrap();
}

/// Whether it went well, and all that was said.
fn says(site: &Site, args: &[&str]) -> (bool, String) {
    let args: Vec<&str> = std::iter::once("template").chain(args.iter().copied()).collect();
    let output = site.warmline(&args).output().unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    (output.status.success(), said)
}

fn must(site: &Site, args: &[&str], words: &[&str]) {
    let (well, said) = says(site, args);
    assert!(well, "{args:?}: {said}");
    words.iter().for_each(|word| assert!(said.contains(word), "{args:?}: no {word:?} in\n{said}"));
}

fn must_not(site: &Site, args: &[&str], words: &[&str]) {
    let (well, said) = says(site, args);
    assert!(!well, "{args:?}: {said}");
    words.iter().for_each(|word| assert!(said.contains(word), "{args:?}: no {word:?} in\n{said}"));
}

#[test]
fn a_template_is_published_through_its_tests_tried_out_and_taken_back() {
    let site = site();
    write(&site, "small.yaml", &template("Will you come?"));
    must(&site, &["versions", "small"], &["never published"]);
    must_not(&site, &["publish", "small"], &["small.test.yaml is missing", "Write at least one"]);
    must_not(&site, &["publish", "small", "--without-tests"], &["--without-tests"]);
    write(&site, "small.test.yaml", &TESTS.replace("intent: confirm", "intent: deny"));
    must_not(&site, &["publish", "small"], &["1 of 1 conversations", "`comes`", "Mend the template"]);
    write(&site, "small.test.yaml", TESTS);
    must_not(&site, &["publish", "small", "--canary", "10"], &["no live version"]);
    must_not(&site, &["publish", "absent"], &["there is no template `absent`", "it has small"]);
    must(
        &site,
        &["publish", "small", "--note", "the first"],
        &["1 of 1 conversations as written", "version 1 is live"],
    );
    must_not(&site, &["publish", "small"], &["nothing has changed"]);

    write(&site, "small.yaml", &template("Will you come on Monday?"));
    must_not(&site, &["publish", "small", "--canary", "60"], &["1 to 50 percent"]);
    must(&site, &["compare", "small"], &["version 1 against draft", "no stored conversation"]);
    must(&site, &["publish", "small", "--canary", "10"], &["against version 1", "version 2 is on trial", "10 %"]);
    must(&site, &["versions", "small"], &["canary, 10 %", "the first", "differs from the live version"]);
    must(&site, &["canary", "small", "--share", "25"], &["version 2 gets 25 %"]);
    must_not(&site, &["canary", "small"], &["--promote"]);
    must(&site, &["canary", "small", "--promote"], &["version 2 is live"]);
    must(&site, &["rollback", "small"], &["version 1 is live; no new call gets version 2"]);
    must(&site, &["export", "small", "--as", "bundle", "--version", "2"], &["Will you come on Monday?"]);
    must_not(&site, &["rollback", "small", "--to", "7"], &["no version 7"]);
    must_not(&site, &["publish", "elsewhere/small.yaml"], &["only templates in the templates folder"]);
}

#[test]
fn utterances_come_from_other_tools_and_go_to_them() {
    let site = site();
    write(&site, "small.yaml", &template("Will you come?"));
    let file = |name: &str, text: &str| site.file(name, text).to_string_lossy().into_owned();
    let into = site.dir().join("templates/small.yaml").to_string_lossy().into_owned();
    let new = site.dir().join("templates/new.yaml").to_string_lossy().into_owned();
    let nlu = file("nlu.yml", "nlu:\n- intent: confirm\n  examples: |\n    - sure thing\n    - to [Jakarta](city)\n");
    must(&site, &["import", "rasa", &nlu, "--into", &into], &["2 utterances of 1 intent and"]);
    let text = std::fs::read_to_string(&into).unwrap();
    for kept in ["# Ours.", "- that works   # short", "- sure thing", "Jakarta"] {
        assert!(text.contains(kept), "{kept}: {text}");
    }
    must(&site, &["export", "small", "--as", "csv"], &["confirm,sure thing", "deny,no I will not"]);
    let csv = file("more.csv", "intent,utterance\nhello,good day\nhello\n");
    must_not(
        &site,
        &["import", "csv", &csv, "--into", &new],
        &["more.csv:line 3, column 1: error: 1 fields instead of 2"],
    );
    assert!(!Path::new(&new).exists());
    let csv = file("more.csv", "intent,utterance\nhello,good day\n");
    must(&site, &["import", "csv", &csv, "--into", &new], &["a new template"]);
    must(&site, &["check", &new], &["no errors"]);
    must(&site, &["export", "new", "--as", "rasa"], &["- intent: hello", "    - good day"]);
}
