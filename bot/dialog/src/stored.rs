//! A stored call as a regression dialog: what the person did is played again, with stand-ins for personal data, and
//! written down beside what the call understood.

use crate::api::Effect;
use crate::compiled::CompiledTemplate;
use crate::dialog::Variables;
use crate::language::Language;
use crate::mask::Mask;
use crate::plan::recorded;
use crate::play::{Act, AnsweredBy, Embed, Exchange, Play, Scene, Spoken};
use chrono::NaiveDateTime;
use std::sync::Arc;
use warmline_schema::conversations::{Conversation, Expected, Line, LineKind};
use warmline_schema::{At, Named, StepKind};

/// A call as it is kept.
#[derive(Clone, Debug)]
pub struct StoredCall {
    pub contact: Variables,
    /// The person's local time when they answered.
    pub now: NaiveDateTime,
    pub answered_by: AnsweredBy,
    pub turns: Vec<StoredTurn>,
    pub intent: Option<String>,
    pub tags: Vec<String>,
    pub slots: Variables,
    /// An agent took the handover, or nobody did; nothing when none was asked for.
    pub agent: Option<bool>,
}

/// One exchange of it.
#[derive(Clone, Debug)]
pub struct StoredTurn {
    pub input: Input,
    pub interrupted: bool,
    /// What it was taken for; `None` inside: for nothing. Absent where nothing was judged.
    pub understood: Option<Option<String>>,
}

/// How the person answered.
#[derive(Clone, Debug)]
pub enum Input {
    /// What the recogniser made of it, best first; empty: nobody could read it.
    Speech(Vec<Spoken>),
    Key(char),
    Silence,
    /// The bot spoke and nobody answered.
    None,
}

/// The call as a conversation called `name`. The same seed gives the same stand-ins.
pub fn conversation(
    template: &Arc<CompiledTemplate>,
    call: &StoredCall,
    name: &str,
    seed: u64,
    embed: Embed<'_>,
) -> Conversation {
    let mask = Mask::new(template, &call.contact, &call.slots, seed);
    let (contact, now, answered_by) = (mask.contact(&call.contact), mask.now(call.now), call.answered_by);
    let scene = Scene { template, contact, seed: 1, now, answered_by };
    let mut player = Player::begin(&scene, call, &mask);
    for turn in &call.turns {
        player.turn(turn, call, &mut *embed);
    }
    let Player { acts, exchanges, understood, play, .. } = player;
    let slot = |slot: &str, value: &str| masked_slot(&mask, slot, value, call.now, play.language());
    let mut conversation = recorded(name, &scene, &acts, &exchanges);
    conversation.talk = with_understood(conversation.talk, &understood);
    // What the call came to counts, not what it comes to now.
    conversation.expect.intent = call.intent.as_deref().map(named);
    conversation.expect.tags = Some(call.tags.clone());
    conversation.expect.slots = call.slots.iter().map(|(name, value)| (named(name), slot(name, value))).collect();
    conversation
}

fn masked_slot(mask: &Mask, slot: &str, value: &str, now: NaiveDateTime, language: Language) -> String {
    // Free words are masked as words are, so that they come out of the masked answer again.
    if mask.is_plain(slot) { mask.heard(value, now, language) } else { mask.value(slot, value) }
}

struct Player<'a> {
    mask: &'a Mask,
    template: &'a Arc<CompiledTemplate>,
    play: Play,
    acts: Vec<Act>,
    exchanges: Vec<Exchange>,
    /// By the place of the act.
    understood: Vec<Option<Option<String>>>,
}

impl<'a> Player<'a> {
    fn begin(scene: &Scene<'a>, call: &StoredCall, mask: &'a Mask) -> Self {
        let (play, first) = Play::begin(scene);
        let (template, exchanges) = (scene.template, vec![first]);
        let mut player = Self { mask, template, play, acts: Vec::new(), exchanges, understood: Vec::new() };
        player.answer_others(call, &mut crate::play::no_meaning);
        player
    }

    fn turn(&mut self, turn: &StoredTurn, call: &StoredCall, embed: Embed<'_>) {
        let act = match &turn.input {
            Input::None => return,
            Input::Silence => Act::Silence,
            Input::Key(key) => Act::Key(self.key(*key, call)),
            Input::Speech(readings) if readings.is_empty() => Act::Unclear,
            Input::Speech(readings) => {
                let masked = |reading: &Spoken| Spoken {
                    text: self.mask.heard(&reading.text, call.now, self.play.language()),
                    confidence: reading.confidence,
                };
                let readings = readings.iter().map(masked).collect();
                if turn.interrupted { Act::Interrupt(readings) } else { Act::User(readings) }
            }
        };
        self.act(act, turn.understood.clone(), &mut *embed);
        self.answer_others(call, embed);
    }

    /// A key as a part of the value that is asked for; any other key stays what it is.
    fn key(&self, key: char, call: &StoredCall) -> char {
        let masked = |slot: &str| self.mask.key(slot, call.slots.get(slot).map(String::as_str), key);
        self.play.open_slot().map_or(key, masked)
    }

    fn act(&mut self, act: Act, understood: Option<Option<String>>, embed: Embed<'_>) {
        self.exchanges.push(self.play.act(&act, embed));
        self.acts.push(act);
        self.understood.push(understood);
    }

    /// Other systems and agents answer as they did in the call, as far as it is known.
    fn answer_others(&mut self, call: &StoredCall, embed: Embed<'_>) {
        // One after the other; a template that asks for ever is left alone.
        for _ in 0..10 {
            let last = self.exchanges.last();
            let asks = last.is_some_and(|last| last.effects.iter().any(|effect| matches!(effect, Effect::Http(_))));
            let hands_over =
                last.is_some_and(|last| last.effects.iter().any(|effect| matches!(effect, Effect::HandOver { .. })));
            let act = match call.agent {
                _ if asks => Act::Http(self.answer_of_the_other(call)),
                Some(answers) if hands_over => Act::Agent { answers },
                _ => return,
            };
            self.act(act, None, &mut *embed);
        }
    }

    /// An answer with what the call's slots say was in it.
    fn answer_of_the_other(&self, call: &StoredCall) -> Option<String> {
        let said = self.exchanges.iter().rev().flat_map(|exchange| exchange.effects.iter().rev());
        let id = said.filter_map(|effect| if let Effect::Http(request) = effect { Some(&request.url) } else { None });
        let url = id.clone().next()?;
        let steps = self.template.template().steps.iter().filter_map(|step| match &step.kind {
            StepKind::Http(http) => Some(http),
            _ => None,
        });
        let http = steps.into_iter().find(|http| http.host().is_some_and(|host| url.contains(host)))?;
        let mut answer = serde_json::Value::Object(serde_json::Map::new());
        let mut known = http.results.is_empty();
        for (slot, pointer) in &http.results {
            let Some(value) = call.slots.get(&slot.name).filter(|value| !value.is_empty()) else { continue };
            known = true;
            put(&mut answer, pointer, &self.mask.value(&slot.name, value));
        }
        known.then(|| answer.to_string())
    }
}

/// Puts `value` where the JSON pointer leads; members of objects only.
fn put(answer: &mut serde_json::Value, pointer: &str, value: &str) {
    let mut at = answer;
    for member in pointer.split('/').skip(1) {
        let member = member.replace("~1", "/").replace("~0", "~");
        if !at.is_object() {
            *at = serde_json::Value::Object(serde_json::Map::new());
        }
        let Some(members) = at.as_object_mut() else { return };
        at = members.entry(member).or_insert(serde_json::Value::Null);
    }
    *at = serde_json::Value::String(value.to_owned());
}

/// Behind each act what the call took it for.
fn with_understood(talk: Vec<Line>, understood: &[Option<Option<String>>]) -> Vec<Line> {
    let mut out = Vec::new();
    let mut acts = understood.iter();
    for line in talk {
        let act = matches!(line.kind, LineKind::Act(_));
        out.push(line);
        let Some(Some(understood)) = act.then(|| acts.next()).flatten() else { continue };
        let understood = Some(named(understood.as_deref().unwrap_or("nothing")));
        let expected = Expected { understood, ..Expected::default() };
        out.push(Line { at: At::default(), kind: LineKind::Expect(Box::new(expected)) });
    }
    out
}

fn named(name: &str) -> Named {
    Named { name: name.to_owned(), at: At::default() }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::plan::{Plan, new_file};
    use crate::play::no_meaning;

    const SOURCE: &str = r#"
template: pin
voice: flite:slt
identification: { company: Bank, callback_number: "+1 555 010 2030", statement: This is an automated call from Bank. }
entry: { person: pin }
intents: { one: [the first one], two: [the second one] }
steps:
  pin: { type: collect, slot: pin, as: digits, length: 4, prompt: Your number?, confirm: "{{pin}}, right?", next: more }
  more:
    type: form
    fields:
      adult: { as: yes_no, prompt: Are you of age? }
      card: { as: digits, length: 3, prompt: And the card? }
    confirm: All of it?
    next: menu
  menu: { type: ask, prompt: One or two?, answers: { one: { key: "1", goto: bye }, two: { key: "2", goto: bye } } }
  bye: { type: end, prompt: Goodbye. }
"#;

    #[test]
    fn keys_of_a_number_are_replaced_and_keys_that_choose_are_kept() {
        let template = warmline_schema::parse(SOURCE).unwrap_or_else(|problems| panic!("{problems}"));
        let template = Arc::new(CompiledTemplate::compile(template).unwrap());
        // The number, that it is right, of age, the card, all of it, the choice.
        let keys = "0427119831".chars();
        let turn = |key| StoredTurn { input: Input::Key(key), interrupted: false, understood: None };
        let slots = [("pin", "0427"), ("adult", "yes"), ("card", "983")];
        let call = StoredCall {
            contact: Variables::new(),
            now: "2026-11-20T10:00:00".parse().unwrap(),
            answered_by: AnsweredBy::Person,
            turns: keys.map(turn).collect(),
            intent: None,
            tags: Vec::new(),
            slots: slots.map(|(slot, value)| (slot.to_owned(), value.to_owned())).into(),
            agent: None,
        };
        let dialog = conversation(&template, &call, "by key", 5, &mut no_meaning);
        let key = |line: &Line| if let LineKind::Act(Act::Key(key)) = line.kind { Some(key) } else { None };
        let typed: String = dialog.talk.iter().filter_map(key).collect();
        assert_eq!(typed.len(), 10, "{typed}");
        let kept = (&typed[..1], &typed[4..6], &typed[9..]);
        assert_eq!(kept, ("0", "11", "1"), "a nought stays, as yes, right and the choice do: {typed}");
        for (digit, private) in typed[1..4].chars().chain(typed[6..9].chars()).zip("427983".chars()) {
            assert_ne!(digit, private, "{typed}");
        }
        let text = new_file(template.name(), &dialog);
        let verdicts = Plan::parse(&text).unwrap().hold(&template, |_| true, &mut no_meaning).unwrap();
        assert!(verdicts[0].passed(), "{verdicts:?}\n{text}");
    }

    #[test]
    fn days_and_amounts_of_a_call_in_any_language_become_others_that_fit() {
        let said = [
            ("en", "the third of december", "one thousand two hundred fifty dollars", "USD"),
            ("zh-TW", "我想改到十二月三號", "一千兩百五十元", "TWD"),
            ("zh-CN", "我想改到十二月三号", "一千两百五十块", "CNY"),
            ("id", "tanggal tiga desember", "seribu dua ratus lima puluh rupiah", "IDR"),
        ];
        for (language, day, sum, currency) in said {
            let source = format!(
                r#"
template: visit
language: {language}
voice: flite:slt
entry: {{ person: day }}
steps:
  day: {{ type: collect, slot: day, as: date, prompt: "?", next: sum }}
  sum: {{ type: collect, slot: sum, as: amount, prompt: "?", next: bye }}
  bye: {{ type: end, prompt: "." }}
"#
            );
            let template = warmline_schema::parse(&source).unwrap_or_else(|problems| panic!("{problems}"));
            let template = Arc::new(CompiledTemplate::compile(template).unwrap());
            let turn = |text: &str, slot: &str| StoredTurn {
                input: Input::Speech(vec![Spoken { text: text.to_owned(), confidence: 0.9 }]),
                interrupted: false,
                understood: Some(Some(format!("slot:{slot}"))),
            };
            let slots = [("day", "2026-12-03".to_owned()), ("sum", format!("1250.00 {currency}"))];
            let call = StoredCall {
                contact: Variables::new(),
                now: "2026-11-20T10:00:00".parse().unwrap(),
                answered_by: AnsweredBy::Person,
                turns: vec![turn(day, "day"), turn(sum, "sum")],
                intent: None,
                tags: Vec::new(),
                slots: slots.map(|(slot, value)| (slot.to_owned(), value)).into(),
                agent: None,
            };
            let dialog = conversation(&template, &call, "masked", 5, &mut no_meaning);
            let text = new_file(template.name(), &dialog);
            for private in [day, sum, "2026-12-03", "1250"] {
                assert!(!text.contains(private), "{private} in {text}");
            }
            let verdicts = Plan::parse(&text).unwrap().hold(&template, |_| true, &mut no_meaning).unwrap();
            assert!(verdicts[0].passed(), "{verdicts:?}\n{text}");
        }
    }
}
