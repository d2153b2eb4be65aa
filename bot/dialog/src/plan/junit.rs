//! Results as JUnit XML, in the form that Jenkins, GitLab and the usual GitHub actions read.

use super::{Told, Verdict};
use std::fmt::Write;

/// The results of one file.
#[derive(Clone, Debug)]
pub struct Suite {
    /// Name of the template.
    pub name: String,
    /// Path of the file of conversations, as it is to be shown.
    pub file: String,
    /// Seconds it took.
    pub seconds: f64,
    /// Or why the file, or its template, cannot be used.
    pub result: Result<Vec<Verdict>, String>,
}

/// One document of all suites.
pub fn junit(suites: &[Suite]) -> String {
    let all = suites.iter().map(Counts::of).fold(Counts::default(), Counts::plus);
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let _ = writeln!(out, "<testsuites name=\"warmline template test\" {}>", all.attributes());
    for suite in suites {
        let counts = Counts::of(suite).attributes();
        let _ = writeln!(out, "  <testsuite name=\"{}\" file=\"{}\" {counts}>", text(&suite.name), text(&suite.file));
        match &suite.result {
            Ok(verdicts) => {
                let each = suite.seconds / verdicts.len().max(1) as f64;
                verdicts.iter().for_each(|verdict| case(&mut out, suite, verdict, each));
            }
            Err(why) => {
                let name = "the files can be used";
                let _ = writeln!(out, "    <testcase classname=\"{}\" name=\"{name}\">", text(&suite.name));
                let first = why.lines().next().unwrap_or_default();
                let _ = writeln!(out, "      <error message=\"{}\">{}</error>", text(first), text(why));
                out.push_str("    </testcase>\n");
            }
        }
        out.push_str("  </testsuite>\n");
    }
    out.push_str("</testsuites>\n");
    out
}

fn case(out: &mut String, suite: &Suite, verdict: &Verdict, seconds: f64) {
    let (class, name, file) = (text(&suite.name), text(&verdict.name), text(&suite.file));
    let line = verdict.at.line;
    let _ = write!(
        out,
        "    <testcase classname=\"{class}\" name=\"{name}\" file=\"{file}\" line=\"{line}\" time=\"{seconds:.6}\""
    );
    let Some(failure) = verdict.failure() else {
        out.push_str("/>\n");
        return;
    };
    let missed = verdict.told.iter().filter(|told| matches!(told, Told::Missed(_))).count();
    let body = text(&failure.transcript.join("\n"));
    let _ = writeln!(
        out,
        ">\n      <failure type=\"{missed} not as written\" message=\"{}\">{body}</failure>",
        text(&failure.why)
    );
    out.push_str("    </testcase>\n");
}

#[derive(Default)]
struct Counts {
    tests: usize,
    failures: usize,
    errors: usize,
    seconds: f64,
}

impl Counts {
    fn of(suite: &Suite) -> Self {
        let seconds = suite.seconds;
        match &suite.result {
            Ok(verdicts) => {
                let failures = verdicts.iter().filter(|verdict| !verdict.passed()).count();
                Self { tests: verdicts.len(), failures, errors: 0, seconds }
            }
            Err(_) => Self { tests: 1, failures: 0, errors: 1, seconds },
        }
    }

    fn plus(self, other: Self) -> Self {
        Self {
            tests: self.tests + other.tests,
            failures: self.failures + other.failures,
            errors: self.errors + other.errors,
            seconds: self.seconds + other.seconds,
        }
    }

    fn attributes(&self) -> String {
        let Self { tests, failures, errors, seconds } = self;
        format!("tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\" skipped=\"0\" time=\"{seconds:.3}\"")
    }
}

/// Text that is safe in an element and in an attribute. What XML 1.0 §2.2 does not allow is left out.
fn text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' => out.push(c),
            c if c < ' ' || matches!(c, '\u{fffe}' | '\u{ffff}') => {}
            c => out.push(c),
        }
    }
    out
}
