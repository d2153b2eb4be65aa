//! The parties that answer, as state machines in virtual time.
//!
//! A party is told what happened on the line ([`Input`]) and asked what it wants to do ([`Act`]); it knows no
//! sockets, no clock and no audio. At the end it judges the call from its own side.

mod agent;
mod interrupts;
mod listener;
mod machine;
mod talks;
mod turns;

use crate::noises::Noise;
use crate::people::{Behaviour, Entry};
use crate::report::{CallLog, Verdict};
use crate::voice::line::Line;
use rand::rngs::StdRng;

pub use turns::measure;

/// Milliseconds since the answer.
pub type Ms = u64;

/// What happened on the line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// The call is up.
    Answered,
    /// The far end began to make sound.
    Started { at: Ms },
    /// It was quiet for the hangover time; `heard` are the phrases found, nearest first.
    Stopped { from: Ms, to: Ms, heard: Vec<String> },
    /// What this party played (or keyed) is over.
    Played,
}

/// What a party wants to do now.
#[derive(Clone, Debug, PartialEq)]
pub enum Act {
    Say(Line),
    /// A beep, `gap` after now, perhaps with words over it.
    Beep {
        hz: f32,
        ms: Ms,
        gap: Ms,
        over: Option<Line>,
    },
    Keys {
        keys: String,
        in_band: bool,
    },
    /// A sound that is no words, different for each seed.
    Noise(Noise, u32),
    /// Why is for the report.
    Hangup(&'static str),
}

/// One side of a call.
pub trait Party: Send {
    fn handle(&mut self, input: &Input, now: Ms);
    /// Called often (every 20 ms); at most one act each time.
    fn poll(&mut self, now: Ms) -> Option<Act>;
    /// Phrases worth looking for in what the far end says next. None: do not look at all.
    fn wants(&self) -> Vec<String>;
    /// The call as this party saw it.
    fn verdict(&self, log: &CallLog) -> Verdict;
}

/// How one number behaves whatever it says, defaults filled in.
#[derive(Clone, Debug, Default)]
pub struct Manners {
    /// Shortest and longest time before it speaks.
    pub reaction_ms: [u64; 2],
    /// Phrases after which it says its last words once more.
    pub pardon: Vec<String>,
}

/// The party of an entry, or nothing for numbers that are never answered.
pub fn make(entry: &Entry, manners: Manners, rng: StdRng) -> Option<Box<dyn Party>> {
    Some(match &entry.behaviour {
        Behaviour::Talks(t) => Box::new(talks::Person::new(t.clone(), manners, rng)),
        Behaviour::Machine(m) => Box::new(machine::Voicemail::new(m.clone())),
        Behaviour::Agent(a) => Box::new(agent::Phone::new(a.clone())),
        Behaviour::Listener(l) => Box::new(listener::Peer::new(l.hangs_up_after_ms)),
        Behaviour::Interrupts(i) => Box::new(interrupts::Interrupter::new(i, rng)),
        Behaviour::Turns(t) => Box::new(turns::Meter::new(t.clone(), manners, rng)),
        Behaviour::Refuses(_) | Behaviour::RingsOut(_) | Behaviour::Invalid(_) => return None,
    })
}

/// A line of the file; the check at load time has parsed it once already, so a failure means there is none.
fn line(text: &str) -> Option<Line> {
    Line::parse(text).ok().map(|l| l.decide(None))
}
