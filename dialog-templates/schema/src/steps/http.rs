//! `http`: ask another system while a filler line is said, and keep parts of its answer in slots.

use super::Outline;
use crate::fields::{Fields, Named, checked_name, scalar};
use crate::node::Kind;
use crate::problem::At;
use crate::text::{Part, Text, Wording};

/// Longest wait for an answer, in milliseconds.
const LONGEST_MS: u32 = 15_000;
/// Of a step that says nothing else.
const USUAL_MS: u32 = 4_000;

#[derive(Clone, Debug, PartialEq)]
pub struct Http {
    pub method: HttpMethod,
    /// Variables in it are percent-encoded.
    pub url: Text,
    pub headers: Vec<(String, Text)>,
    /// The members of a JSON object, all of them strings.
    pub body: Vec<(String, Text)>,
    pub timeout_ms: u32,
    /// Slot and JSON pointer (RFC 6901) into the answer. A part that is not there leaves its slot empty.
    pub results: Vec<(Named, String)>,
    /// Said while the other system is asked.
    pub filler: Option<Wording>,
    /// After a status of 200 to 299.
    pub ok: Named,
    /// After any other status, none in time, or an answer that is not JSON where `results` are wanted.
    pub failed: Named,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum HttpMethod {
    #[default]
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

impl HttpMethod {
    const ALL: [(&str, Self); 5] = [
        ("GET", Self::Get),
        ("POST", Self::Post),
        ("PUT", Self::Put),
        ("PATCH", Self::Patch),
        ("DELETE", Self::Delete),
    ];

    /// As it goes over the wire.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, method)| *method == self).map_or("GET", |(name, _)| name)
    }
}

impl Http {
    pub(crate) fn read(fields: &mut Fields<'_, '_>) -> Option<Self> {
        let method = fields.choice("method", &HttpMethod::ALL).unwrap_or_default();
        fields.required("url");
        let url = fields.one_text("url");
        if let Some(url) = &url {
            check_url(url, fields);
        }
        let headers = pairs("headers", fields);
        let body = pairs("body", fields);
        let body_at = fields.optional("body").map(|node| node.at);
        if let (HttpMethod::Get, Some(at)) = (method, body_at) {
            fields.problems.error_with(at, "a GET has no `body`", Some("write `method: POST`".to_owned()));
        }
        let timeout_ms = fields.count("timeout_ms", 100, LONGEST_MS).unwrap_or(USUAL_MS);
        let results = results(fields);
        let filler = fields.wording("filler");
        let ok = fields.required_name("ok");
        let failed = fields.required_name("failed");
        Some(Self { method, url: url?, headers, body, timeout_ms, results, filler, ok: ok?, failed: failed? })
    }

    pub(crate) fn outline(&self) -> Outline<'_> {
        let values = self.headers.iter().chain(&self.body).map(|(_, text)| text);
        Outline {
            targets: vec![&self.ok, &self.failed],
            texts: std::iter::once(&self.url)
                .chain(values)
                .chain(self.filler.iter().flat_map(Wording::texts))
                .collect(),
            fills: self.results.iter().map(|(slot, _)| slot.clone()).collect(),
            ..Outline::default()
        }
    }

    /// The host is part of the template, never of a contact's data.
    pub fn host(&self) -> Option<&str> {
        host(&self.url)
    }
}

fn host(url: &Text) -> Option<&str> {
    let Some(Part::Literal(start)) = url.parts.first() else { return None };
    let rest = start.strip_prefix("https://").or_else(|| start.strip_prefix("http://"))?;
    let end = rest.find(['/', '?', '#']);
    // A host that a variable goes on from is not fixed.
    let whole = end.is_some() || url.parts.len() == 1;
    let host = &rest[..end.unwrap_or(rest.len())];
    (whole && !host.is_empty() && !host.contains('@')).then_some(host)
}

fn check_url(url: &Text, fields: &mut Fields<'_, '_>) {
    if host(url).is_none() {
        let message = "`url` should begin with `https://` and a host that is written out";
        let hint = Some("variables may follow the host, as in `https://example.com/orders/{{order}}`".to_owned());
        fields.problems.error_with(url.at, message, hint);
    }
}

fn pairs(name: &'static str, fields: &mut Fields<'_, '_>) -> Vec<(String, Text)> {
    let mut found = Vec::new();
    for (key, node) in fields.entries(name) {
        if name == "headers" && !key.text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_') {
            fields.problems.error(key.at, format!("`{}` is not the name of a header", key.text));
        }
        let value = match &node.kind {
            Kind::Scalar(text) if text.is_empty() => Some((String::new(), node.at)),
            _ => scalar(node, &key.text, fields.problems),
        };
        found.extend(value.map(|(text, at)| (key.text.clone(), Text::parse(&text, at, fields.problems))));
    }
    found
}

fn results(fields: &mut Fields<'_, '_>) -> Vec<(Named, String)> {
    let mut found = Vec::new();
    for (key, node) in fields.entries("results") {
        let slot = checked_name(&key.text, key.at, "slot", fields.problems);
        let Some((pointer, at)) = scalar(node, &key.text, fields.problems) else { continue };
        if !is_pointer(&pointer) {
            pointer_error(&pointer, at, fields);
        }
        found.extend(slot.map(|slot| (slot, pointer)));
    }
    found
}

/// RFC 6901 §3.
fn is_pointer(text: &str) -> bool {
    let escaped = text.split('~').skip(1).all(|after| after.starts_with(['0', '1']));
    text.starts_with('/') && escaped
}

fn pointer_error(pointer: &str, at: At, fields: &mut Fields<'_, '_>) {
    let hint = Some("write a path such as `/order/status` or `/items/0/name`".to_owned());
    fields.problems.error_with(at, format!("`{pointer}` is not a JSON pointer"), hint);
}
