//! A meter of turns: speaks, waits for the reply, speaks again; then reads off the wire how the bot behaved.
//!
//! A third of the utterances that may have a pause get one of 300 to 900 ms, because people think while they speak. A
//! bot that starts inside the pause has cut the speaker off; one that waits long is slow. Both are measured at the
//! packets: from the last packet of the meter's own speech to the first packet of the bot's that is not silent.

use super::{Act, Input, Manners, Ms, Party};
use crate::people::Turns;
use crate::report::{CallLog, Turn, Verdict};
use crate::voice::line::Line;
use rand::Rng;
use rand::rngs::StdRng;

/// Without any word from the bot the meter begins this long after the answer.
const BOT_SHOULD_GREET: Ms = 4000;

pub(super) struct Meter {
    turns: Turns,
    manners: Manners,
    rng: StdRng,
    said: u32,
    speak_at: Option<Ms>,
    playing: bool,
    bot_speaking: bool,
}

impl Meter {
    pub(super) fn new(turns: Turns, manners: Manners, rng: StdRng) -> Self {
        Self { turns, manners, rng, said: 0, speak_at: None, playing: false, bot_speaking: false }
    }

    fn next_line(&mut self) -> Option<Line> {
        let index = self.said as usize % self.turns.utterances.len().max(1);
        let line = Line::parse(self.turns.utterances.get(index)?).ok()?;
        let pauses = line.may_pause() && self.rng.random_range(0..3) == 0;
        Some(line.decide(pauses.then(|| self.rng.random_range(300..=900))))
    }
}

impl Party for Meter {
    fn handle(&mut self, input: &Input, now: Ms) {
        match input {
            Input::Answered => self.speak_at = Some(now + BOT_SHOULD_GREET),
            Input::Started { .. } => {
                self.bot_speaking = true;
            }
            Input::Stopped { .. } => {
                self.bot_speaking = false;
                let [from, to] = self.manners.reaction_ms;
                if !self.playing {
                    self.speak_at = Some(now + self.rng.random_range(from..=to));
                }
            }
            Input::Played => {
                self.playing = false;
                self.speak_at = Some(now + self.turns.give_up_ms);
            }
        }
    }

    fn poll(&mut self, now: Ms) -> Option<Act> {
        if self.playing || self.bot_speaking || self.speak_at.is_none_or(|at| now < at) {
            return None;
        }
        self.speak_at = None;
        if self.said >= self.turns.count {
            return Some(Act::Hangup("all utterances spoken"));
        }
        let line = self.next_line()?;
        self.said += 1;
        self.playing = true;
        Some(Act::Say(line))
    }

    fn wants(&self) -> Vec<String> {
        Vec::new()
    }

    fn verdict(&self, log: &CallLog) -> Verdict {
        let turns = measure(log);
        match turns.iter().filter(|t| t.reply_ms.is_some()).count() {
            _ if turns.is_empty() => Verdict::fail("the call ended before anything was said"),
            replies if replies < turns.len() => {
                Verdict::fail(format!("{} of {} utterances got no reply", turns.len() - replies, turns.len()))
            }
            _ => Verdict::pass(),
        }
    }
}

/// How the far end took its turns: one value for each thing said.
pub fn measure(log: &CallLog) -> Vec<Turn> {
    let measure_one = |i: usize| {
        let said = &log.said[i];
        let next = log.said.get(i + 1).map_or(u64::MAX, |s| s.from_us);
        let starts = || log.heard.iter().map(|h| h.from_us);
        let reply = starts().find(|at| *at >= said.to_us && *at < next);
        Turn {
            text: said.text.clone(),
            pause_ms: said.pauses_us.iter().map(|(from, to)| to.saturating_sub(*from) / 1000).max(),
            cut_off: starts().any(|at| at > said.from_us && at < said.to_us),
            reply_ms: reply.map(|at| (at - said.to_us) as f64 / 1000.0),
        }
    };
    (0..log.said.len()).filter(|i| !log.said[*i].text.is_empty()).map(measure_one).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::report::{Heard, Said};
    use crate::voice::line::Part;
    use rand::SeedableRng;

    fn said(from_us: u64, to_us: u64, pauses_us: Vec<(u64, u64)>) -> Said {
        Said { from_us, to_us, text: "well".into(), pauses_us, ..Said::default() }
    }

    fn heard(from_us: u64, to_us: u64) -> Heard {
        Heard { from_us, to_us, ..Heard::default() }
    }

    #[test]
    fn latency_runs_from_the_last_spoken_packet_and_speech_in_a_pause_is_a_cut_off() {
        let log = CallLog {
            said: vec![
                said(1_000_000, 2_000_000, vec![]),
                said(5_000_000, 7_000_000, vec![(5_800_000, 6_500_000)]),
                said(12_000_000, 13_000_000, vec![]),
            ],
            heard: vec![heard(2_450_500, 4_000_000), heard(6_200_000, 6_900_000), heard(7_700_000, 9_000_000)],
            ..CallLog::default()
        };
        let turns = measure(&log);
        assert_eq!((turns[0].reply_ms, turns[0].cut_off, turns[0].pause_ms), (Some(450.5), false, None));
        assert_eq!((turns[1].reply_ms, turns[1].cut_off, turns[1].pause_ms), (Some(700.0), true, Some(700)));
        assert_eq!((turns[2].reply_ms, turns[2].cut_off), (None, false));
    }

    #[test]
    fn about_a_third_of_the_utterances_get_a_pause_in_the_promised_range() {
        let turns: Turns = toml::from_str("utterances = [\"I would [pause] rather not\"]\ncount = 600").unwrap();
        let mut meter =
            Meter::new(turns, Manners { reaction_ms: [200, 500], ..Manners::default() }, StdRng::seed_from_u64(7));
        let lines: Vec<Line> = (0..600).filter_map(|_| meter.next_line()).collect();
        let pauses: Vec<u64> = lines
            .iter()
            .filter_map(|l| l.parts.iter().find_map(|p| if let Part::Pause(ms) = p { Some(*ms) } else { None }))
            .collect();
        assert!((160..=240).contains(&pauses.len()), "{}", pauses.len());
        assert!(pauses.iter().all(|ms| (300..=900).contains(ms)));
    }

    #[test]
    fn speaks_after_the_bot_and_gives_up_waiting_after_a_while() {
        let turns: Turns = toml::from_str("utterances = [\"yes\"]\ncount = 2\ngive_up_ms = 3000").unwrap();
        let mut meter =
            Meter::new(turns, Manners { reaction_ms: [200, 200], ..Manners::default() }, StdRng::seed_from_u64(7));
        meter.handle(&Input::Answered, 0);
        meter.handle(&Input::Started { at: 300 }, 340);
        assert_eq!(meter.poll(4100), None);
        meter.handle(&Input::Stopped { from: 300, to: 4000, heard: vec![] }, 4650);
        assert!(matches!(meter.poll(4850), Some(Act::Say(_))));
        meter.handle(&Input::Played, 5850);
        assert_eq!(meter.poll(8800), None);
        assert!(matches!(meter.poll(8850), Some(Act::Say(_))));
        meter.handle(&Input::Played, 9850);
        assert!(matches!(meter.poll(12_850), Some(Act::Hangup(_))));
    }
}
