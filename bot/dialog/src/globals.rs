//! What the engine does when something is understood that can be said anywhere.

use crate::api::{BargeIn, Effect};
use crate::dialog::{Dialog, Listening};
use crate::nlu::Meaning;
use crate::slots::Answer;
use chrono::{Days, NaiveDateTime, NaiveTime};
use std::sync::Arc;
use warmline_schema::{GlobalIntent, Named, SlotType};

/// Those that decide a call; of several the first one here does, and none is lost: an opt-out counts whatever follows.
const DECISIVE: [GlobalIntent; 4] =
    [GlobalIntent::Human, GlobalIntent::DoNotCall, GlobalIntent::WrongNumber, GlobalIntent::BusyNow];

/// Act on all that was said of this kind, in the order in which it was said. True: the conversation has gone elsewhere
/// or is over. False: questions were answered, and the answer or the open question is next.
pub(crate) fn act(
    dialog: &mut Dialog,
    at: &Listening,
    meanings: &[Meaning],
    now: NaiveDateTime,
    out: &mut Vec<Effect>,
) -> bool {
    let said = |intent: GlobalIntent| meanings.contains(&Meaning::Global(intent));
    // The opt-out acts before a word is said.
    if said(GlobalIntent::DoNotCall) {
        out.push(Effect::OptOut);
        dialog.tag(&[tag(GlobalIntent::DoNotCall)], out);
    }
    let decisive = DECISIVE.into_iter().find(|intent| said(*intent));
    if said(GlobalIntent::WrongNumber) && decisive != Some(GlobalIntent::WrongNumber) {
        dialog.tag(&[tag(GlobalIntent::WrongNumber)], out);
    }
    for meaning in meanings {
        if reply(dialog, at, *meaning, now, out) {
            return true;
        }
    }
    let Some(intent) = decisive else { return false };
    decide(dialog, at, intent, now, out);
    true
}

/// Answer a question, or change how we speak. True: its answer goes elsewhere.
fn reply(dialog: &mut Dialog, at: &Listening, meaning: Meaning, now: NaiveDateTime, out: &mut Vec<Effect>) -> bool {
    let template = Arc::clone(&dialog.template);
    let goto = match meaning {
        Meaning::Knowledge(place) => template.template().knowledge.get(place).and_then(|entry| {
            dialog.say(&entry.answer, BargeIn::Allowed, at.point.step, out);
            entry.goto.clone()
        }),
        Meaning::Language(place) => {
            if let Some(language) = template.template().languages.get(place) {
                dialog.speak_in(&language.tag.name);
                dialog.say_line(dialog.lines().language.to_owned(), BargeIn::Allowed, "language", out);
            }
            None
        }
        Meaning::Global(intent) if !DECISIVE.contains(&intent) => {
            let rule = template.template().globals.rule(intent);
            let (say, goto) = rule.map_or((None, None), |rule| (rule.say.as_ref(), rule.goto.as_ref()));
            let asks = intent == GlobalIntent::WhoIsThis;
            if intent == GlobalIntent::Slower {
                dialog.slow_down();
            }
            match say.filter(|_| asks || goto.is_some()) {
                Some(wording) => dialog.say(wording, BargeIn::Allowed, at.point.step, out),
                None if asks && goto.is_none() => {
                    let line = dialog.values(&template).who_is_this();
                    dialog.say_line(line, BargeIn::Allowed, intent.name(), out);
                }
                None => {}
            }
            goto.cloned()
        }
        Meaning::Global(_) | Meaning::Answer(_) => None,
    };
    let Some(goto) = goto else { return false };
    dialog.go(&goto, now, out);
    true
}

/// Do what a decisive intent asks for.
fn decide(dialog: &mut Dialog, at: &Listening, intent: GlobalIntent, now: NaiveDateTime, out: &mut Vec<Effect>) {
    let template = Arc::clone(&dialog.template);
    let rule = template.template().globals.rule(intent);
    let (say, goto) = rule.map_or((None, None), |rule| (rule.say.as_ref(), rule.goto.as_ref()));
    let (step, lines) = (at.point.step, dialog.lines());
    if intent != GlobalIntent::BusyNow || dialog.intent().is_none() {
        dialog.wants(intent);
    }
    if let Some(goto) = goto {
        if let Some(wording) = say {
            dialog.say(wording, BargeIn::Allowed, step, out);
        }
        return dialog.go(goto, now, out);
    }
    if matches!(intent, GlobalIntent::BusyNow | GlobalIntent::WrongNumber) {
        dialog.tag(&[tag(intent)], out);
    }
    let line = match intent {
        GlobalIntent::Human => lines.connecting,
        GlobalIntent::DoNotCall => lines.opted_out,
        GlobalIntent::WrongNumber => lines.wrong_number,
        _ => lines.call_later,
    };
    match say {
        Some(wording) => dialog.say(wording, BargeIn::Never, step, out),
        None => dialog.say_line(line.to_owned(), BargeIn::Never, intent.name(), out),
    }
    match intent {
        GlobalIntent::Human => return dialog.hand_over(None, "asked for a human".to_owned(), None, out),
        GlobalIntent::BusyNow => {
            let due = due(&dialog.heard, now);
            out.push(Effect::Callback { due, reason: "was busy when we called".to_owned() });
        }
        _ => {}
    }
    dialog.hang_up(out);
}

/// When somebody wants to be called who says "call me tomorrow at five"; a day without a time is due at nine.
fn due(heard: &str, now: NaiveDateTime) -> Option<String> {
    let answer = Answer::new(heard);
    let day = answer.find(SlotType::Date, now);
    let rest = day.as_ref().map_or_else(|| Answer::new(heard), |day| answer.without(day));
    let time = rest.find(SlotType::Time, now).and_then(|time| NaiveTime::parse_from_str(&time.value, "%H:%M").ok());
    let date = day.and_then(|day| day.value.parse::<chrono::NaiveDate>().ok());
    let at = match (date, time) {
        (None, None) => return None,
        (Some(date), time) => date.and_time(time.or(NaiveTime::from_hms_opt(9, 0, 0))?),
        // The next time that the clock shows it.
        (None, Some(time)) if time > now.time() => now.date().and_time(time),
        (None, Some(time)) => now.date().checked_add_days(Days::new(1))?.and_time(time),
    };
    Some(at.format("%Y-%m-%dT%H:%M").to_string())
}

fn tag(intent: GlobalIntent) -> Named {
    Named { name: intent.name().to_owned(), ..Named::default() }
}
