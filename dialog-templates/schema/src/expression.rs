//! The small language of `branch`: comparisons of slots and variables, joined by `and`, `or`, `not`.
//!
//! ```text
//! party_size > 6 and not (vip == 'yes' or new_date)
//! ```
//! A name alone is true when it has a value. There are no calls, no loops and no arithmetic: an
//! expression always ends and changes nothing.

use crate::problem::{At, Problems};

/// A parsed condition.
#[derive(Clone, Debug, PartialEq)]
pub enum Expression {
    And(Box<Expression>, Box<Expression>),
    Or(Box<Expression>, Box<Expression>),
    Not(Box<Expression>),
    Compare {
        left: Operand,
        comparison: Comparison,
        right: Operand,
    },
    /// The slot or variable has a value.
    Filled(String),
}

#[derive(Clone, Debug, PartialEq)]
pub enum Operand {
    /// A slot or variable; without a value it compares as an empty text.
    Name(String),
    /// Text or number, as written.
    Literal(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// Deepest nesting of brackets and `not`, so that hostile input cannot exhaust the stack.
const DEEPEST: usize = 32;

impl Expression {
    pub(crate) fn read(source: &str, at: At, problems: &mut Problems) -> Option<Self> {
        let parsed = tokens(source).and_then(|tokens| {
            let mut parser = Parser { tokens, next: 0, depth: 0 };
            let expression = parser.or()?;
            match parser.peek() {
                None => Ok(expression),
                Some(token) => Err(format!("`{}` was not expected here", token.text())),
            }
        });
        parsed.map_err(|why| problems.error(at, format!("condition `{source}`: {why}"))).ok()
    }

    /// Slots and variables that appear.
    pub fn names(&self) -> Vec<&str> {
        match self {
            Self::And(a, b) | Self::Or(a, b) => [a.names(), b.names()].concat(),
            Self::Not(inner) => inner.names(),
            Self::Filled(name) => vec![name],
            Self::Compare { left, right, .. } => [left, right]
                .into_iter()
                .filter_map(|operand| match operand {
                    Operand::Name(name) => Some(name.as_str()),
                    Operand::Literal(_) => None,
                })
                .collect(),
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Word(String),
    Literal(String),
    Compare(Comparison),
    Open,
    Close,
}

impl Token {
    fn text(&self) -> &str {
        match self {
            Self::Word(text) | Self::Literal(text) => text,
            Self::Compare(Comparison::Equal) => "==",
            Self::Compare(Comparison::NotEqual) => "!=",
            Self::Compare(Comparison::Less) => "<",
            Self::Compare(Comparison::LessOrEqual) => "<=",
            Self::Compare(Comparison::Greater) => ">",
            Self::Compare(Comparison::GreaterOrEqual) => ">=",
            Self::Open => "(",
            Self::Close => ")",
        }
    }
}

const SYMBOLS: [(&str, Token); 8] = [
    ("==", Token::Compare(Comparison::Equal)),
    ("!=", Token::Compare(Comparison::NotEqual)),
    ("<=", Token::Compare(Comparison::LessOrEqual)),
    (">=", Token::Compare(Comparison::GreaterOrEqual)),
    ("<", Token::Compare(Comparison::Less)),
    (">", Token::Compare(Comparison::Greater)),
    ("(", Token::Open),
    (")", Token::Close),
];

fn tokens(source: &str) -> Result<Vec<Token>, String> {
    let mut found = Vec::new();
    let mut rest = source.trim_start();
    while let Some(first) = rest.chars().next() {
        let taken = if let Some((symbol, token)) = SYMBOLS.iter().find(|(symbol, _)| rest.starts_with(symbol)) {
            found.push(token.clone());
            symbol.len()
        } else if first == '\'' || first == '"' {
            let inside = &rest[1..];
            let end = inside.find(first).ok_or_else(|| format!("the text {rest} is not closed"))?;
            found.push(Token::Literal(inside[..end].to_owned()));
            end + 2
        } else {
            let end = rest.find(|c: char| !(c.is_alphanumeric() || "_-.:".contains(c))).unwrap_or(rest.len());
            if end == 0 {
                let hint = if first == '=' { " (compare with `==`)" } else { "" };
                return Err(format!("`{first}` means nothing here{hint}"));
            }
            let word = rest[..end].to_owned();
            let number = first.is_ascii_digit() || first == '-';
            found.push(if number { Token::Literal(word) } else { Token::Word(word) });
            end
        };
        rest = rest[taken..].trim_start();
    }
    Ok(found)
}

struct Parser {
    tokens: Vec<Token>,
    next: usize,
    depth: usize,
}

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.next)
    }

    fn take_word(&mut self, word: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Word(text)) if text == word);
        self.next += usize::from(found);
        found
    }

    fn or(&mut self) -> Result<Expression, String> {
        let mut left = self.and()?;
        while self.take_word("or") {
            left = Expression::Or(Box::new(left), Box::new(self.and()?));
        }
        Ok(left)
    }

    fn and(&mut self) -> Result<Expression, String> {
        let mut left = self.not()?;
        while self.take_word("and") {
            left = Expression::And(Box::new(left), Box::new(self.not()?));
        }
        Ok(left)
    }

    fn not(&mut self) -> Result<Expression, String> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err("it is nested too deeply".to_owned());
        }
        let expression = if self.take_word("not") {
            Expression::Not(Box::new(self.not()?))
        } else if self.peek() == Some(&Token::Open) {
            self.next += 1;
            let inner = self.or()?;
            if self.peek() != Some(&Token::Close) {
                return Err("a `)` is missing".to_owned());
            }
            self.next += 1;
            inner
        } else {
            self.comparison()?
        };
        self.depth -= 1;
        Ok(expression)
    }

    fn comparison(&mut self) -> Result<Expression, String> {
        let left = self.operand()?;
        let Some(Token::Compare(comparison)) = self.peek() else {
            return match left {
                Operand::Name(name) => Ok(Expression::Filled(name)),
                Operand::Literal(text) => Err(format!("`{text}` is compared with nothing")),
            };
        };
        let comparison = *comparison;
        self.next += 1;
        Ok(Expression::Compare { left, comparison, right: self.operand()? })
    }

    fn operand(&mut self) -> Result<Operand, String> {
        let token = self.peek().cloned().ok_or_else(|| "it ends too early".to_owned())?;
        self.next += 1;
        match token {
            Token::Word(word) if ["and", "or", "not"].contains(&word.as_str()) => {
                Err(format!("`{word}` was not expected here"))
            }
            Token::Word(name) => Ok(Operand::Name(name)),
            Token::Literal(text) => Ok(Operand::Literal(text)),
            other => Err(format!("`{}` was not expected here", other.text())),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn error(source: &str) -> String {
        let mut problems = Problems::default();
        assert_eq!(Expression::read(source, At::default(), &mut problems), None);
        problems.0[0].message.clone()
    }

    #[test]
    fn and_binds_tighter_than_or_and_not_tightest() {
        let mut problems = Problems::default();
        let read = Expression::read("a or not b and c == 'x y'", At::default(), &mut problems).unwrap();
        let Expression::Or(a, rest) = read else { panic!("or at the top") };
        assert_eq!(*a, Expression::Filled("a".into()));
        let Expression::And(not_b, _) = *rest else { panic!("and below") };
        assert_eq!(*not_b, Expression::Not(Box::new(Expression::Filled("b".into()))));
    }

    #[test]
    fn mistakes_are_named() {
        assert!(error("a = 3").contains("compare with `==`"));
        assert!(error("(a").contains("`)` is missing"));
        assert!(error("a ==").contains("ends too early"));
        assert!(error("a b").contains("`b` was not expected"));
        assert!(error("'x").contains("not closed"));
        assert!(error("5").contains("compared with nothing"));
        assert!(error(&"not ".repeat(1000)).contains("too deeply"));
    }
}
