//! What a CTC model wants and gives, as `model.toml` beside it says: features, names of inputs and outputs,
//! tokens, languages.

use super::fbank::Window;
use serde::Deserialize;
use std::collections::BTreeMap;

/// One model. Defaults are those of a plain model over mel features.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Description {
    /// The ONNX file, beside this one.
    pub(crate) model: String,
    /// Its tokens: a text file with one `token` or `token number` a line, or JSON, a list or an object.
    pub(crate) tokens: String,
    pub(crate) features: Features,
    pub(crate) inputs: Inputs,
    pub(crate) output: Output,
    /// BCP 47 → the number the model's language input wants; `auto` for all others.
    #[serde(default)]
    pub(crate) languages: BTreeMap<String, i64>,
}

/// What the model hears, made of 16 kHz sound.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
pub(crate) enum Features {
    /// Kaldi's filter bank, [batch, rows, mels × stack].
    Fbank {
        #[serde(default = "eighty")]
        mels: usize,
        #[serde(default)]
        window: Window,
        /// Rows side by side in one, and how far apart such rows begin.
        #[serde(default = "one")]
        stack: usize,
        #[serde(default = "one")]
        stride: usize,
        /// Shift and scale of each number: `am.mvn` (Kaldi's text form) beside the model, or `metadata` for
        /// `neg_mean` and `inv_stddev` inside it.
        cmvn: Option<String>,
    },
    /// The samples themselves, [batch, samples], between −1 and 1.
    Waveform {
        /// Of mean 0 and variance 1.
        #[serde(default)]
        normalised: bool,
    },
}

/// Names of the model's inputs; those that it lacks are left out.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Inputs {
    pub(crate) sound: String,
    /// Rows (or samples) of the sound, [batch].
    pub(crate) length: Option<String>,
    /// A number from `languages`, [batch].
    pub(crate) language: Option<String>,
    /// How numbers are written, [batch].
    pub(crate) style: Option<String>,
    /// What the style input is given.
    #[serde(default)]
    pub(crate) style_value: i64,
}

/// The model's scores, [batch, frames, tokens], as logits or log probabilities.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Output {
    pub(crate) scores: String,
    #[serde(default)]
    pub(crate) blank: usize,
    /// Frames at the front that describe and do not spell.
    #[serde(default)]
    pub(crate) skip: usize,
    /// Milliseconds of sound a frame stands for.
    pub(crate) frame_ms: f32,
    /// The token between words, where it is not a space or `▁`.
    pub(crate) space: Option<String>,
}

fn eighty() -> usize {
    80
}

fn one() -> usize {
    1
}

impl Description {
    /// Read `model.toml`; an error names the field.
    pub(crate) fn parse(text: &str) -> Result<Description, String> {
        let description: Description = toml::from_str(text).map_err(|e| e.to_string())?;
        description.check().map(|()| description)
    }

    fn check(&self) -> Result<(), String> {
        let (name, value) = match &self.features {
            Features::Fbank { mels, .. } if !(8..=256).contains(mels) => ("features.mels", *mels),
            Features::Fbank { stack, .. } if !(1..=32).contains(stack) => ("features.stack", *stack),
            Features::Fbank { stride, .. } if !(1..=32).contains(stride) => ("features.stride", *stride),
            _ if !(1.0..=1_000.0).contains(&self.output.frame_ms) => ("output.frame_ms", self.output.frame_ms as usize),
            _ => return Ok(()),
        };
        Err(format!("`{name}` cannot be {value}"))
    }

    /// SenseVoice-small with the inputs of its export for sherpa-onnx (`x`) or of FunASR's own (`speech`).
    ///
    /// Numbers of languages and styles: FunASR, `sense_voice/model.py`. The first four frames tell language,
    /// mood, event and style.
    pub(crate) fn sensevoice(model: &str, tokens: &str, funasr: bool) -> Description {
        let name = |sherpa: &str, own: &str| (if funasr { own } else { sherpa }).to_owned();
        let languages = [("auto", 0), ("zh", 3), ("en", 4), ("yue", 7), ("ja", 11), ("ko", 12)];
        Description {
            model: model.to_owned(),
            tokens: tokens.to_owned(),
            features: Features::Fbank {
                mels: 80,
                window: Window::Hamming,
                stack: 7,
                stride: 6,
                cmvn: Some(name("metadata", "am.mvn")),
            },
            inputs: Inputs {
                sound: name("x", "speech"),
                length: Some(name("x_length", "speech_lengths")),
                language: Some(name("language", "language")),
                style: Some(name("text_norm", "textnorm")),
                // Without inverse text normalisation: numbers stay words.
                style_value: 15,
            },
            output: Output { scores: name("logits", "ctc_logits"), blank: 0, skip: 4, frame_ms: 60.0, space: None },
            languages: languages.map(|(tag, number)| (tag.to_owned(), number)).into(),
        }
    }

    /// The number for a language tag: its own, its primary part's, or `auto`'s.
    pub(crate) fn language(&self, tag: &str) -> Option<i64> {
        let tag = tag.to_ascii_lowercase();
        let primary = tag.split('-').next().unwrap_or(&tag);
        // Cantonese has a tag of its own and is also written as Chinese of Hong Kong.
        let own = if tag == "zh-hk" || tag == "zh-yue" { "yue" } else { primary };
        [own, primary, "auto"].into_iter().find_map(|name| self.languages.get(name).copied())
    }
}

/// Shift and scale out of Kaldi's text form: `<AddShift> … [ numbers ] <Rescale> … [ numbers ]`.
pub(crate) fn cmvn(text: &str) -> Result<(Vec<f32>, Vec<f32>), String> {
    let list = |name: &str| -> Result<Vec<f32>, String> {
        let (_, behind) = text.split_once(name).ok_or_else(|| format!("it has no {name}"))?;
        let inside = behind.split_once('[').and_then(|(_, rest)| rest.split_once(']'));
        numbers(inside.ok_or_else(|| format!("{name} has no list in brackets"))?.0)
    };
    Ok((list("<AddShift>")?, list("<Rescale>")?))
}

/// Numbers with spaces or commas between.
pub(crate) fn numbers(text: &str) -> Result<Vec<f32>, String> {
    let parts = text.split(|c: char| c.is_whitespace() || c == ',').filter(|part| !part.is_empty());
    parts.map(|part| part.parse().map_err(|_| format!("`{part}` is not a number"))).collect()
}

/// Tokens by number, from a file's text.
pub(crate) fn tokens(text: &str) -> Result<Vec<String>, String> {
    let numbered: Vec<(usize, String)> = match text.trim_start().chars().next() {
        Some('[') => {
            let list: Vec<String> = serde_json::from_str(text).map_err(|e| e.to_string())?;
            return Ok(list);
        }
        Some('{') => {
            let map: BTreeMap<String, usize> = serde_json::from_str(text).map_err(|e| e.to_string())?;
            map.into_iter().map(|(token, number)| (number, token)).collect()
        }
        _ => text.lines().enumerate().map(|(i, line)| line_token(i, line)).collect::<Result<_, _>>()?,
    };
    let mut tokens = vec![None; numbered.len()];
    for (number, token) in numbered {
        match tokens.get_mut(number) {
            Some(free @ None) => *free = Some(token),
            _ => return Err(format!("token `{token}` has the number {number}, which is taken or too high")),
        }
    }
    Ok(tokens.into_iter().flatten().collect())
}

/// `token number`, or the token alone; a line that is only a number behind a space is the token " ".
fn line_token(i: usize, line: &str) -> Result<(usize, String), String> {
    match line.rsplit_once([' ', '\t']) {
        Some((token, number)) => {
            let number = number.parse().map_err(|_| format!("line {}: `{number}` is not a number", i + 1))?;
            Ok((number, if token.is_empty() { " ".to_owned() } else { token.to_owned() }))
        }
        None => Ok((i, line.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const PLAIN: &str = "model = \"m.onnx\"\ntokens = \"t.txt\"\nfeatures = { kind = \"waveform\", normalised = true }\n\
                         inputs = { sound = \"input_values\" }\n\
                         output = { scores = \"logits\", frame_ms = 20.0, space = \"|\" }\n";

    #[test]
    fn a_description_is_read_and_its_mistakes_are_named() {
        let plain = Description::parse(PLAIN).unwrap();
        assert_eq!(plain.features, Features::Waveform { normalised: true });
        assert_eq!((plain.language("en"), plain.output.blank), (None, 0));
        let error = |from: &str, to: &str| Description::parse(&PLAIN.replace(from, to)).unwrap_err();
        assert!(error("sound =", "sond =").contains("sond"));
        assert!(error("waveform", "wave").contains("wave"));
        assert!(error("20.0", "0").contains("output.frame_ms"));
        assert!(error("\"waveform\", normalised = true", "\"fbank\", stride = 0").contains("features.stride"));
    }

    #[test]
    fn sensevoices_languages_are_mapped() {
        let model = Description::sensevoice("m", "t", true);
        let numbers = ["zh", "zh-TW", "zh-HK", "yue", "en-GB", "ja", "ko-KR", "id", ""].map(|tag| model.language(tag));
        assert_eq!(numbers.map(Option::unwrap), [3, 3, 7, 7, 4, 11, 12, 0, 0]);
    }

    #[test]
    fn tokens_come_in_three_forms() {
        let three = ["<blank>", "▁a", " "];
        assert_eq!(tokens("<blank> 0\n▁a 1\n  2\n").unwrap(), three);
        assert_eq!(tokens("[\"<blank>\", \"▁a\", \" \"]").unwrap(), three);
        assert_eq!(tokens("{\"▁a\": 1, \" \": 2, \"<blank>\": 0}").unwrap(), three);
        assert_eq!(tokens("<blank>\n▁a\n").unwrap(), three[..2]);
        assert!(tokens("a 0\nb 0\n").unwrap_err().contains("`b` has the number 0"));
        assert!(tokens("a x\n").unwrap_err().contains("line 1"));
    }

    #[test]
    fn shift_and_scale_are_read() {
        let text =
            "<Nnet>\n<AddShift> 2 2\n<LearnRateCoef> 0 [ -1.5 2 ]\n<Rescale> 2 2\n<LearnRateCoef> 0 [ 0.1 0.2 ]\n";
        assert_eq!(cmvn(text).unwrap(), (vec![-1.5, 2.0], vec![0.1, 0.2]));
        assert!(cmvn("<AddShift> [ x ]").unwrap_err().contains("`x`"));
        assert!(cmvn("").unwrap_err().contains("<AddShift>"));
    }
}
