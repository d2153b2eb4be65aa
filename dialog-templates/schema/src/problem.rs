//! What is wrong with a template, where, and what was probably meant.

use std::fmt;

/// A place in the template's source; lines and columns count from 1. Line 0: not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct At {
    pub line: u32,
    pub column: u32,
    /// 0: the template itself; else the number of the included file.
    pub file: u16,
}

/// May the template be used all the same?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// The template cannot be used.
    Error,
    /// It can, but somebody should look.
    Warning,
}

/// One finding about a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub severity: Severity,
    pub at: At,
    pub message: String,
    /// A change that would help, as half a sentence: "did you mean `confirm`?".
    pub suggestion: Option<String>,
    /// The included file it is in; absent: the template itself.
    pub file: Option<String>,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        if let Some(file) = &self.file {
            write!(f, "in {file}: ")?;
        }
        if self.at.line > 0 {
            write!(f, "line {}, column {}: ", self.at.line, self.at.column)?;
        }
        write!(f, "{severity}: {}", self.message)?;
        match &self.suggestion {
            Some(suggestion) => write!(f, "; {suggestion}"),
            None => Ok(()),
        }
    }
}

/// Everything found while reading one template, in the order of its lines.
#[derive(Clone, Debug, Default, PartialEq, Eq, thiserror::Error)]
pub struct Problems(pub Vec<Problem>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, problem) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{problem}")?;
        }
        Ok(())
    }
}

impl Problems {
    pub(crate) fn error(&mut self, at: At, message: impl Into<String>) {
        self.push(Severity::Error, at, message.into(), None);
    }

    pub(crate) fn error_with(&mut self, at: At, message: impl Into<String>, suggestion: Option<String>) {
        self.push(Severity::Error, at, message.into(), suggestion);
    }

    pub(crate) fn warning(&mut self, at: At, message: impl Into<String>, suggestion: impl Into<String>) {
        self.push(Severity::Warning, at, message.into(), Some(suggestion.into()));
    }

    /// "unknown `what` `given`", with the nearest of the names that exist.
    pub(crate) fn unknown<'a>(
        &mut self,
        at: At,
        what: &str,
        given: &str,
        known: impl IntoIterator<Item = &'a str> + Clone,
    ) {
        let suggestion = match crate::suggest::nearest(given, known.clone()) {
            Some(near) => Some(format!("did you mean `{near}`?")),
            None => {
                let mut names: Vec<_> = known.into_iter().map(|name| format!("`{name}`")).collect();
                names.truncate(12);
                (!names.is_empty()).then(|| format!("known here: {}", names.join(", ")))
            }
        };
        self.push(Severity::Error, at, format!("unknown {what} `{given}`"), suggestion);
    }

    fn push(&mut self, severity: Severity, at: At, message: String, suggestion: Option<String>) {
        self.0.push(Problem { severity, at, message, suggestion, file: None });
    }

    pub(crate) fn has_errors(&self) -> bool {
        self.0.iter().any(|problem| problem.severity == Severity::Error)
    }

    /// Sorted, and each with the name of its file.
    pub(crate) fn placed(self, files: &[String]) -> Self {
        let mut sorted = self.sorted();
        for problem in &mut sorted.0 {
            let name = files.get(usize::from(problem.at.file)).filter(|_| problem.at.file > 0);
            problem.file = name.cloned();
        }
        sorted
    }

    fn sorted(mut self) -> Self {
        self.0.sort_by_key(|problem| (problem.at.file, problem.at.line, problem.at.column));
        self.0.dedup();
        self
    }
}
