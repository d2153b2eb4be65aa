//! All words of a vocabulary as one tree of phones, for speech that no phrase expects.

use super::{
    lexicon::Lexicon,
    ngram::{Mixture, NONE, Token, Vocabulary},
    phones::{Phone, least_frames},
};
use std::{collections::BTreeMap, ops::Range};

/// A word of the tree.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct TreeWord {
    pub(crate) text: String,
    /// Its token in the language model, and the logarithm of its share of that token.
    pub(crate) token: Token,
    pub(crate) share: f32,
}

#[derive(Clone, Debug, PartialEq)]
struct Node {
    phone: Phone,
    /// It may take more than one frame: the last of its phone's nodes.
    stays: bool,
    children: Range<u32>,
    ends: Range<u32>,
    ahead: f32,
}

/// The tree. Node 0 is the root, which emits nothing.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tree {
    nodes: Vec<Node>,
    children: Vec<u32>,
    /// Words that end in a node, with the weight of the pronunciation.
    ends: Vec<(u32, f32)>,
    pub(crate) words: Vec<TreeWord>,
}

#[derive(Default)]
struct Draft {
    phone: Phone,
    stays: bool,
    children: BTreeMap<Phone, usize>,
    ends: Vec<(u32, f32)>,
}

impl Tree {
    /// The words of `vocabulary` that `lexicon` can say, in alphabetical order.
    pub(crate) fn build(vocabulary: &Vocabulary, lexicon: &Lexicon, model: &Mixture) -> Tree {
        let mut texts: Vec<&str> = vocabulary.words().collect();
        texts.sort_unstable();
        let mut drafts = vec![Draft::default()];
        let mut words = Vec::with_capacity(texts.len());
        for text in texts {
            let (Some(ways), Some((token, share))) = (lexicon.get(text), vocabulary.get(text)) else { continue };
            for way in ways.iter() {
                insert(&mut drafts, &way.phones, words.len() as u32, way.weight);
            }
            words.push(TreeWord { text: text.to_string(), token, share });
        }
        let unigrams: Vec<f32> = words.iter().map(|w| model.log_probability((NONE, NONE), w.token) + w.share).collect();
        lay_out(&drafts, words, &unigrams)
    }

    /// How many nodes there are.
    pub(crate) fn size(&self) -> u32 {
        self.nodes.len() as u32
    }

    pub(crate) fn phone(&self, node: u32) -> usize {
        usize::from(self.nodes[node as usize].phone)
    }

    /// Whether a reading may stay in `node` for another frame.
    pub(crate) fn stays(&self, node: u32) -> bool {
        self.nodes[node as usize].stays
    }

    pub(crate) fn children(&self, node: u32) -> &[u32] {
        let range = &self.nodes[node as usize].children;
        &self.children[range.start as usize..range.end as usize]
    }

    /// Words that end in `node`, with the weight of the pronunciation.
    pub(crate) fn ends(&self, node: u32) -> &[(u32, f32)] {
        let range = &self.nodes[node as usize].ends;
        &self.ends[range.start as usize..range.end as usize]
    }

    /// The best log probability, without history, of the words behind `node`.
    pub(crate) fn ahead(&self, node: u32) -> f32 {
        self.nodes[node as usize].ahead
    }
}

fn insert(drafts: &mut Vec<Draft>, phones: &[Phone], word: u32, weight: f32) {
    let mut at = 0;
    // A phone has as many nodes, one below the other, as frames that it takes at least.
    for (phone, frame) in phones.iter().flat_map(|phone| (1..=least_frames(*phone)).map(move |f| (*phone, f))) {
        at = match drafts[at].children.get(&phone) {
            Some(child) => *child,
            None => {
                drafts.push(Draft { phone, stays: frame == least_frames(phone), ..Draft::default() });
                let child = drafts.len() - 1;
                drafts[at].children.insert(phone, child);
                child
            }
        };
    }
    drafts[at].ends.push((word, weight));
}

fn lay_out(drafts: &[Draft], words: Vec<TreeWord>, unigrams: &[f32]) -> Tree {
    let mut tree = Tree { words, ..Tree::default() };
    let mut ahead = vec![f32::NEG_INFINITY; drafts.len()];
    // A child always stands behind its parent, so one pass from the back sees children first.
    for (at, draft) in drafts.iter().enumerate().rev() {
        let own = draft.ends.iter().map(|(word, _)| unigrams[*word as usize]);
        let below = draft.children.values().map(|child| ahead[*child]);
        ahead[at] = own.chain(below).fold(f32::NEG_INFINITY, f32::max);
    }
    ahead[0] = 0.0;
    for (draft, ahead) in drafts.iter().zip(ahead) {
        let (children, ends) = (tree.children.len() as u32, tree.ends.len() as u32);
        tree.children.extend(draft.children.values().map(|c| *c as u32));
        tree.ends.extend(&draft.ends);
        tree.nodes.push(Node {
            phone: draft.phone,
            stays: draft.stays,
            children: children..tree.children.len() as u32,
            ends: ends..tree.ends.len() as u32,
            ahead,
        });
    }
    tree
}

#[cfg(test)]
mod tests {
    use super::{super::ngram::Ngram, super::phones, *};
    use std::sync::Arc;

    #[test]
    fn words_share_beginnings_and_homophones_share_ends() {
        let lexicon = Lexicon::of(&[("no", "n ow"), ("know", "n ow"), ("not", "n aa t")]);
        let mut vocabulary = Vocabulary::default();
        let counted = Arc::new(Ngram::of(["no know", "no not", "quux"], &mut vocabulary));
        let model = Mixture::new(vec![(1.0, counted)], vocabulary.size());
        let tree = Tree::build(&vocabulary, &lexicon, &model);
        let said: Vec<&str> = tree.words.iter().map(|w| w.text.as_str()).collect();
        assert_eq!(said, ["know", "no", "not"], "a word without a sound is left out");
        let n = tree.children(0)[0];
        assert_eq!(
            (tree.children(0).len(), tree.phone(n)),
            (1, usize::from(phones::parse("n").unwrap_or_default()[0]))
        );
        let one_child = |node: u32| tree.children(node).first().copied().unwrap_or_default();
        let second = one_child(n);
        assert!(!tree.stays(n) && tree.stays(second), "a consonant takes two frames or more");
        let ends: Vec<u32> = tree.children(second).iter().map(|vowel| one_child(one_child(*vowel))).collect();
        let ow = ends.iter().find(|c| tree.ends(**c).len() == 2);
        assert!(ow.is_some_and(|node| tree.ahead(*node) <= tree.ahead(n) && tree.ahead(n) < 0.0));
    }
}
