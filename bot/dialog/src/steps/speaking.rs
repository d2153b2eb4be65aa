//! Steps that speak or record something and go on or end: say, set, handover, voicemail, callback, end.

use super::Flow;
use crate::api::{BargeIn, Effect};
use crate::compiled::{CompiledTemplate, barge_in};
use crate::dialog::Dialog;
use crate::speak;
use warmline_schema::{Callback, End, Handover, Say, Set, Voicemail};

pub(super) fn say<'a>(dialog: &mut Dialog, say: &'a Say, step: usize, out: &mut Vec<Effect>) -> Flow<'a> {
    dialog.say(&say.prompt, barge_in(say.barge_in), step, out);
    Flow::Next(&say.next)
}

pub(super) fn set<'a>(
    dialog: &mut Dialog,
    template: &CompiledTemplate,
    set: &'a Set,
    out: &mut Vec<Effect>,
) -> Flow<'a> {
    // One after the other, so that a later value may use an earlier one.
    for (slot, text) in &set.slots {
        let value = dialog.values(template).raw(text);
        dialog.fill(vec![(slot.name.clone(), value)], out);
    }
    if let Some(language) = &set.language {
        dialog.speak_in(&language.name);
    }
    Flow::Next(&set.next)
}

/// The line said while an agent is looked for cannot be interrupted: nobody would listen.
pub(super) fn handover<'a>(dialog: &mut Dialog, step: &Handover, at: usize, out: &mut Vec<Effect>) -> Flow<'a> {
    dialog.tag(&step.tags, out);
    match &step.prompt {
        Some(wording) => dialog.say(wording, BargeIn::Never, at, out),
        None => dialog.say_line(dialog.lines().connecting.to_owned(), BargeIn::Never, &dialog.step_name(at), out),
    }
    let reason = step.reason.clone().unwrap_or_else(|| dialog.step_name(at));
    dialog.hand_over(Some(at), reason, step.skill.clone(), out);
    Flow::Wait
}

pub(super) fn voicemail<'a>(dialog: &mut Dialog, step: &Voicemail, at: usize, out: &mut Vec<Effect>) -> Flow<'a> {
    dialog.tag(&step.tags, out);
    dialog.say(&step.message, BargeIn::Never, at, out);
    dialog.hang_up(out);
    Flow::Wait
}

pub(super) fn callback<'a>(
    dialog: &mut Dialog,
    template: &CompiledTemplate,
    step: &'a Callback,
    at: usize,
    out: &mut Vec<Effect>,
) -> Flow<'a> {
    if let Some(wording) = &step.prompt {
        dialog.say(wording, BargeIn::Allowed, at, out);
    }
    let due = step.due.as_ref().and_then(|text| due(&dialog.values(template).raw(text)));
    let reason = step.reason.clone().unwrap_or_else(|| dialog.step_name(at));
    out.push(Effect::Callback { due, reason });
    Flow::Next(&step.next)
}

pub(super) fn end<'a>(dialog: &mut Dialog, step: &End, at: usize, out: &mut Vec<Effect>) -> Flow<'a> {
    dialog.tag(&step.tags, out);
    if let Some(wording) = &step.prompt {
        dialog.say(wording, BargeIn::Never, at, out);
    }
    dialog.hang_up(out);
    Flow::Wait
}

/// `YYYY-MM-DDTHH:MM` from "2026-11-24 14:30"; a date without a time is due at nine in the morning.
fn due(text: &str) -> Option<String> {
    let mut words = text.split_whitespace();
    let date = words.next().and_then(speak::read_date)?;
    let time = match words.next() {
        Some(word) => speak::read_time(word)?,
        None => chrono::NaiveTime::from_hms_opt(9, 0, 0)?,
    };
    Some(date.and_time(time).format("%Y-%m-%dT%H:%M").to_string())
}
