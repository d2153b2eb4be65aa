//! What the engine does when a global intent is understood.

use crate::api::{BargeIn, Effect};
use crate::dialog::{Dialog, Listening};
use crate::nlu::Meaning;
use chrono::NaiveDateTime;
use std::sync::Arc;
use warmline_schema::{GlobalIntent, Named};

/// Act on something that is understood everywhere.
pub(crate) fn act(dialog: &mut Dialog, at: &Listening, meaning: Meaning, now: NaiveDateTime, out: &mut Vec<Effect>) {
    match meaning {
        Meaning::Global(intent) => global(dialog, at, intent, now, out),
        Meaning::Knowledge(place) => knowledge(dialog, at, place, now, out),
        Meaning::Language(place) => {
            let template = Arc::clone(&dialog.template);
            if let Some(language) = template.template().languages.get(place) {
                dialog.speak_in(&language.tag.name);
                dialog.say_line(dialog.lines().language.to_owned(), BargeIn::Allowed, "language", out);
            }
            dialog.question(at, out);
        }
        Meaning::Answer(_) => {}
    }
}

/// Answer, then go back to the question that was open.
fn knowledge(dialog: &mut Dialog, at: &Listening, place: usize, now: NaiveDateTime, out: &mut Vec<Effect>) {
    let template = Arc::clone(&dialog.template);
    let Some(entry) = template.template().knowledge.get(place) else { return };
    dialog.say(&entry.answer, BargeIn::Allowed, at.point.step, out);
    match &entry.goto {
        Some(goto) => dialog.go(goto, now, out),
        None => dialog.question(at, out),
    }
}

fn global(dialog: &mut Dialog, at: &Listening, intent: GlobalIntent, now: NaiveDateTime, out: &mut Vec<Effect>) {
    let template = Arc::clone(&dialog.template);
    let rule = template.template().globals.rule(intent);
    let (say, goto) = rule.map_or((None, None), |rule| (rule.say.as_ref(), rule.goto.as_ref()));
    let (step, lines) = (at.point.step, dialog.lines());
    if intent == GlobalIntent::Slower {
        dialog.slow_down();
    }
    // The opt-out acts before a word is said.
    if intent == GlobalIntent::DoNotCall {
        out.push(Effect::OptOut);
        dialog.tag(&[tag(intent)], out);
    }
    let own_line = |dialog: &mut Dialog, line: String, barge_in: BargeIn, out: &mut Vec<Effect>| match say {
        Some(wording) => dialog.say(wording, barge_in, step, out),
        None => dialog.say_line(line, barge_in, intent.name(), out),
    };
    if let Some(goto) = goto {
        if let Some(wording) = say {
            dialog.say(wording, BargeIn::Allowed, step, out);
        }
        return dialog.go(goto, now, out);
    }
    match intent {
        GlobalIntent::DoNotCall => {
            own_line(dialog, lines.opted_out.to_owned(), BargeIn::Never, out);
            dialog.hang_up(out);
        }
        GlobalIntent::Human => {
            own_line(dialog, lines.connecting.to_owned(), BargeIn::Never, out);
            dialog.hand_over(None, "asked for a human".to_owned(), None, out);
        }
        GlobalIntent::Repeat | GlobalIntent::Slower => dialog.question(at, out),
        GlobalIntent::BusyNow => {
            dialog.tag(&[tag(intent)], out);
            own_line(dialog, lines.call_later.to_owned(), BargeIn::Never, out);
            out.push(Effect::Callback { due: None, reason: "was busy when we called".to_owned() });
            dialog.hang_up(out);
        }
        GlobalIntent::WhoIsThis => {
            let line = dialog.values(&template).who_is_this();
            own_line(dialog, line, BargeIn::Allowed, out);
            dialog.question(at, out);
        }
        GlobalIntent::WrongNumber => {
            dialog.tag(&[tag(intent)], out);
            own_line(dialog, lines.wrong_number.to_owned(), BargeIn::Never, out);
            dialog.hang_up(out);
        }
    }
}

fn tag(intent: GlobalIntent) -> Named {
    Named { name: intent.name().to_owned(), ..Named::default() }
}
