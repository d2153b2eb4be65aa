//! What the engine does when a global intent is understood.

use crate::api::{BargeIn, Effect};
use crate::dialog::{Dialog, Listening};
use crate::english;
use chrono::NaiveDateTime;
use std::sync::Arc;
use warmline_schema::{GlobalIntent, Named};

pub(crate) fn act(
    dialog: &mut Dialog,
    at: &Listening,
    intent: GlobalIntent,
    now: NaiveDateTime,
    out: &mut Vec<Effect>,
) {
    let template = Arc::clone(&dialog.template);
    let rule = template.template().globals.rule(intent);
    let (say, goto) = rule.map_or((None, None), |rule| (rule.say.as_ref(), rule.goto.as_ref()));
    let step = at.point.step;
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
            own_line(dialog, english::OPTED_OUT.to_owned(), BargeIn::Never, out);
            dialog.hang_up(out);
        }
        GlobalIntent::Human => {
            own_line(dialog, english::CONNECTING.to_owned(), BargeIn::Never, out);
            dialog.hand_over(None, "asked for a human".to_owned(), None, out);
        }
        GlobalIntent::Repeat => dialog.question(at, out),
        GlobalIntent::WhoIsThis => {
            let line = dialog.values(&template).who_is_this();
            own_line(dialog, line, BargeIn::Allowed, out);
            dialog.question(at, out);
        }
        GlobalIntent::WrongNumber => {
            dialog.tag(&[tag(intent)], out);
            own_line(dialog, english::WRONG_NUMBER.to_owned(), BargeIn::Never, out);
            dialog.hang_up(out);
        }
    }
}

fn tag(intent: GlobalIntent) -> Named {
    Named { name: intent.name().to_owned(), ..Named::default() }
}
