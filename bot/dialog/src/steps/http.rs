//! `http`: the request with its values in place, and the answer's way into slots.

use super::Flow;
use crate::api::{BargeIn, Effect, HttpRequest};
use crate::compiled::CompiledTemplate;
use crate::dialog::Dialog;
use crate::render::Values;
use serde_json::Value;
use std::collections::BTreeMap;
use warmline_schema::{Http, Part, Text};

/// Most characters kept of one part of an answer.
const LONGEST_VALUE: usize = 500;

/// Say the filler and ask the other system.
pub(super) fn enter<'a>(
    dialog: &mut Dialog,
    template: &CompiledTemplate,
    http: &Http,
    step: usize,
    out: &mut Vec<Effect>,
) -> Flow<'a> {
    if let Some(filler) = &http.filler {
        dialog.say(filler, BargeIn::Never, step, out);
    }
    let values = dialog.values(template);
    let (url, headers) = (url(&values, &http.url), pairs(&values, &http.headers));
    let body: BTreeMap<String, String> = pairs(&values, &http.body).into_iter().collect();
    let request = HttpRequest {
        id: 0,
        method: http.method.name().to_owned(),
        url,
        headers,
        body: (!body.is_empty()).then(|| serde_json::json!(body).to_string()),
        timeout_ms: http.timeout_ms,
    };
    dialog.request(step, request, out);
    Flow::Wait
}

fn pairs(values: &Values<'_>, written: &[(String, Text)]) -> Vec<(String, String)> {
    written.iter().map(|(name, text)| (name.clone(), values.raw(text))).collect()
}

/// What is written stays, values are percent-encoded (RFC 3986 §2.1), so that none can change the path or the host.
fn url(values: &Values<'_>, text: &Text) -> String {
    let mut out = String::new();
    for part in &text.parts {
        match part {
            Part::Literal(literal) => out.push_str(literal),
            Part::Variable { name, default } => {
                let value = values.value(name).or_else(|| default.clone()).unwrap_or_default();
                for byte in value.bytes() {
                    match byte {
                        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(byte as char),
                        _ => out.push_str(&format!("%{byte:02X}")),
                    }
                }
            }
            _ => {}
        }
    }
    out
}

/// The slots an answer fills; none where it is not JSON.
pub(crate) fn results(http: &Http, answer: &str) -> Option<Vec<(String, String)>> {
    if http.results.is_empty() {
        return Some(Vec::new());
    }
    let answer: Value = serde_json::from_str(answer).ok()?;
    let text = |value: &Value| match value {
        Value::String(text) => text.chars().take(LONGEST_VALUE).collect(),
        Value::Bool(yes) => if *yes { "yes" } else { "no" }.to_owned(),
        Value::Number(number) => number.to_string(),
        // A whole object is of no use in a sentence.
        Value::Null | Value::Array(_) | Value::Object(_) => String::new(),
    };
    let slot = |(slot, pointer): &(warmline_schema::Named, String)| {
        (slot.name.clone(), answer.pointer(pointer).map(text).unwrap_or_default())
    };
    Some(http.results.iter().map(slot).collect())
}
