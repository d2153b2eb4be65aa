//! Grouping by meaning: each text joins the group whose centre is nearest if that is near enough, the most frequent
//! texts first; then every text moves once more to the nearest centre, and groups that have grown together become one.
//! The same texts give the same groups in the same order, whatever the order in which they come.

use super::space::{Space, dot, unit};
use super::suggest::{Suggestion, phrases_at, suggest};
use crate::compiled::{CompiledTemplate, fnv};
use crate::words;
use std::collections::BTreeMap;

/// Groups whose centres are nearer than two texts of one group have to be, by this, become one.
const GROWN_TOGETHER: f32 = 0.12;
/// What saying it often adds to being in the middle when a representative is chosen.
const OFTEN: f32 = 0.05;
/// The group of what could not be read.
const UNREAD: &str = "unread";

/// One thing that was said.
#[derive(Clone, Copy, Debug)]
pub struct Said<'a> {
    pub text: &'a str,
    /// Unit length.
    pub embedding: Option<&'a [f32]>,
    /// Step in which it was said.
    pub step: &'a str,
}

/// Things that were said and mean the same.
#[derive(Clone, Debug, PartialEq)]
pub struct Cluster {
    /// Eight hexadecimal digits that stay as long as the representative does; `unread` for what has no words.
    pub id: String,
    /// Places in what was given, in its order.
    pub members: Vec<usize>,
    /// The different texts, normalised, with how often each was said; the most frequent first.
    pub texts: Vec<(String, usize)>,
    /// The text that stands for all.
    pub representative: String,
    /// Steps in which they were said, the most frequent first.
    pub steps: Vec<(String, usize)>,
    /// The nearest meaning of what can be understood there; absent: probably something new.
    pub suggestion: Option<Suggestion>,
}

/// A text and those who said it.
struct Text<'a> {
    text: String,
    embedding: Option<&'a [f32]>,
    members: Vec<usize>,
}

/// Groups of what was said, the largest first.
pub fn clusters(said: &[Said], template: &CompiledTemplate) -> Vec<Cluster> {
    let mut texts: BTreeMap<String, Text> = BTreeMap::new();
    for (place, one) in said.iter().enumerate() {
        let text = words::normalise(one.text);
        let found = texts.entry(text.clone()).or_insert(Text { text, embedding: one.embedding, members: Vec::new() });
        found.embedding = found.embedding.or(one.embedding);
        found.members.push(place);
    }
    let unread = texts.remove("").map(|text| text.members);
    let mut texts: Vec<Text> = texts.into_values().collect();
    // Of equally frequent ones the first in the alphabet: a stable sort of a sorted list.
    texts.sort_by_key(|text| std::cmp::Reverse(text.members.len()));
    let listed: Vec<_> = texts.iter().map(|text| (text.text.as_str(), text.embedding)).collect();
    let space = Space::of(&listed, template.phrases());
    let vectors: Vec<Vec<f32>> = listed.iter().map(|(text, embedding)| space.vector(text, *embedding)).collect();
    let mut found: Vec<Cluster> = groups(&vectors, space.same())
        .into_iter()
        .map(|group| {
            let centre = centre(&group, &vectors);
            let steps = steps(group.iter().flat_map(|place| &texts[*place].members), said);
            let step = steps.first().map_or("", |(step, _)| step.as_str());
            let suggestion = suggest(&centre, &space, &phrases_at(template, step));
            let near = |place: usize| dot(&vectors[place], &centre) + OFTEN * (texts[place].members.len() as f32).ln();
            let best = group.iter().copied().max_by(|a, b| near(*a).total_cmp(&near(*b)).then(b.cmp(a)));
            let representative = best.map_or(String::new(), |place| texts[place].text.clone());
            let mut members: Vec<usize> = group.iter().flat_map(|place| texts[*place].members.clone()).collect();
            members.sort_unstable();
            Cluster {
                id: format!("{:08x}", fnv(representative.as_bytes()) >> 32),
                members,
                texts: group.iter().map(|place| (texts[*place].text.clone(), texts[*place].members.len())).collect(),
                representative,
                steps,
                suggestion,
            }
        })
        .collect();
    found.extend(unread.map(|members| Cluster {
        id: UNREAD.to_owned(),
        texts: Vec::new(),
        representative: String::new(),
        steps: steps(members.iter(), said),
        suggestion: None,
        members,
    }));
    found.sort_by(|a, b| b.members.len().cmp(&a.members.len()).then_with(|| a.representative.cmp(&b.representative)));
    found
}

fn steps<'a>(members: impl Iterator<Item = &'a usize>, said: &[Said]) -> Vec<(String, usize)> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    members.for_each(|place| *counts.entry(said[*place].step).or_default() += 1);
    let mut counts: Vec<_> = counts.into_iter().map(|(step, count)| (step.to_owned(), count)).collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    counts
}

/// Places in `vectors`, group by group, in rising order within each.
fn groups(vectors: &[Vec<f32>], same: f32) -> Vec<Vec<usize>> {
    let nearest = |vector: &[f32], centres: &[Vec<f32>]| {
        let all = centres.iter().enumerate().map(|(place, centre)| (place, dot(vector, centre)));
        all.max_by(|(a, x), (b, y)| x.total_cmp(y).then(b.cmp(a)))
    };
    let (mut sums, mut centres): (Vec<Vec<f32>>, Vec<Vec<f32>>) = (Vec::new(), Vec::new());
    for vector in vectors {
        match nearest(vector, &centres).filter(|(_, near)| *near >= same) {
            Some((place, _)) => {
                sums[place].iter_mut().zip(vector).for_each(|(sum, number)| *sum += number);
                centres[place].clone_from(&sums[place]);
                unit(&mut centres[place]);
            }
            None => {
                sums.push(vector.clone());
                centres.push(vector.clone());
            }
        }
    }
    let mut groups = vec![Vec::new(); centres.len()];
    for (place, vector) in vectors.iter().enumerate() {
        if let Some((group, _)) = nearest(vector, &centres) {
            groups[group].push(place);
        }
    }
    groups.retain(|group: &Vec<usize>| !group.is_empty());
    grown_together(groups, vectors, same + GROWN_TOGETHER)
}

/// Joins a group to the first whose centre is as near as `limit`.
fn grown_together(groups: Vec<Vec<usize>>, vectors: &[Vec<f32>], limit: f32) -> Vec<Vec<usize>> {
    let mut kept: Vec<(Vec<usize>, Vec<f32>)> = Vec::new();
    for group in groups {
        let own = centre(&group, vectors);
        match kept.iter_mut().find(|(_, other)| dot(&own, other) >= limit) {
            Some((members, other)) => {
                members.extend(group);
                members.sort_unstable();
                *other = centre(members, vectors);
            }
            None => kept.push((group, own)),
        }
    }
    kept.into_iter().map(|(group, _)| group).collect()
}

fn centre(group: &[usize], vectors: &[Vec<f32>]) -> Vec<f32> {
    let mut sum = vec![0.0; group.first().map_or(0, |place| vectors[*place].len())];
    for place in group {
        sum.iter_mut().zip(&vectors[*place]).for_each(|(sum, number)| *sum += number);
    }
    unit(&mut sum);
    sum
}
