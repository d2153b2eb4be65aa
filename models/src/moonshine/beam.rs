//! Beam search over the decoder, token by token.

use super::model::{Heard, Model, Past, Token};
use crate::lm::{
    Piece, Spelled,
    bias::{Bias, State},
};

/// Nobody speaks more tokens a second (the guard of Moonshine's authors: more is a loop).
const TOKENS_A_SECOND: f32 = 6.5;
/// Short sounds may still be a sentence's beginning.
const LEAST_TOKENS: usize = 8;
/// Readings that are less likely than the best by more (natural log) are none.
const FURTHEST: f32 = 8.0;

/// Tokens with their log probabilities.
type Tokens = Vec<(i64, f32)>;

/// A reading under way.
#[derive(Clone)]
struct Path {
    tokens: Tokens,
    /// Log probability and what the bias gave.
    score: f32,
    bias: State,
    past: Past,
    /// Log probabilities of the next token.
    next: Vec<f32>,
}

/// Up to `width` readings of `pcm` (16 kHz), best first.
pub(super) fn read(model: &Model, pcm: &[i16], bias: &Bias, width: usize) -> ort::Result<Vec<Spelled>> {
    let heard = model.hear(pcm)?;
    let most = LEAST_TOKENS.max((pcm.len() as f32 / 16_000.0 * TOKENS_A_SECOND).ceil() as usize);
    let (scores, past) = model.first(&heard)?;
    let start = Path { tokens: Vec::new(), score: 0.0, bias: bias.start(), past, next: logarithms(scores) };
    let (mut paths, mut ended): (Vec<Path>, Vec<(f32, Tokens)>) = (vec![start], Vec::new());
    for _ in 0..most {
        let best = continuations(model, &paths, bias, width);
        let mut grown = Vec::new();
        for (score, path, token, likely) in best {
            let path = &paths[path];
            if token == model.end {
                ended.push((score, path.tokens.clone()));
                continue;
            }
            grown.push(grow(model, &heard, path, (token, likely), score, bias)?);
        }
        paths = grown;
        let best_end = ended.iter().map(|(score, _)| *score).fold(f32::NEG_INFINITY, f32::max);
        // Scores hardly rise from here on.
        if paths.iter().all(|path| path.score < best_end) {
            break;
        }
    }
    let mut all = ended;
    all.extend(paths.into_iter().map(|path| (path.score, path.tokens)));
    all.sort_by(|a, b| b.0.total_cmp(&a.0));
    let best = all.first().map_or(0.0, |(score, _)| *score);
    all.retain(|(score, _)| *score >= best - FURTHEST);
    Ok(all.iter().take(width).map(|(score, tokens)| spelled(model, tokens, best - score)).collect())
}

/// The best `width` ways on: score, index of the path, token, its log probability.
fn continuations(model: &Model, paths: &[Path], bias: &Bias, width: usize) -> Vec<(f32, usize, i64, f32)> {
    let mut all = Vec::new();
    for (i, path) in paths.iter().enumerate() {
        let mut tokens: Vec<usize> = (0..path.next.len()).filter(|&t| path.next[t].is_finite()).collect();
        tokens.sort_unstable_by(|&a, &b| path.next[b].total_cmp(&path.next[a]).then(a.cmp(&b)));
        // A token that the bias lifts may be some places behind.
        for &token in tokens.iter().take(8 * width) {
            let likely = path.next[token];
            let worth = match &model.tokens[token] {
                _ if token as i64 == model.end => bias.finish(&path.bias),
                Token::Text(text) => bias.push(&path.bias, text).1,
                _ => 0.0,
            };
            all.push((path.score + likely + worth, i, token as i64, likely));
        }
    }
    all.sort_by(|a, b| b.0.total_cmp(&a.0));
    all.truncate(width);
    all
}

fn grow(
    model: &Model,
    heard: &Heard,
    path: &Path,
    (token, likely): (i64, f32),
    score: f32,
    bias: &Bias,
) -> ort::Result<Path> {
    let (scores, past) = model.next(heard, token, &path.past)?;
    let text = match &model.tokens[token as usize] {
        Token::Text(text) => text.as_str(),
        _ => "",
    };
    let mut tokens = path.tokens.clone();
    tokens.push((token, likely));
    Ok(Path { tokens, score, bias: bias.push(&path.bias, text).0, past, next: logarithms(scores) })
}

fn logarithms(mut scores: Vec<f32>) -> Vec<f32> {
    crate::lm::normalise(&mut scores);
    scores
}

fn spelled(model: &Model, tokens: &[(i64, f32)], behind: f32) -> Spelled {
    let mut pieces = Vec::new();
    let mut bytes = Vec::new();
    for &(token, log_probability) in tokens {
        let text = match &model.tokens[token as usize] {
            Token::Mark => continue,
            Token::Text(text) => text.clone(),
            Token::Byte(byte) => {
                bytes.push(*byte);
                let Ok(text) = std::str::from_utf8(&bytes).map(str::to_owned) else { continue };
                text
            }
        };
        bytes.clear();
        pieces.push(Piece { text, from_ms: 0, to_ms: 0, log_probability });
    }
    Spelled { pieces, behind }
}
