//! Which answers of a call need a look, and why.

use serde::{Deserialize, Serialize};

/// An understanding with less is worth a look (the least that is taken at all is 0.6).
const SURE: f32 = 0.7;
/// Another meaning within this is close.
const CLOSE: f32 = 0.1;
/// Readings with less are not believed.
const BELIEVED: f32 = crate::nlu::LEAST_CONFIDENCE;

/// Why somebody should look at an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Heard, and taken for nothing.
    NotUnderstood,
    /// Speech that the recogniser could not read, or did not believe itself.
    Unread,
    /// Taken for something, with little confidence.
    LowScore,
    /// Another meaning was nearly as good.
    Close,
    /// Said again, or answered by "what did you say?".
    Repeated,
    /// The next thing they said was that they want a human.
    AskedForHuman,
    /// The next thing they did was to hang up.
    HungUp,
}

impl Reason {
    pub const ALL: [Self; 7] = [
        Self::NotUnderstood,
        Self::Unread,
        Self::LowScore,
        Self::Close,
        Self::Repeated,
        Self::AskedForHuman,
        Self::HungUp,
    ];

    /// The name in files and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotUnderstood => "not_understood",
            Self::Unread => "unread",
            Self::LowScore => "low_score",
            Self::Close => "close",
            Self::Repeated => "repeated",
            Self::AskedForHuman => "asked_for_human",
            Self::HungUp => "hung_up",
        }
    }
}

/// What is known of one answer.
#[derive(Clone, Copy, Debug, Default)]
pub struct Answer<'a> {
    /// Not a key, not silence.
    pub speech: bool,
    pub heard: &'a str,
    /// The recogniser's, 0–1.
    pub confidence: Option<f32>,
    /// Intent or slot.
    pub understood: Option<&'a str>,
    /// 0–1; absent where nothing was decided (a value that was read back).
    pub score: Option<f32>,
    /// The score of the best other meaning.
    pub next_best: Option<f32>,
}

/// For each of a call's answers, in order, why it needs a look; most need none. `hung_up`: the person ended the call.
pub fn reasons(answers: &[Answer], hung_up: bool) -> Vec<Vec<Reason>> {
    let of = |(place, answer): (usize, &Answer)| {
        let next = answers.get(place + 1);
        if answer.speech { own(answer).chain(after(answer, next, hung_up)).collect() } else { Vec::new() }
    };
    answers.iter().enumerate().map(of).collect()
}

fn own<'a>(answer: &Answer<'a>) -> impl Iterator<Item = Reason> + use<'a> {
    let unread = answer.heard.trim().is_empty() || answer.confidence.is_some_and(|confidence| confidence < BELIEVED);
    let (missed, score) = (answer.understood.is_none() && answer.score.is_some(), answer.score.unwrap_or(1.0));
    let taken = answer.understood.is_some();
    let close = answer.next_best.is_some_and(|next| score - next < CLOSE);
    let found = [
        unread.then_some(Reason::Unread),
        (missed && !unread).then_some(Reason::NotUnderstood),
        (taken && score < SURE).then_some(Reason::LowScore),
        (taken && close).then_some(Reason::Close),
    ];
    found.into_iter().flatten()
}

/// What came next speaks against the answer before, unless that one was itself a wish to hear it again or to leave.
fn after<'a>(answer: &Answer<'a>, next: Option<&Answer>, hung_up: bool) -> Option<Reason> {
    let globals = ["repeat", "slower", "human", "do_not_call", "wrong_number", "busy_now"];
    if answer.understood.is_some_and(|understood| globals.contains(&understood)) {
        return None;
    }
    let Some(next) = next else { return hung_up.then_some(Reason::HungUp) };
    let words = |text: &str| crate::words::normalise(text);
    match next.understood {
        Some("human") => Some(Reason::AskedForHuman),
        Some("repeat" | "slower") => Some(Reason::Repeated),
        _ if !words(answer.heard).is_empty() && words(next.heard) == words(answer.heard) => Some(Reason::Repeated),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said<'a>(heard: &'a str, understood: Option<&'a str>, score: f32) -> Answer<'a> {
        Answer { speech: true, heard, confidence: Some(0.8), understood, score: Some(score), next_best: None }
    }

    /// The answers of a call, whether it went on, and what each is looked at for.
    type Case = (Vec<Answer<'static>>, bool, &'static [&'static [Reason]]);

    #[test]
    fn an_answer_is_looked_at_for_what_it_is_and_for_what_came_next() {
        use Reason as R;
        let good = said("yes please", Some("confirm"), 1.0);
        let missed = said("my knee hurts", None, 0.0);
        let human = said("a person", Some("human"), 1.0);
        let cases: [Case; 9] = [
            (vec![good, good], false, &[&[R::Repeated], &[]]),
            (vec![missed], false, &[&[R::NotUnderstood]]),
            (vec![missed, human], true, &[&[R::NotUnderstood, R::AskedForHuman], &[]]),
            (vec![good, said("what", Some("repeat"), 1.0)], true, &[&[R::Repeated], &[]]),
            (vec![good], true, &[&[R::HungUp]]),
            (vec![said("maybe", Some("confirm"), 0.65)], false, &[&[R::LowScore]]),
            (vec![Answer { next_best: Some(0.93), ..good }], false, &[&[R::Close]]),
            (
                vec![Answer { heard: "", ..missed }, Answer { confidence: Some(0.1), ..missed }],
                false,
                &[&[R::Unread], &[R::Unread]],
            ),
            // A value that is read back, a key, silence.
            (
                vec![
                    Answer { understood: None, score: None, ..good },
                    Answer { speech: false, heard: "1", ..missed },
                    Answer { speech: false, heard: "", ..missed },
                ],
                true,
                &[&[], &[], &[]],
            ),
        ];
        for (answers, hung_up, wanted) in cases {
            assert_eq!(reasons(&answers, hung_up), wanted, "{answers:?}");
        }
    }

    #[test]
    fn every_reason_has_the_name_that_is_written() {
        for reason in Reason::ALL {
            assert_eq!(serde_json::to_value(reason).ok(), Some(reason.as_str().into()));
        }
    }
}
