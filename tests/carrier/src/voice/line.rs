//! A line as it is written in the file: words with pauses, `I think [400] yes` or `I would like [pause] a chair`.

/// Part of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    Words(String),
    /// Silence of this many milliseconds.
    Pause(u64),
    /// A place for a pause that the speaker may or may not make.
    MayPause,
}

/// A parsed line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub parts: Vec<Part>,
}

impl Line {
    /// Splits a line at its brackets.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((words, tail)) = rest.split_once('[') {
            push_words(&mut parts, words);
            let (mark, tail) = tail.split_once(']').ok_or("a `[` is not closed")?;
            parts.push(match mark.trim() {
                "pause" => Part::MayPause,
                number => Part::Pause(number.parse().map_err(|_| format!("`[{number}]` is neither [pause] nor [ms]"))?),
            });
            rest = tail;
        }
        push_words(&mut parts, rest);
        if !parts.iter().any(|p| matches!(p, Part::Words(_))) {
            return Err("has no words".into());
        }
        Ok(Self { parts })
    }

    /// The line with every possible pause made (`Some(ms)`) or none of them.
    pub fn decide(&self, pause_ms: Option<u64>) -> Self {
        let mut parts: Vec<Part> = Vec::new();
        for part in &self.parts {
            match (part, pause_ms, parts.last_mut()) {
                (Part::MayPause, Some(ms), _) => parts.push(Part::Pause(ms)),
                (Part::MayPause, None, _) => {}
                (Part::Words(more), _, Some(Part::Words(words))) => {
                    words.push(' ');
                    words.push_str(more);
                }
                (part, _, _) => parts.push(part.clone()),
            }
        }
        Self { parts }
    }

    /// Whether a pause may be made in it.
    pub fn may_pause(&self) -> bool {
        self.parts.contains(&Part::MayPause)
    }

    /// Every text that must be rendered to speak the line, with and without its pauses.
    pub fn texts(&self) -> Vec<String> {
        let both = [self.decide(None), self.decide(Some(0))];
        let mut texts: Vec<String> = both
            .into_iter()
            .flat_map(|line| line.parts)
            .filter_map(|p| match p {
                Part::Words(words) => Some(words),
                Part::Pause(_) | Part::MayPause => None,
            })
            .collect();
        texts.sort();
        texts.dedup();
        texts
    }
}

fn push_words(parts: &mut Vec<Part>, words: &str) {
    let words = words.trim();
    if !words.is_empty() {
        parts.push(Part::Words(words.into()));
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_pause_splits_a_line_and_an_undecided_one_joins_it_again() {
        let line = Line::parse("I would like [pause] to move it [250] please").unwrap();
        assert!(line.may_pause());
        let joined = line.decide(None).parts;
        assert_eq!(
            joined,
            [Part::Words("I would like to move it".into()), Part::Pause(250), Part::Words("please".into())]
        );
        assert_eq!(line.decide(Some(600)).parts[1], Part::Pause(600));
        assert_eq!(line.texts(), ["I would like", "I would like to move it", "please", "to move it"]);
    }

    #[test]
    fn brackets_that_mean_nothing_are_refused() {
        assert!(Line::parse("so [400 then").unwrap_err().contains("not closed"));
        assert!(Line::parse("so [soon] then").unwrap_err().contains("[soon]"));
        assert!(Line::parse("[400]").unwrap_err().contains("no words"));
    }
}
