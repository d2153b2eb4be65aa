//! The whole template and its blocks, except the steps.

use crate::fields::{Fields, Named, checked_name, named, scalar};
use crate::fragment::{Fragment, Written};
use crate::globals::Globals;
use crate::intent::Intent;
use crate::knowledge::Knowledge;
use crate::language::{Language, checked_voice};
use crate::limits::Limits;
use crate::node::{Key, Kind, Node};
use crate::problem::{At, Problem, Problems};
use crate::slot::SlotShape;
use crate::steps::Step;
use crate::text::{Text, Wording};

/// A dialog as a trainer wrote it, read and checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Template {
    pub name: String,
    pub title: String,
    pub description: Option<String>,
    /// BCP 47, such as `en` or `en-GB`.
    pub language: String,
    /// Engine and voice, such as `flite:slt`.
    pub voice: String,
    /// All its languages, the main one first; empty: only the main one.
    pub languages: Vec<Language>,
    pub entry: EntryPoints,
    pub variables: Vec<Variable>,
    pub identification: Option<Identification>,
    pub intents: Vec<Intent>,
    /// Understood everywhere, answered, and back to the open question.
    pub knowledge: Vec<Knowledge>,
    pub globals: Globals,
    pub limits: Limits,
    pub steps: Vec<Step>,
    /// What somebody should look at although the template can be used.
    pub warnings: Vec<Problem>,
}

/// Where the conversation begins, by how the call was answered.
#[derive(Clone, Debug, PartialEq)]
pub struct EntryPoints {
    pub person: Named,
    /// Absent: hang up without a word.
    pub machine_with_beep: Option<Named>,
    /// Absent: hang up without a word.
    pub machine_without_beep: Option<Named>,
    /// Said when something in the platform fails in the middle of a call. Absent: a line of the engine's own.
    pub error: Option<Named>,
    /// A call that follows an earlier one: the person asked for it, or calls us back. Absent: as for a person who was called.
    pub called_back: Option<Named>,
    /// The conversation is a text chat. Absent: as for a person who was called.
    pub chat: Option<Named>,
}

/// Contact data that the template uses.
#[derive(Clone, Debug, PartialEq)]
pub struct Variable {
    pub name: Named,
    pub kind: VariableType,
    pub default: Option<String>,
    pub required: bool,
}

/// How a variable is spoken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum VariableType {
    #[default]
    Text,
    /// `1250` is said "one thousand two hundred fifty".
    Number,
    /// `2026-11-24` is said "Tuesday, November twenty fourth".
    Date,
    /// `14:30` is said "two thirty p m".
    Time,
    /// `49.90 EUR` is said "forty nine euros and ninety cents".
    Money,
    /// `+15550102030` is said digit by digit, in groups.
    Phone,
    /// Any string of digits, said one by one.
    Digits,
}

/// The values of a variable's `type`.
pub const VARIABLE_TYPES: [(&str, VariableType); 7] = [
    ("text", VariableType::Text),
    ("number", VariableType::Number),
    ("date", VariableType::Date),
    ("time", VariableType::Time),
    ("money", VariableType::Money),
    ("phone", VariableType::Phone),
    ("digits", VariableType::Digits),
];

/// Who calls: what the law wants said at the start of an automated call.
#[derive(Clone, Debug, PartialEq)]
pub struct Identification {
    pub company: Text,
    pub callback_number: Text,
    /// Says that the call is automated and who is behind it; `{{identification}}` in a prompt.
    pub statement: Wording,
    /// Says how not to be called again; `{{opt_out}}` in a prompt.
    pub opt_out: Option<Wording>,
}

pub(crate) fn read(root: &Node, problems: &mut Problems) -> Option<Template> {
    let mut fields = Fields::of(root, "the template", problems)?;
    let name = fields.required_name("template");
    let title = fields.text("title");
    let description = fields.text("description");
    let language = fields.text("language").unwrap_or_else(|| "en".to_owned());
    let voice = voice(&mut fields);
    let entry = fields.required("entry").and_then(|node| EntryPoints::read(node, fields.problems));
    let variables = variables(&mut fields);
    let identification = fields.optional("identification").and_then(|node| Identification::read(node, fields.problems));
    let languages = languages(&mut fields);
    let intents = intents(&mut fields);
    let knowledge = knowledge(&mut fields);
    let globals = Globals::read(&mut fields);
    let limits = Limits::read(&mut fields);
    fields.required("steps");
    let entries = fields.entries("steps");
    let mut steps: Vec<_> =
        entries.iter().filter_map(|(key, node)| Written::read(key, node, fields.problems)).collect();
    let own_types = slot_types(&mut fields);
    for shape in steps.iter_mut().flat_map(Written::shapes_mut) {
        shape.resolve(&own_types, fields.problems);
    }
    let broken_steps = steps.len() != entries.len();
    let entries = fields.entries("fragments");
    let fragments: Vec<_> =
        entries.iter().filter_map(|(key, node)| Fragment::read(key, node, &own_types, fields.problems)).collect();
    let broken_steps = broken_steps || fragments.len() != entries.len();
    // What is included was put in place before.
    fields.optional("include");
    fields.finish();
    if broken_steps {
        return None;
    }
    let steps = crate::fragment::expand(steps, &fragments, problems)?;
    let name = name?.name;
    Some(Template {
        title: title.unwrap_or_else(|| name.clone()),
        name,
        description,
        language,
        voice: voice?,
        languages,
        entry: entry?,
        variables,
        identification,
        intents,
        knowledge,
        globals,
        limits,
        steps,
        warnings: Vec::new(),
    })
}

fn voice(fields: &mut Fields<'_, '_>) -> Option<String> {
    let node = fields.required("voice")?;
    let (voice, at) = scalar(node, "voice", fields.problems)?;
    checked_voice(voice, at, fields.problems)
}

fn variables(fields: &mut Fields<'_, '_>) -> Vec<Variable> {
    let entries = fields.entries("variables");
    entries.iter().filter_map(|(key, node)| Variable::read(key, node, fields.problems)).collect()
}

fn languages(fields: &mut Fields<'_, '_>) -> Vec<Language> {
    let entries = fields.entries("languages");
    entries.iter().filter_map(|(key, node)| Language::read(key, node, fields.problems)).collect()
}

fn knowledge(fields: &mut Fields<'_, '_>) -> Vec<Knowledge> {
    let entries = fields.entries("knowledge");
    entries.iter().filter_map(|(key, node)| Knowledge::read(key, node, fields.problems)).collect()
}

fn intents(fields: &mut Fields<'_, '_>) -> Vec<Intent> {
    let entries = fields.entries("intents");
    entries.iter().filter_map(|(key, node)| Intent::read(key, node, fields.problems)).collect()
}

/// Types of slot that several steps share.
fn slot_types(fields: &mut Fields<'_, '_>) -> Vec<(Named, SlotShape)> {
    let entries = fields.entries("slot_types");
    let read = |(key, node): &(Key, Node)| {
        let name = checked_name(&key.text, key.at, "type of slot", fields.problems)?;
        let mut inner = Fields::of(node, format!("slot type `{}`", key.text), fields.problems)?;
        let shape = SlotShape::read(&mut inner);
        inner.finish();
        let shape = shape?;
        if let Some(other) = &shape.custom {
            fields.problems.error(other.at, format!("slot type `{}` cannot be made of another one", key.text));
            return None;
        }
        Some((name, shape))
    };
    entries.iter().filter_map(read).collect()
}

impl EntryPoints {
    fn read(node: &Node, problems: &mut Problems) -> Option<Self> {
        let mut fields = Fields::of(node, "`entry`", problems)?;
        let person = fields.required_name("person");
        let machine_with_beep = fields.name("machine_with_beep");
        let machine_without_beep = fields.name("machine_without_beep");
        let (error, called_back, chat) = (fields.name("error"), fields.name("called_back"), fields.name("chat"));
        fields.finish();
        Some(Self { person: person?, machine_with_beep, machine_without_beep, error, called_back, chat })
    }
}

/// Names a variable cannot have: they mean parts of the identification.
pub const BUILT_IN: [&str; 2] = ["identification", "opt_out"];

impl Variable {
    fn read(key: &Key, node: &Node, problems: &mut Problems) -> Option<Self> {
        let name = checked_name(&key.text, key.at, "variable", problems)?;
        if BUILT_IN.contains(&key.text.as_str()) {
            problems.error(key.at, format!("`{}` is a built-in name and cannot be a variable", key.text));
            return None;
        }
        match &node.kind {
            Kind::Null => return Some(Self { name, kind: VariableType::Text, default: None, required: true }),
            Kind::Scalar(_) => {
                let kind = named(node, "type", problems)?;
                let found = VARIABLE_TYPES.iter().find(|(word, _)| *word == kind.name);
                if found.is_none() {
                    let words = VARIABLE_TYPES.iter().map(|(word, _)| *word);
                    problems.unknown(kind.at, "type of variable", &kind.name, words);
                }
                return Some(Self { name, kind: found?.1, default: None, required: true });
            }
            _ => {}
        }
        let mut fields = Fields::of(node, format!("variable `{}`", key.text), problems)?;
        let kind = fields.choice("type", &VARIABLE_TYPES).unwrap_or_default();
        let default = fields.text("default");
        let required = fields.choice("required", &[("true", true), ("false", false)]);
        fields.finish();
        Some(Self { name, kind, required: required.unwrap_or(default.is_none()), default })
    }
}

impl Identification {
    fn read(node: &Node, problems: &mut Problems) -> Option<Self> {
        let mut fields = Fields::of(node, "`identification`", problems)?;
        fields.required("company");
        let company = fields.one_text("company");
        fields.required("callback_number");
        let callback_number = fields.one_text("callback_number");
        let statement = fields.required_wording("statement");
        let opt_out = fields.wording("opt_out");
        fields.finish();
        Some(Self { company: company?, callback_number: callback_number?, statement: statement?, opt_out })
    }
}

impl Template {
    /// The language that the conversation begins in, and the others.
    pub fn language_tags(&self) -> Vec<&str> {
        match self.languages.as_slice() {
            [] => vec![self.language.as_str()],
            all => all.iter().map(|language| language.tag.name.as_str()).collect(),
        }
    }

    /// The recordings it names (`audio: hello.wav`) and where, each once.
    pub fn recordings(&self) -> Vec<(&str, At)> {
        let steps = self.steps.iter().flat_map(|step| step.kind.wordings()).flat_map(Wording::texts);
        let texts = steps.chain(self.frame_texts());
        let mut found: Vec<(&str, At)> = texts.filter_map(|text| Some((text.audio.as_deref()?, text.at))).collect();
        found.sort_unstable_by_key(|(file, at)| (*at, *file));
        found.dedup();
        found
    }

    /// Its voices, the main one first.
    pub fn voices(&self) -> Vec<&str> {
        let mut voices = vec![self.voice.as_str()];
        for language in &self.languages {
            if !voices.contains(&language.voice.as_str()) {
                voices.push(&language.voice);
            }
        }
        voices
    }

    /// The step called `name`, with its place in [`Template::steps`].
    pub fn step(&self, name: &str) -> Option<(usize, &Step)> {
        self.steps.iter().enumerate().find(|(_, step)| step.name.name == name)
    }

    pub(crate) fn entries(&self) -> impl Iterator<Item = &Named> {
        let entry = &self.entry;
        let machines = entry.machine_with_beep.iter().chain(&entry.machine_without_beep);
        std::iter::once(&entry.person).chain(machines).chain(&entry.called_back).chain(&entry.chat)
    }

    /// Everything it may say outside the steps.
    pub(crate) fn frame_texts(&self) -> Vec<&Text> {
        let mut texts: Vec<&Text> = self.globals.wordings().flat_map(Wording::texts).collect();
        texts.extend(self.knowledge.iter().flat_map(|entry| entry.answer.texts()));
        if let Some(known) = &self.identification {
            texts.extend([&known.company, &known.callback_number]);
            texts.extend(known.statement.texts());
            texts.extend(known.opt_out.iter().flat_map(Wording::texts));
        }
        texts
    }

    pub(crate) fn at(&self) -> At {
        self.entry.person.at
    }
}
