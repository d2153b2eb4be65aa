//! Somebody who makes a sound while the bot speaks: words that want it to stop, listening noises that do not, a cough,
//! a bad line, and now and then nothing, which shows what would have happened anyway.
//!
//! Whether and when the bot fell silent is read off the report by whoever asked.

use super::{Act, Input, Ms, Party};
use crate::noises::Noise;
use crate::people::Interrupts;
use crate::report::{CallLog, Verdict};
use crate::voice::line::Line;
use rand::Rng;
use rand::rngs::StdRng;

/// Between the end of one sound and the next: a bot that was interrupted finds its way back first.
const APART: Ms = 3500;
/// A bot that says nothing for so long will not go on.
const PATIENCE: Ms = 15_000;

/// A sound this party can make.
#[derive(Clone)]
enum Sound {
    Words(Line),
    Noise(Noise),
}

pub(super) struct Interrupter {
    after_ms: [Ms; 2],
    /// What is left to do, the next one last.
    sounds: Vec<Sound>,
    rng: StdRng,
    speak_at: Option<Ms>,
    not_before: Ms,
    quiet_since: Ms,
    bot_speaking: bool,
    playing: bool,
}

impl Interrupter {
    pub(super) fn new(interrupts: &Interrupts, rng: StdRng) -> Self {
        let said = interrupts.words.iter().chain(&interrupts.backchannels).filter_map(|text| super::line(text));
        let noises = [Noise::Cough, Noise::Line, Noise::Nothing].map(Sound::Noise);
        let each: Vec<Sound> = said.map(Sound::Words).chain(noises).collect();
        // Each in turn: words and noises alternate, so that nothing depends on what came before.
        let turn = each.len().div_ceil(2).max(1);
        let order = (0..each.len()).map(|n| (n % 2) * turn + n / 2).filter_map(|place| each.get(place).cloned());
        let mut sounds: Vec<Sound> = order.cycle().take(interrupts.count as usize).collect();
        sounds.reverse();
        Self {
            after_ms: interrupts.after_ms,
            sounds,
            rng,
            speak_at: None,
            not_before: 0,
            quiet_since: 0,
            bot_speaking: false,
            playing: false,
        }
    }

    fn plan(&mut self, now: Ms) {
        let [from, to] = self.after_ms;
        self.speak_at = Some((now + self.rng.random_range(from..=to)).max(self.not_before));
    }
}

impl Party for Interrupter {
    fn handle(&mut self, input: &Input, now: Ms) {
        match input {
            Input::Answered => self.quiet_since = now,
            Input::Started { .. } => {
                self.bot_speaking = true;
                self.plan(now);
            }
            Input::Stopped { .. } => {
                (self.bot_speaking, self.quiet_since) = (false, now);
            }
            Input::Played => {
                self.playing = false;
                self.not_before = now + APART;
                self.plan(now);
            }
        }
    }

    fn poll(&mut self, now: Ms) -> Option<Act> {
        if self.playing {
            return None;
        }
        if self.sounds.is_empty() && now >= self.not_before {
            return Some(Act::Hangup("every sound was made"));
        }
        if !self.bot_speaking {
            return (now >= self.quiet_since + PATIENCE).then_some(Act::Hangup("the bot fell silent for good"));
        }
        if self.speak_at.is_none_or(|at| now < at) {
            return None;
        }
        self.playing = true;
        Some(match self.sounds.pop()? {
            Sound::Words(line) => Act::Say(line),
            Sound::Noise(noise) => Act::Noise(noise, self.rng.random()),
        })
    }

    fn wants(&self) -> Vec<String> {
        Vec::new()
    }

    fn verdict(&self, _log: &CallLog) -> Verdict {
        match self.sounds.len() {
            0 => Verdict::pass(),
            left => Verdict::fail(format!("the call ended with {left} sounds still to make")),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use rand::SeedableRng;

    fn party(count: u32) -> Interrupter {
        let text = format!("words = [\"wait\"]\nbackchannels = [\"uh huh\"]\ncount = {count}\nafter_ms = [500, 900]");
        Interrupter::new(&toml::from_str(&text).unwrap(), StdRng::seed_from_u64(3))
    }

    #[test]
    fn it_makes_its_sounds_only_while_the_bot_speaks_and_apart_from_each_other() {
        let mut party = party(5);
        party.handle(&Input::Answered, 0);
        assert_eq!(party.poll(5000), None);
        let (mut now, mut made) = (6000, Vec::new());
        party.handle(&Input::Started { at: 6000 }, now);
        while made.len() < 5 {
            now += 20;
            if let Some(act) = party.poll(now) {
                made.push((now, act));
                now += 600;
                party.handle(&Input::Played, now);
            }
        }
        assert!((6500..=6920).contains(&made[0].0), "{made:?}");
        assert!(made.windows(2).all(|pair| pair[1].0 - pair[0].0 >= APART));
        let noises = made.iter().filter(|(_, act)| matches!(act, Act::Noise(..))).count();
        assert_eq!(noises, 3, "{made:?}");
        assert!(matches!(party.poll(now + APART), Some(Act::Hangup(_))));
    }

    #[test]
    fn it_gives_up_on_a_bot_that_is_silent_for_good() {
        let mut party = party(2);
        party.handle(&Input::Answered, 0);
        assert_eq!(party.poll(14_980), None);
        assert!(matches!(party.poll(15_000), Some(Act::Hangup(_))));
        assert!(!party.verdict(&CallLog::default()).pass);
    }
}
