//! What an answer was taken for, and what is done about it.

use super::{Dialog, Listening, Misses, NEXT_KEY_MS};
use crate::api::{Effect, Understanding};
use crate::context::{Part, Point};
use crate::globals;
use crate::nlu::{Match, Meaning, Miss};
use crate::steps::{Heard, Turn};
use chrono::NaiveDateTime;
use warmline_schema::{GlobalIntent, StepKind};

impl Dialog {
    pub(super) fn act_on(&mut self, at: &Listening, turn: Turn, now: NaiveDateTime, out: &mut Vec<Effect>) {
        let Turn { heard, asides, others } = turn;
        let also: Vec<String> = asides.iter().map(|aside| aside.name.clone()).chain(others).collect();
        let meanings: Vec<Meaning> = asides.iter().map(|aside| aside.meaning).collect();
        match heard {
            Heard::Answer { found, slots, goto } => {
                self.understood(&found, also, out);
                self.fill(slots, out);
                let asked = matches!(self.template.template().steps[at.point.step].kind, StepKind::Ask(_));
                if !globals::act(self, at, &meanings, now, out) {
                    self.carried = Some(self.heard.clone()).filter(|heard| asked && !heard.is_empty());
                    self.go(&goto, now, out);
                    self.carried = None;
                }
            }
            Heard::Anywhere(found) => {
                self.understood(&found, also, out);
                let all: Vec<Meaning> = std::iter::once(found.meaning).chain(meanings).collect();
                if !globals::act(self, at, &all, now, out) {
                    self.question(at, out);
                }
            }
            Heard::Form { found, filled, cleared } => {
                self.understood(&found, also, out);
                self.fill(filled, out);
                self.fill(cleared.into_iter().map(|slot| (slot, String::new())).collect(), out);
                if !globals::act(self, at, &meanings, now, out) {
                    self.go_on_with_form(at.point.step, now, out);
                }
            }
            Heard::ToChange(found) => {
                out.push(Effect::Understood(understanding(&found, also)));
                if !globals::act(self, at, &meanings, now, out) {
                    self.what_to_change(at, now, out);
                }
            }
            Heard::ReadBack { found, pending, confirm } => {
                out.push(Effect::Understood(understanding(&found, also)));
                if !globals::act(self, at, &meanings, now, out) {
                    self.read_back(at, pending, &confirm, out);
                }
            }
            Heard::Denied(found) => {
                out.push(Effect::Understood(understanding(&found, also)));
                for (slot, _) in &at.pending {
                    self.slots.remove(slot);
                }
                if !globals::act(self, at, &meanings, now, out) {
                    let open = Listening { point: Point { part: Part::Answer, ..at.point }, ..at.clone() };
                    self.missed(&open, self.lines().ask_again, now, out);
                }
            }
            Heard::MoreKeys(keyed) => {
                let more = Listening { keyed, ..at.clone() };
                self.listen_for(more, NEXT_KEY_MS, out);
            }
            Heard::Missed(why) => self.not_understood(at, Miss { why, ..Miss::default() }, now, out),
            Heard::Unsure(miss) => self.not_understood(at, miss, now, out),
        }
    }

    fn not_understood(&mut self, at: &Listening, miss: Miss, now: NaiveDateTime, out: &mut Vec<Effect>) {
        let Miss { why, alternatives } = miss;
        out.push(Effect::Understood(Understanding { why, alternatives, ..Understanding::default() }));
        let nth = self.misses.no_match as usize;
        let lines = self.lines().not_understood;
        self.missed(at, lines[nth % lines.len()], now, out);
    }

    /// A global intent that decides the call is what the person wanted.
    pub(crate) fn wants(&mut self, intent: GlobalIntent) {
        self.intent = Some(intent.name().to_owned());
    }

    fn understood(&mut self, found: &Match, also: Vec<String>, out: &mut Vec<Effect>) {
        self.misses = Misses::default();
        self.by_limit = false;
        let wish = match found.meaning {
            Meaning::Answer(_) => self.template.template().intents.iter().any(|i| i.name.name == found.name),
            Meaning::Global(intent) => {
                use GlobalIntent as G;
                matches!(intent, G::Human | G::DoNotCall | G::WrongNumber | G::BusyNow)
            }
            Meaning::Knowledge(_) | Meaning::Language(_) => false,
        };
        if wish {
            self.intent = Some(found.name.clone());
        }
        out.push(Effect::Understood(understanding(found, also)));
        let captures = found.captures.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
        self.fill(captures, out);
    }

    pub(crate) fn fill(&mut self, slots: Vec<(String, String)>, out: &mut Vec<Effect>) {
        for (name, value) in slots {
            self.slots.insert(name.clone(), value.clone());
            out.push(Effect::SetSlot { name, value });
        }
    }
}

fn understanding(found: &Match, also: Vec<String>) -> Understanding {
    Understanding {
        intent: Some(found.name.clone()),
        global: !matches!(found.meaning, Meaning::Answer(_)),
        score: found.score,
        why: found.why.clone(),
        also,
        alternatives: found.alternatives.clone(),
        sentiment: 0.0,
    }
}
