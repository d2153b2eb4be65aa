//! Is this a whole ggml Whisper file? Asked before whisper.cpp sees it, which ends the process when it is not.
//!
//! The format is that of whisper.cpp's `convert-pt-to-ggml.py` and `whisper_model_load`: magic, eleven
//! parameters, mel filters, vocabulary, then tensors, each with its dimensions, name and type. Everything
//! that the loader takes on trust is checked: counts, shapes, types, and that the file ends where the last
//! tensor does.

use std::collections::HashMap;

const MAGIC: u32 = 0x6767_6d6c;
/// Bins of a 400-point Fourier transform: whisper.cpp's filters assume them.
const BINS: u32 = 201;
/// Fewer tokens than English Whisper has, or more than any has, and the special ones are elsewhere.
const VOCABULARY: std::ops::RangeInclusive<u32> = 51_864..=51_866;
/// Multilingual files have one token more than English ones.
const MULTILINGUAL: u32 = 51_865;
const LONGEST_TOKEN: u32 = 1_024;
const LONGEST_NAME: u32 = 256;

/// What the file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shape {
    pub(crate) vocabulary: u32,
    /// Positions of the encoder; 50 a second.
    pub(crate) audio_context: u32,
    pub(crate) audio_state: u32,
    pub(crate) audio_heads: u32,
    pub(crate) audio_layers: u32,
    /// Tokens of prompt and answer together.
    pub(crate) text_context: u32,
    pub(crate) text_heads: u32,
    pub(crate) text_layers: u32,
    pub(crate) mels: u32,
    pub(crate) weights: Kind,
}

impl Shape {
    pub(crate) fn multilingual(&self) -> bool {
        self.vocabulary >= MULTILINGUAL
    }
}

/// How numbers are stored, by ggml's number for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    F32 = 0,
    F16 = 1,
    Q4_0 = 2,
    Q4_1 = 3,
    Q5_0 = 6,
    Q5_1 = 7,
    Q8_0 = 8,
}

impl Kind {
    /// By `ftype` of the parameters (`enum ggml_ftype`); the thousands are a version of the quantisation.
    fn of_file(ftype: u32) -> Result<Kind, String> {
        Ok(match ftype % 1_000 {
            0 => return Err("its weights are 32 bits wide, which whisper.cpp's convolution cannot run".into()),
            1 => Kind::F16,
            2 => Kind::Q4_0,
            3 => Kind::Q4_1,
            7 => Kind::Q8_0,
            8 => Kind::Q5_0,
            9 => Kind::Q5_1,
            other => return Err(format!("its weights are of an unknown type ({other})")),
        })
    }

    /// Bytes of a row of `length` numbers; `None` when it cannot be stored so.
    fn bytes(self, length: u64) -> Option<u64> {
        let (block, bytes) = match self {
            Kind::F32 => (1, 4),
            Kind::F16 => (1, 2),
            Kind::Q4_0 => (32, 18),
            Kind::Q4_1 => (32, 20),
            Kind::Q5_0 => (32, 22),
            Kind::Q5_1 => (32, 24),
            Kind::Q8_0 => (32, 34),
        };
        length.is_multiple_of(block).then(|| length / block * bytes)
    }
}

/// Check all of `bytes`; an error says what is wrong with them.
pub(crate) fn check(bytes: &[u8]) -> Result<Shape, String> {
    let mut reader = Reader { bytes, at: 0 };
    if reader.u32("its first bytes")? != MAGIC {
        return Err("it is not a ggml file (its first four bytes are not `lmgg`)".into());
    }
    let shape = parameters(&mut reader)?;
    let (mels, bins) = (reader.u32("its filters")?, reader.u32("its filters")?);
    if (mels, bins) != (shape.mels, BINS) {
        return Err(format!("its filters are {mels} × {bins}, not {} × {BINS}", shape.mels));
    }
    reader.skip(u64::from(mels) * u64::from(bins) * 4, "its filters")?;
    let tokens = reader.u32("its vocabulary")?;
    if tokens == 0 || tokens > shape.vocabulary {
        return Err(format!("its vocabulary lists {tokens} tokens of {}", shape.vocabulary));
    }
    let mut space = false;
    for token in 0..tokens {
        let length = reader.u32("its vocabulary")?;
        if length > LONGEST_TOKEN {
            return Err(format!("token {token} of its vocabulary is {length} bytes long"));
        }
        space |= reader.take(length.into(), "its vocabulary")? == b" ";
    }
    if !space {
        // whisper.cpp looks it up without asking.
        return Err("its vocabulary has no token for a space".into());
    }
    tensors(&mut reader, wanted(&shape))?;
    Ok(shape)
}

fn parameters(reader: &mut Reader<'_>) -> Result<Shape, String> {
    let mut next = |name: &'static str, least: u32, most: u32| -> Result<u32, String> {
        let value = reader.u32("its parameters")?;
        let fits = (least..=most).contains(&value);
        if fits { Ok(value) } else { Err(format!("its parameter {name} is {value}, not {least} to {most}")) }
    };
    let vocabulary = next("n_vocab", *VOCABULARY.start(), *VOCABULARY.end())?;
    let audio_context = next("n_audio_ctx", 1, 1_500)?;
    let audio_state = next("n_audio_state", 1, 2_048)?;
    let audio_heads = next("n_audio_head", 1, 64)?;
    let audio_layers = next("n_audio_layer", 1, 64)?;
    let text_context = next("n_text_ctx", 16, 4_096)?;
    let text_state = next("n_text_state", audio_state, audio_state)?;
    let text_heads = next("n_text_head", 1, 64)?;
    let text_layers = next("n_text_layer", 1, 64)?;
    let mels = next("n_mels", 80, 128)?;
    let weights = Kind::of_file(next("ftype", 0, 1_000_000)?)?;
    if audio_state % audio_heads != 0 || text_state % text_heads != 0 {
        return Err(format!("its state of {audio_state} cannot be divided among its heads"));
    }
    Ok(Shape {
        vocabulary,
        audio_context,
        audio_state,
        audio_heads,
        audio_layers,
        text_context,
        text_heads,
        text_layers,
        mels,
        weights,
    })
}

/// Every tensor with its dimensions (the first varies fastest) and type.
pub(crate) fn wanted(shape: &Shape) -> HashMap<String, ([u32; 3], Kind)> {
    let (n, wide) = (shape.audio_state, shape.weights);
    let mut all = HashMap::new();
    let mut add = |name: String, dims: [u32; 3], kind: Kind| {
        all.insert(name, (dims, kind));
    };
    add("encoder.positional_embedding".into(), [n, shape.audio_context, 1], Kind::F32);
    add("encoder.conv1.weight".into(), [3, shape.mels, n], Kind::F16);
    add("encoder.conv2.weight".into(), [3, n, n], Kind::F16);
    add("encoder.conv1.bias".into(), [1, n, 1], Kind::F32);
    add("encoder.conv2.bias".into(), [1, n, 1], Kind::F32);
    add("decoder.positional_embedding".into(), [n, shape.text_context, 1], Kind::F32);
    add("decoder.token_embedding.weight".into(), [n, shape.vocabulary, 1], wide);
    for (side, last, layers, attentions) in [
        ("encoder", "ln_post", shape.audio_layers, &["attn"][..]),
        ("decoder", "ln", shape.text_layers, &["attn", "cross_attn"]),
    ] {
        for part in ["weight", "bias"] {
            add(format!("{side}.{last}.{part}"), [n, 1, 1], Kind::F32);
        }
        for block in (0..layers).map(|i| format!("{side}.blocks.{i}")) {
            add(format!("{block}.mlp.0.weight"), [n, 4 * n, 1], wide);
            add(format!("{block}.mlp.0.bias"), [4 * n, 1, 1], Kind::F32);
            add(format!("{block}.mlp.2.weight"), [4 * n, n, 1], wide);
            add(format!("{block}.mlp.2.bias"), [n, 1, 1], Kind::F32);
            for part in ["weight", "bias"] {
                add(format!("{block}.mlp_ln.{part}"), [n, 1, 1], Kind::F32);
                attentions.iter().for_each(|a| add(format!("{block}.{a}_ln.{part}"), [n, 1, 1], Kind::F32));
            }
            for attention in attentions {
                for part in ["query", "key", "value", "out"] {
                    add(format!("{block}.{attention}.{part}.weight"), [n, n, 1], wide);
                    if part != "key" {
                        add(format!("{block}.{attention}.{part}.bias"), [n, 1, 1], Kind::F32);
                    }
                }
            }
        }
    }
    all
}

fn tensors(reader: &mut Reader<'_>, mut wanted: HashMap<String, ([u32; 3], Kind)>) -> Result<(), String> {
    const TABLE: &str = "its tensors";
    while !reader.done() {
        let (count, length, kind) = (reader.u32(TABLE)?, reader.u32(TABLE)?, reader.u32(TABLE)?);
        if count == 0 || count > 3 || length > LONGEST_NAME {
            return Err(format!("a tensor at byte {} has {count} dimensions and a name of {length}", reader.at));
        }
        let mut dims = [1; 3];
        for dim in dims.iter_mut().take(count as usize) {
            *dim = reader.u32(TABLE)?;
        }
        let name = String::from_utf8_lossy(reader.take(length.into(), TABLE)?).into_owned();
        let Some((right, right_kind)) = wanted.remove(&name) else {
            return Err(format!("the tensor `{name}` is unknown, or there twice"));
        };
        if dims != right || kind != right_kind as u32 {
            let (dims, right) = (times(dims), times(right));
            return Err(format!("the tensor `{name}` is {dims} of type {kind}, not {right} of {right_kind:?}"));
        }
        let rows = u64::from(dims[1]) * u64::from(dims[2]);
        let Some(row) = right_kind.bytes(dims[0].into()) else {
            return Err(format!("the tensor `{name}` has rows that {right_kind:?} cannot hold"));
        };
        reader.skip(row * rows, &name)?;
    }
    match wanted.keys().min() {
        Some(missing) => Err(format!("{} tensors are missing, `{missing}` among them", wanted.len())),
        None => Ok(()),
    }
}

fn times(dims: [u32; 3]) -> String {
    dims.map(|dim| dim.to_string()).join(" × ")
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, count: u64, what: &str) -> Result<&'a [u8], String> {
        let end = usize::try_from(count).ok().and_then(|count| self.at.checked_add(count));
        let Some(found) = end.and_then(|end| self.bytes.get(self.at..end)) else {
            return Err(format!("it ends at byte {}, in the middle of {what}", self.bytes.len()));
        };
        self.at += found.len();
        Ok(found)
    }

    fn skip(&mut self, count: u64, what: &str) -> Result<(), String> {
        self.take(count, what).map(drop)
    }

    fn u32(&mut self, what: &str) -> Result<u32, String> {
        let mut four = [0; 4];
        four.copy_from_slice(self.take(4, what)?);
        Ok(u32::from_le_bytes(four))
    }

    fn done(&self) -> bool {
        self.at == self.bytes.len()
    }
}
