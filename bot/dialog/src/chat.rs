//! The text chat: what a trainer types, and the conversation that it makes.
//!
//! The list of what was done is the whole state, so that a past turn can be changed and the rest played again.

use crate::play::{Act, AnsweredBy, Embed, Exchange, Play, Scene, Spoken};
use warmline_schema::distance;

/// What was typed.
#[derive(Clone, Debug, PartialEq)]
pub enum Typed {
    Do(Act),
    /// The call is answered so: from the beginning if nothing was said yet, else found out late.
    Call(AnsweredBy),
    /// Show all turns with their numbers.
    Turns,
    /// Do this instead in a past turn (1 is the first) and go on from there with the rest.
    Edit(usize, Act),
    /// Take the last turn back.
    Undo,
    /// Write the conversation into this file.
    Save(String),
    Help,
    Quit,
    Nothing,
}

/// What can be typed.
pub const HELP: &str = "\
words                     the person says them; `one way | another way` is what a recogniser was not sure about
/key 1                    the person presses a key
/silence  /unclear        nothing is said; something that nobody can read
/interrupt words          said while the bot still speaks
/wait 20s                 so much time goes by
/call person              how the call was answered: person, voicemail, voicemail-no-beep, called-back, chat
/agent answers            an agent takes the handover; or `nobody`
/http {\"state\": \"sent\"}   the other system answers; or `failed`
/turns                    all turns with their numbers
/edit 2 new words         change turn 2 (words, or a command such as `/key 1`) and play the rest again
/undo                     take the last turn back
/save FILE [name]         write the conversation as a regression dialog
/quit";

const ENTRIES: [(&str, AnsweredBy); 5] = [
    ("person", AnsweredBy::Person),
    ("voicemail", AnsweredBy::MachineWithBeep),
    ("voicemail-no-beep", AnsweredBy::MachineWithoutBeep),
    ("called-back", AnsweredBy::CalledBack),
    ("chat", AnsweredBy::Chat),
];
const COMMANDS: [&str; 15] = [
    "key",
    "silence",
    "unclear",
    "interrupt",
    "wait",
    "call",
    "agent",
    "http",
    "turns",
    "edit",
    "undo",
    "save",
    "help",
    "quit",
    "exit",
];

/// Read one line.
///
/// # Errors
/// One sentence: what is wrong with it, and what was probably meant.
pub fn typed(line: &str) -> Result<Typed, String> {
    let line = line.trim();
    let Some(command) = line.strip_prefix('/') else {
        return Ok(if line.is_empty() { Typed::Nothing } else { Typed::Do(Act::User(readings(line))) });
    };
    let (name, rest) = command.split_once(char::is_whitespace).unwrap_or((command, ""));
    let rest = rest.trim();
    let wants = |what: &str| Err(format!("/{name} wants {what}"));
    Ok(match (name, rest) {
        ("silence", _) => Typed::Do(Act::Silence),
        ("unclear", _) => Typed::Do(Act::Unclear),
        ("turns", _) => Typed::Turns,
        ("undo", _) => Typed::Undo,
        ("help", _) => Typed::Help,
        ("quit" | "exit", _) => Typed::Quit,
        ("key", key) => match key.chars().collect::<Vec<_>>()[..] {
            [key @ ('0'..='9' | '*' | '#')] => Typed::Do(Act::Key(key)),
            _ => return wants("one key: 0 to 9, * or #"),
        },
        ("interrupt", "") => return wants("the words, as in `/interrupt yes that works`"),
        ("interrupt", words) => Typed::Do(Act::Interrupt(readings(words))),
        ("wait", time) => match milliseconds(time) {
            Some(ms) => Typed::Do(Act::Elapsed(ms)),
            None => return wants("a time, as in `/wait 20s`, at most an hour"),
        },
        ("call", who) => match ENTRIES.iter().find(|(word, _)| *word == who) {
            Some((_, entry)) => Typed::Call(*entry),
            None => return wants(&format!("one of {}", ENTRIES.map(|(word, _)| word).join(", "))),
        },
        ("agent", "answers") => Typed::Do(Act::Agent { answers: true }),
        ("agent", "nobody") => Typed::Do(Act::Agent { answers: false }),
        ("agent", _) => return wants("`answers` or `nobody`"),
        ("http", "") => return wants("the answer of the other system, or `failed`"),
        ("http", answer) => Typed::Do(Act::Http((answer != "failed").then(|| answer.to_owned()))),
        ("edit", rest) => {
            let (number, what) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
            let number = number.parse().ok().filter(|number: &usize| *number > 0);
            match (number, typed(what)?) {
                (Some(number), Typed::Do(act)) => Typed::Edit(number, act),
                _ => return wants("the number of a turn and what is done there, as in `/edit 2 no thanks`"),
            }
        }
        ("save", "") => return wants("a file"),
        ("save", file) => Typed::Save(file.to_owned()),
        _ => {
            let near = COMMANDS.iter().min_by_key(|known| distance(name, known));
            let near = near.filter(|known| distance(name, known) <= 2).map(|known| format!("did you mean /{known}?"));
            return Err(format!("there is no /{name}; {}", near.unwrap_or_else(|| "/help lists what there is".into())));
        }
    })
}

/// `one way | another way`: each later one with less confidence.
fn readings(line: &str) -> Vec<Spoken> {
    let all: Vec<&str> = line.split('|').map(str::trim).filter(|text| !text.is_empty()).take(10).collect();
    match all.as_slice() {
        [] => vec![Spoken::plain(line)],
        [only] => vec![Spoken::plain(only)],
        many => many
            .iter()
            .zip(0u8..)
            .map(|(text, rank)| Spoken { text: (*text).to_owned(), confidence: (0.8 - 0.1 * f32::from(rank)).max(0.3) })
            .collect(),
    }
}

fn milliseconds(text: &str) -> Option<u32> {
    let (number, factor) = match text.strip_suffix("ms") {
        Some(number) => (number, 1.0),
        None => (text.strip_suffix('s')?, 1000.0),
    };
    let ms = number.trim().parse::<f64>().ok()? * factor;
    (0.0..=3_600_000.0).contains(&ms).then_some(ms as u32)
}

/// A conversation that is being typed.
pub struct Chat<'a> {
    scene: Scene<'a>,
    acts: Vec<Act>,
    play: Play,
    exchanges: Vec<Exchange>,
}

impl<'a> Chat<'a> {
    pub fn begin(scene: Scene<'a>) -> Self {
        let (play, first) = Play::begin(&scene);
        Self { scene, acts: Vec::new(), play, exchanges: vec![first] }
    }

    pub fn scene(&self) -> &Scene<'a> {
        &self.scene
    }

    pub fn acts(&self) -> &[Act] {
        &self.acts
    }

    /// The beginning, then one for each act.
    pub fn exchanges(&self) -> &[Exchange] {
        &self.exchanges
    }

    pub fn last(&self) -> Option<&Exchange> {
        self.exchanges.last()
    }

    /// It has hung up.
    pub fn over(&self) -> bool {
        self.play.over()
    }

    pub fn act(&mut self, act: Act, embed: Embed<'_>) {
        self.exchanges.push(self.play.act(&act, embed));
        self.acts.push(act);
    }

    /// The call was answered so.
    pub fn call(&mut self, answered_by: AnsweredBy, embed: Embed<'_>) {
        if self.acts.is_empty() {
            self.scene.answered_by = answered_by;
            self.again(embed);
        } else {
            self.act(Act::Machine(answered_by), embed);
        }
    }

    /// Do `act` in turn `number` instead of what was done there.
    ///
    /// # Errors
    /// There is no such turn.
    pub fn edit(&mut self, number: usize, act: Act, embed: Embed<'_>) -> Result<(), String> {
        let turns = self.acts.len();
        let place = number.checked_sub(1).and_then(|place| self.acts.get_mut(place));
        *place.ok_or_else(|| format!("there is no turn {number}: there are {turns}"))? = act;
        self.again(embed);
        Ok(())
    }

    /// Take the last turn back; false when there is none.
    pub fn undo(&mut self, embed: Embed<'_>) -> bool {
        let taken = self.acts.pop().is_some();
        self.again(embed);
        taken
    }

    fn again(&mut self, embed: Embed<'_>) {
        let acts = std::mem::take(&mut self.acts);
        let (play, first) = Play::begin(&self.scene);
        (self.play, self.exchanges) = (play, vec![first]);
        for act in acts {
            self.act(act, &mut *embed);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::CompiledTemplate;
    use crate::play::no_meaning;
    use std::sync::Arc;

    const TEMPLATE: &str = r#"
template: small
voice: flite:slt
entry: { person: hello, machine_with_beep: message }
steps:
  hello: { type: ask, prompt: Coffee or tea?, answers: { coffee: { goto: cups, key: "1", phrases: [a coffee] }, tea: { goto: bye, phrases: [a tea] } } }
  cups: { type: collect, slot: cups, as: number, prompt: How many cups?, next: bye }
  bye: { type: end, prompt: "{{cups|No}} cups. Goodbye." }
  message: { type: voicemail, message: Call us. }
"#;

    fn chat(template: &Arc<CompiledTemplate>) -> Chat<'_> {
        let now = "2026-11-20T10:00:00".parse().unwrap();
        let answered_by = AnsweredBy::Person;
        Chat::begin(Scene { template, contact: Default::default(), seed: 1, now, answered_by })
    }

    fn compiled() -> Arc<CompiledTemplate> {
        Arc::new(CompiledTemplate::compile(warmline_schema::parse(TEMPLATE).unwrap()).unwrap())
    }

    #[test]
    fn a_past_turn_is_changed_and_the_rest_played_again() {
        let template = compiled();
        let mut chat = chat(&template);
        for words in ["a coffee", "two"] {
            chat.act(Act::says(words), &mut no_meaning);
        }
        assert_eq!(chat.last().unwrap().said(), "two cups. Goodbye.");
        chat.edit(2, Act::says("three"), &mut no_meaning).unwrap();
        assert_eq!(chat.last().unwrap().said(), "three cups. Goodbye.");
        assert!(chat.undo(&mut no_meaning));
        assert_eq!(chat.last().unwrap().step.as_deref(), Some("cups"));
        assert_eq!(chat.edit(5, Act::Silence, &mut no_meaning).unwrap_err(), "there is no turn 5: there are 1");
    }

    #[test]
    fn a_machine_answers_at_once_or_is_found_late() {
        let template = compiled();
        let mut chat = chat(&template);
        chat.call(AnsweredBy::MachineWithBeep, &mut no_meaning);
        assert_eq!((chat.acts().len(), chat.last().unwrap().said()), (0, "Call us.".to_owned()));
        chat.call(AnsweredBy::Person, &mut no_meaning);
        chat.act(Act::says("a coffee"), &mut no_meaning);
        chat.call(AnsweredBy::MachineWithBeep, &mut no_meaning);
        assert_eq!((chat.acts().len(), chat.last().unwrap().said()), (2, "Call us.".to_owned()));
    }

    #[test]
    fn what_is_typed_is_read_and_what_is_wrong_is_said() {
        assert_eq!(typed("yes please"), Ok(Typed::Do(Act::says("yes please"))));
        assert_eq!(typed("/key *"), Ok(Typed::Do(Act::Key('*'))));
        assert_eq!(typed("/edit 2 /key 1"), Ok(Typed::Edit(2, Act::Key('1'))));
        assert_eq!(typed("/wait 1.5s"), Ok(Typed::Do(Act::Elapsed(1500))));
        assert_eq!(typed("/http failed"), Ok(Typed::Do(Act::Http(None))));
        let Ok(Typed::Do(Act::User(readings))) = typed("two | to") else { panic!("two readings") };
        assert!(readings.len() == 2 && readings[0].confidence > readings[1].confidence);
        assert!(typed("/silense").unwrap_err().contains("did you mean /silence?"));
        assert!(typed("/key 12").unwrap_err().contains("one key"));
        assert!(typed("/edit two no").unwrap_err().contains("number of a turn"));
        assert!(typed("/call robot").unwrap_err().contains("voicemail-no-beep"));
    }
}
