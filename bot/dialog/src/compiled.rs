//! A template made ready for calls: phrases normalised, rules compiled, places looked up once.

use crate::api::{BargeIn, Prompt};
use crate::context::{self, ListenContext, ListenPoint, Point};
use crate::dialog::Variables;
use crate::nlu::{self, Asides, Candidate, Categories, Corpus, Match, Misheard, Miss};
use crate::render;
use crate::speak::{self, Form};
use crate::{Utterance, language, lines};
use language::Language;
use std::collections::{BTreeMap, HashMap};
use std::sync::OnceLock;
use warmline_classify::Vectors;
use warmline_schema::{BargeInRule, Compliance, Named, StepKind, Template, VariableType};

/// Why a template cannot be made ready.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CompileError {
    #[error("template `{template}`: language `{language}` is not understood yet; `en`, `id` and `zh` are")]
    Language { template: String, language: String },
    #[error("template `{template}` has no step `{step}`")]
    MissingStep { template: String, step: String },
    #[error("{given} embeddings for {wanted} utterances")]
    Embeddings { given: usize, wanted: usize },
    #[error("the embeddings are of different lengths")]
    Lengths,
}

/// A contact's value that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VariableProblem {
    pub variable: String,
    /// "is missing", "should be a date such as 2026-11-24".
    pub why: String,
}

/// A template ready for any number of calls at once. Immutable; share it in an `Arc`.
#[derive(Clone, Debug)]
pub struct CompiledTemplate {
    template: Template,
    version: String,
    points: Vec<ListenPoint>,
    globals: Vec<Candidate>,
    contexts: Vec<ListenContext>,
    utterances: Vec<String>,
    /// So many of them are expected as answers; the others only tell what a call is about.
    expected: usize,
    /// Some of them as they might be misheard; worked out when they are wanted.
    misheard: OnceLock<Vec<Misheard>>,
    corpus: Corpus,
    categories: Categories,
    forms: BTreeMap<String, Form>,
}

/// Gives each different utterance a place.
#[derive(Default)]
struct Interner {
    utterances: Vec<String>,
    places: HashMap<String, usize>,
}

impl Interner {
    fn place(&mut self, text: &str) -> usize {
        if let Some(place) = self.places.get(text) {
            return *place;
        }
        self.utterances.push(text.to_owned());
        self.places.insert(text.to_owned(), self.utterances.len() - 1);
        self.utterances.len() - 1
    }
}

impl CompiledTemplate {
    /// Make `template` ready. It should come from [`warmline_schema::parse`], which has checked it.
    ///
    /// # Errors
    /// A language the engine does not speak, or a step that is missing.
    pub fn compile(template: Template) -> Result<Self, CompileError> {
        let name = || template.name.clone();
        let unknown = |tag: &&str| !language::SPOKEN.contains(&language::primary(tag));
        if let Some(language) = template.language_tags().into_iter().find(unknown) {
            return Err(CompileError::Language { template: name(), language: language.to_owned() });
        }
        if template.step(&template.entry.person.name).is_none() {
            return Err(CompileError::MissingStep { template: name(), step: template.entry.person.name.clone() });
        }
        let mut interner = Interner::default();
        let points = context::points(&template, |text| interner.place(text));
        let globals = context::globals(&template, |text| interner.place(text));
        let expected = interner.utterances.len();
        let categories = Categories::new(&template, |text| interner.place(text));
        let utterances = interner.utterances;
        let contexts = points.iter().map(|point| context::listen_context(&template, point, &globals)).collect();
        Ok(Self {
            version: format!("{:016x}", fnv(format!("{template:?}").as_bytes())),
            forms: forms(&template),
            template,
            points,
            globals,
            contexts,
            misheard: OnceLock::new(),
            corpus: Corpus::new(&utterances),
            categories,
            expected,
            utterances,
        })
    }

    /// What the recogniser should expect; [`Listen::context`](crate::Listen) is a place in here.
    pub fn contexts(&self) -> &[ListenContext] {
        &self.contexts
    }

    /// Sentences for the recogniser's free-speech model: every phrase that may be an answer.
    pub fn free_sentences(&self) -> Vec<String> {
        self.utterances[..self.expected].to_vec()
    }

    /// Utterances to embed, for [`CompiledTemplate::with_embeddings`]: those of the template, and some of them as they
    /// might be misheard.
    pub fn utterances(&self) -> Vec<String> {
        self.utterances.iter().chain(self.misheard().iter().map(|variant| &variant.text)).cloned().collect()
    }

    fn misheard(&self) -> &[Misheard] {
        self.misheard.get_or_init(|| {
            let english = language::primary(&self.template.language) == "en";
            nlu::misheard(&self.utterances[..self.expected], english)
        })
    }

    /// With one unit-length vector for each of [`CompiledTemplate::utterances`], answers are also understood by meaning:
    /// a classifier learns every phrase of the template, and what might be heard in place of some.
    ///
    /// # Errors
    /// The number of vectors is not the number of utterances, or they are of different lengths.
    pub fn with_embeddings(mut self, embeddings: Vec<Vec<f32>>) -> Result<Self, CompileError> {
        let mut misheard = self.misheard().to_vec();
        let wanted = self.utterances.len() + misheard.len();
        if embeddings.len() != wanted {
            return Err(CompileError::Embeddings { given: embeddings.len(), wanted });
        }
        if embeddings.iter().any(|vector| vector.len() != embeddings[0].len()) {
            return Err(CompileError::Lengths);
        }
        let (own, others) = embeddings.split_at(self.utterances.len());
        if self.is_embedded() {
            for (variant, vector) in misheard.iter_mut().zip(others) {
                variant.vector = Some(vector.clone());
            }
        }
        let vectors = Vectors::new(own).filter(|_| self.is_embedded()).unwrap_or_default();
        let candidates = self.points.iter().flat_map(|point| &point.answers).chain(&self.globals);
        self.corpus = std::mem::take(&mut self.corpus).with_vectors(vectors, &misheard, candidates.clone());
        self.categories = std::mem::take(&mut self.categories).trained(self.corpus.vectors(), candidates);
        Ok(self)
    }

    /// The sentence embedding knows English only: to it two sentences of another language mean about the same.
    fn is_embedded(&self) -> bool {
        self.template.language_tags().into_iter().any(|tag| Language::of(tag) == Language::English)
    }

    /// Changes whenever anything in the template does: 16 hexadecimal digits.
    pub fn version(&self) -> &str {
        &self.version
    }

    pub fn template(&self) -> &Template {
        &self.template
    }

    pub fn name(&self) -> &str {
        &self.template.name
    }

    /// Longest conversation, in milliseconds from the answer.
    pub fn limit_ms(&self) -> Option<u64> {
        Some(u64::from(self.template.limits.seconds.most) * 1000)
    }

    pub fn compliance(&self) -> Compliance {
        self.template.compliance()
    }

    /// Variables every contact must have.
    pub fn required_variables(&self) -> Vec<String> {
        let required = self.template.variables.iter().filter(|variable| variable.required);
        required.map(|variable| variable.name.name.clone()).collect()
    }

    /// What is wrong with one contact's data: missing or not what its type says.
    pub fn check_variables(&self, variables: &Variables) -> Vec<VariableProblem> {
        let language = Language::of(self.language_of(variables));
        let check = |variable: &warmline_schema::Variable| {
            let name = &variable.name.name;
            let why = match variables.get(name).map(|value| value.trim()).filter(|value| !value.is_empty()) {
                None if variable.required && variable.default.is_none() => "is missing".to_owned(),
                None => return None,
                Some(value) => format!("should be {}", speak::spoken(value, variable.kind.into(), language).err()?),
            };
            Some(VariableProblem { variable: name.clone(), why })
        };
        self.template.variables.iter().filter_map(check).collect()
    }

    /// Every prompt whose text is known before the call, the first ones of the conversation first.
    /// Prompts with a slot in them are not among these.
    pub fn prompts(&self, variables: &Variables) -> Vec<Prompt> {
        render::known_prompts(self, variables)
    }

    pub(crate) fn step_index(&self, target: &Named) -> Option<usize> {
        self.template.step(&target.name).map(|(index, _)| index)
    }

    /// Points stand in the order of their steps.
    fn place(&self, point: Point) -> Option<usize> {
        let first = self.points.partition_point(|other| other.point.step < point.step);
        let same = self.points[first..].iter().take_while(|other| other.point.step == point.step);
        same.zip(first..).find(|(other, _)| other.point == point).map(|(_, place)| place)
    }

    /// Where step number `step` listens.
    pub(crate) fn points_of(&self, step: usize) -> impl Iterator<Item = Point> {
        self.points.iter().map(|listening| listening.point).filter(move |point| point.step == step)
    }

    /// The point of [`Listen::context`](crate::Listen).
    pub(crate) fn point_at(&self, context: usize) -> Option<Point> {
        self.points.get(context).map(|listening| listening.point)
    }

    pub(crate) fn context_of(&self, point: Point) -> usize {
        self.place(point).unwrap_or_default()
    }

    pub(crate) fn understand(&self, point: Point, utterance: &Utterance) -> Result<Match, Miss> {
        nlu::understand(self.answers(point).iter().chain(&self.globals), utterance, &self.corpus)
    }

    /// What `utterance` holds beside the answer to the open question, and what is left of it.
    pub(crate) fn asides(&self, point: Point, utterance: &Utterance) -> Asides {
        Asides::of(self.answers(point), &self.globals, utterance, &self.corpus)
    }

    /// How the words of `utterance` sound, −1…1.
    pub(crate) fn sentiment(&self, utterance: &Utterance) -> f32 {
        self.categories.mood(utterance)
    }

    /// What a call with `utterance` in it is about.
    pub(crate) fn categories(&self, utterance: &Utterance) -> Vec<String> {
        self.categories.of(utterance, &self.corpus)
    }

    pub(crate) fn answers(&self, point: Point) -> &[Candidate] {
        self.place(point).map_or(&[], |place| self.points[place].answers.as_slice())
    }

    /// The answers of every point, in the order of the points.
    pub(crate) fn all_answers(&self) -> impl Iterator<Item = &Candidate> + Clone {
        self.points.iter().flat_map(|point| &point.answers)
    }

    /// Of one of [`CompiledTemplate::utterances`], by its place.
    pub(crate) fn embedding(&self, utterance: usize) -> Option<&[f32]> {
        self.corpus.vectors().get(utterance)
    }

    pub(crate) fn global_candidates(&self) -> &[Candidate] {
        &self.globals
    }

    pub(crate) fn form(&self, name: &str) -> Form {
        self.forms.get(name).copied().unwrap_or(Form::Plain)
    }

    /// The voice of `language`.
    pub(crate) fn voice(&self, language: &str) -> &str {
        let known = self.template.languages.iter().find(|known| known.tag.name == language);
        known.map_or(&self.template.voice, |known| &known.voice)
    }

    /// The language a conversation with this contact begins in: the contact's own, if the template has it.
    pub(crate) fn language_of(&self, variables: &Variables) -> &str {
        let tags = self.template.language_tags();
        let wanted = variables.get("language").and_then(|wanted| tags.into_iter().find(|tag| *tag == wanted.trim()));
        wanted.unwrap_or(&self.template.language)
    }

    /// Lines of the engine itself that this template may need.
    pub(crate) fn engine_lines(&self) -> Vec<&'static str> {
        let lines = lines::of(&self.template.language);
        let own = [lines.connecting, lines.opted_out, lines.wrong_number, lines.goodbye, lines.fault];
        [&lines.not_understood[..], &[lines.nothing_heard, lines.ask_again], &own[..]].concat()
    }
}

pub(crate) fn barge_in(rule: BargeInRule) -> BargeIn {
    match rule {
        BargeInRule::Allowed => BargeIn::Allowed,
        BargeInRule::Keys => BargeIn::Keys,
        BargeInRule::Never => BargeIn::Never,
        BargeInRule::After(ms) => BargeIn::After { ms },
    }
}

fn forms(template: &Template) -> BTreeMap<String, Form> {
    let mut forms: BTreeMap<String, Form> = template
        .variables
        .iter()
        .filter(|variable| variable.kind != VariableType::Text)
        .map(|variable| (variable.name.name.clone(), variable.kind.into()))
        .collect();
    for step in &template.steps {
        if let StepKind::Form(form) = &step.kind {
            forms.extend(form.fields.iter().map(|field| (field.slot.name.clone(), field.shape.kind.into())));
        }
        if let StepKind::Collect(collect) = &step.kind {
            forms.insert(collect.slot.name.clone(), collect.shape.kind.into());
            forms.extend(collect.also.as_ref().map(|(slot, shape)| (slot.name.clone(), Form::from(shape.kind))));
        }
    }
    forms
}

/// FNV-1a, 64 bit: a fingerprint, not a signature.
pub(crate) fn fnv(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

/// A fair choice among `of`, the same for the same inputs.
pub(crate) fn chosen(seed: u64, step: usize, time: u32, of: usize) -> usize {
    let mut bytes = seed.to_le_bytes().to_vec();
    bytes.extend((step as u64).to_le_bytes());
    bytes.extend(time.to_le_bytes());
    // The low bits of FNV are the weaker ones.
    ((fnv(&bytes) >> 20) % of.max(1) as u64) as usize
}
