//! The sentences of the benchmark, from `steps.txt`.

const STEPS: &str = include_str!("steps.txt");

/// What a sentence is to its step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Phrase,
    OtherWords,
    Unrelated,
}

/// One dialog step.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Step {
    pub(super) lines: Vec<(Kind, String)>,
}

impl Step {
    pub(super) fn of(&self, kind: Kind) -> impl Iterator<Item = String> + '_ {
        self.lines.iter().filter(move |(k, _)| *k == kind).map(|(_, text)| text.clone())
    }
}

/// All steps; lines that are neither a step nor a sentence are remarks.
pub(super) fn all() -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    for line in STEPS.lines() {
        let Some((mark, text)) = line.split_once(' ') else { continue };
        let kind = match mark {
            "#" => {
                steps.push(Step::default());
                continue;
            }
            "+" => Kind::Phrase,
            "-" => Kind::OtherWords,
            "?" => Kind::Unrelated,
            _ => continue,
        };
        if let Some(step) = steps.last_mut() {
            step.lines.push((kind, text.to_string()));
        }
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_has_ten_to_fifteen_phrases_and_about_as_many_other_wordings() {
        let steps = all();
        assert_eq!(steps.len(), 4);
        for step in steps {
            assert!((10..=15).contains(&step.of(Kind::Phrase).count()));
            assert!(step.of(Kind::OtherWords).count() >= 10);
            assert!(step.of(Kind::OtherWords).all(|t| !step.of(Kind::Phrase).any(|p| p == t)));
            assert!(step.of(Kind::Unrelated).count() > 0);
        }
    }
}
