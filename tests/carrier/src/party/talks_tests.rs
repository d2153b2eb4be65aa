#![allow(clippy::unwrap_used)]
//! A person in virtual time: what it does when, told step by step.

use super::*;
use crate::voice::line::Part;
use rand::SeedableRng;

/// A person on a stage on which everything said takes one second.
struct Stage {
    person: Person,
    now: Ms,
    done_at: Option<Ms>,
}

impl Stage {
    fn new(text: &str) -> Self {
        let talks: Talks = toml::from_str(text).unwrap();
        let manners = Manners { reaction_ms: [200, 500], pardon: vec!["did not catch that".into()] };
        let mut person = Person::new(talks, manners, StdRng::seed_from_u64(1));
        person.handle(&Input::Answered, 0);
        Self { person, now: 0, done_at: None }
    }

    /// Polls every 20 ms up to `until`, collecting acts with their times.
    fn live(&mut self, until: Ms) -> Vec<(Ms, String)> {
        let mut acts = Vec::new();
        while self.now < until {
            if self.done_at.is_some_and(|at| self.now >= at) {
                self.done_at = None;
                self.person.handle(&Input::Played, self.now);
            }
            if let Some(act) = self.person.poll(self.now) {
                if !matches!(act, Act::Hangup(_)) {
                    self.done_at = Some(self.now + 1000);
                }
                acts.push((self.now, show(&act)));
            }
            self.now += 20;
        }
        acts
    }

    fn live_for(&mut self, time: Ms) -> Vec<(Ms, String)> {
        self.live(self.now + time)
    }

    /// The bot speaks for two seconds, then is silent long enough to have finished.
    fn bot_says(&mut self, heard: &[&str]) {
        let (from, to) = (self.now, self.now + 2000);
        self.person.handle(&Input::Started { at: from }, from);
        assert_eq!(self.live(to + 600), [], "spoke over the bot");
        let heard = heard.iter().map(|h| h.to_string()).collect();
        self.person.handle(&Input::Stopped { from, to, heard }, self.now);
    }

    fn verdict(&self) -> Verdict {
        self.person.verdict(&CallLog::default())
    }
}

fn show(act: &Act) -> String {
    match act {
        Act::Say(line) => match &line.parts[0] {
            Part::Words(words) => words.clone(),
            other => format!("{other:?}"),
        },
        Act::Keys { keys, .. } => format!("keys {keys}"),
        Act::Hangup(why) => format!("hangup: {why}"),
        Act::Beep { .. } => "beep".into(),
        Act::Noise(noise, _) => noise.name().into(),
    }
}

const ANN: &str = r#"
greeting = "hello?"
script = [
  { hear = ["will you be there"], say = "yes I will" },
  { hear = ["which day"], say = "monday" , optional = true },
]
otherwise = ["sorry?"]
"#;

#[test]
fn she_greets_then_answers_what_she_heard_and_stays_quiet_when_all_is_said() {
    let mut ann = Stage::new(ANN);
    let greeting = ann.live(2000);
    assert_eq!(greeting.len(), 1);
    assert!((200..=520).contains(&greeting[0].0), "{greeting:?}");
    assert_eq!(ann.person.wants(), ["will you be there", "which day"]);

    ann.bot_says(&["will you be there"]);
    let stopped = ann.now;
    let answer = ann.live_for(3000);
    assert_eq!(answer[0].1, "yes I will");
    assert!((200..=520).contains(&(answer[0].0 - stopped)), "{answer:?}");

    ann.bot_says(&[]);
    assert_eq!(ann.live_for(3000), []);
    assert!(ann.verdict().pass);
}

#[test]
fn a_silent_bot_fails_and_so_does_noise() {
    let mut ann = Stage::new(ANN);
    let acts = ann.live(20_000);
    assert_eq!(acts[1].1, "hangup: the person waited in silence");
    assert_eq!(ann.verdict(), Verdict::fail("heard nothing"));

    let mut ann = Stage::new(ANN);
    ann.live(2000);
    ann.bot_says(&[]);
    assert_eq!(ann.live_for(2000)[0].1, "sorry?");
    assert!(ann.verdict().why.contains("not understood: never heard `will you be there`"));
}

#[test]
fn when_the_bot_goes_on_the_answer_waits_and_remembers_the_first_half() {
    let mut ann = Stage::new(ANN);
    ann.live(2000);
    ann.bot_says(&["will you be there"]);
    ann.live_for(100);
    ann.bot_says(&[]);
    let stopped = ann.now;
    let acts = ann.live_for(1000);
    assert_eq!(acts[0].1, "yes I will");
    assert!(acts[0].0 >= stopped + 200);
}

#[test]
fn asked_to_say_it_again_she_does_but_not_for_ever() {
    let mut ann = Stage::new(ANN);
    ann.live(2000);
    ann.bot_says(&["did not catch that"]);
    assert_eq!(ann.live_for(2000)[0].1, "sorry?", "nothing was said yet");
    ann.bot_says(&["will you be there"]);
    ann.live_for(2000);
    let said: Vec<usize> = (0..3)
        .map(|n| {
            ann.bot_says(&[if n == 0 { "did not catch that" } else { "will you be there" }]);
            ann.live_for(2000).iter().filter(|a| a.1 == "yes I will").count()
        })
        .collect();
    assert_eq!(said, [1, 1, 0]);
}

#[test]
fn who_interrupts_speaks_while_the_bot_does_and_notes_how_fast_it_yields() {
    let text = r#"
        greeting = ""
        barge_in_ms = 1500
        yields_within_ms = 800
        script = [{ say = "stop calling me", hangup = true }]
    "#;
    for (stops_after, pass) in [(500, true), (2500, false)] {
        let mut bob = Stage::new(text);
        bob.live(1000);
        bob.person.handle(&Input::Started { at: 1000 }, 1000);
        assert_eq!(bob.live(2520), [(2500, "stop calling me".to_string())]);
        let to = 2500 + stops_after;
        let hung_up = bob.live(to + 600).iter().any(|a| a.1.starts_with("hangup"));
        bob.person.handle(&Input::Stopped { from: 1000, to, heard: Vec::new() }, bob.now);
        assert_eq!(bob.verdict().pass, pass, "stopped after {stops_after}");
        assert!(hung_up || bob.live_for(4000).iter().any(|a| a.1.starts_with("hangup")));
    }
}

#[test]
fn keys_follow_the_words_and_early_leavers_leave() {
    let text = r#"
        greeting = ""
        hangs_up_after_ms = 9000
        script = [{ say = "one", keys = "1" }]
    "#;
    let mut eve = Stage::new(text);
    eve.bot_says(&[]);
    let acts: Vec<String> = eve.live(9100).into_iter().map(|a| a.1).collect();
    assert_eq!(acts[..3], ["one", "keys 1", "hangup: the person hung up early"]);
}
