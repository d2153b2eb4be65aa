//! Recognisers by their name in the manifest, so that configuration can choose any.

use crate::{
    Asr, ModelError,
    ctc::CtcAsr,
    moonshine::MoonshineAsr,
    starter::StarterAsr,
    store::{ModelInfo, Store, Task},
};

/// Engines that hear, as manifests name them.
pub const ASR_ENGINES: [&str; 5] = ["starter", "whisper", "sensevoice", "ctc", "moonshine"];

/// The recogniser `id` (a name of the manifest, or `name@version`), once for each of `copies` threads.
///
/// [`ModelError::Unsupported`] when there is no such model or it does not hear; [`ModelError::Missing`] and
/// [`ModelError::Damaged`] name the file.
pub fn load_asr(store: &Store, id: &str, copies: usize) -> Result<Vec<Box<dyn Asr>>, ModelError> {
    let info = store.find(id)?;
    if info.task != Task::Asr {
        let hearing = store.models().iter().filter(|model| model.task == Task::Asr).map(ModelInfo::id);
        let known = hearing.collect::<Vec<_>>().join(", ");
        return Err(ModelError::Unsupported(format!("`{id}` is no recogniser; recognisers are {known}")));
    }
    let copies = copies.max(1);
    match info.engine.as_str() {
        // The files of the starter recogniser are found by their own names.
        "starter" => Ok(several(StarterAsr::load(store, copies)?, copies)),
        "sensevoice" | "ctc" => Ok(several(CtcAsr::load(store, info, copies)?, copies)),
        "moonshine" => Ok(several(MoonshineAsr::load(store, info, copies)?, copies)),
        #[cfg(feature = "whisper")]
        "whisper" => Ok(several(crate::whisper::WhisperAsr::load(store, info)?, copies)),
        #[cfg(not(feature = "whisper"))]
        "whisper" => Err(ModelError::Unsupported(format!("`{id}` needs a build with the feature `whisper`"))),
        other => {
            let known = ASR_ENGINES.join(", ");
            Err(ModelError::Unsupported(format!("`{id}` names the engine `{other}`; engines that hear are {known}")))
        }
    }
}

fn several<A: Asr + Clone + 'static>(asr: A, copies: usize) -> Vec<Box<dyn Asr>> {
    (0..copies).map(|_| Box::new(asr.clone()) as Box<dyn Asr>).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::testing;

    fn error(store: &Store, id: &str) -> String {
        load_asr(store, id, 1).err().unwrap().to_string()
    }

    #[test]
    fn recognisers_are_found_by_their_name() {
        let asr = load_asr(&Store::locate().unwrap(), "starter-en", 2).unwrap();
        assert_eq!(asr.iter().map(|one| one.name()).collect::<Vec<_>>(), ["starter", "starter"]);
    }

    #[test]
    fn what_does_not_hear_or_is_not_there_is_named() {
        let real = Store::locate().unwrap();
        assert!(error(&real, "silero-vad").contains("recognisers are starter-en"));
        assert!(error(&real, "nobody").contains("no model `nobody`"));
        let missing = error(&real, "whisper-base.en");
        assert!(missing.contains("warmline models pull whisper-base.en"), "{missing}");
        let (_dir, odd) = testing::store("telepathy", &["en"], &[("a.onnx", b"x")]);
        assert!(error(&odd, "mine").contains("the engine `telepathy`; engines that hear are starter, whisper"));
    }

    #[test]
    fn every_recogniser_of_the_list_names_a_known_engine_and_its_files() {
        for info in Store::locate().unwrap().models().iter().filter(|model| model.task == Task::Asr) {
            assert!(ASR_ENGINES.contains(&info.engine.as_str()), "{}", info.id());
            let has = |end: &str| info.files.iter().any(|file| file.path.ends_with(end));
            let complete = match info.engine.as_str() {
                "whisper" => has(".bin"),
                "sensevoice" => has(".onnx") && (has("tokens.txt") || has("tokens.json")),
                "moonshine" => has("encoder_model.onnx") && has("decoder_model_merged.onnx") && has("tokenizer.json"),
                _ => !info.files.is_empty(),
            };
            assert!(complete, "{}", info.id());
        }
    }
}
