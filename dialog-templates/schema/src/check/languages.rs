//! Several languages: everything that is said is written in each of them.

use crate::problem::Problems;
use crate::steps::StepKind;
use crate::template::Template;
use crate::text::Wording;

pub(super) fn check(template: &Template, problems: &mut Problems) {
    let tags = template.language_tags();
    if let Some(first) = template.languages.first()
        && first.tag.name != template.language
    {
        let message = format!("the first of `languages` should be `{}`, the template's `language`", template.language);
        problems.error(first.tag.at, message);
    }
    let mut wordings: Vec<&Wording> = template.steps.iter().flat_map(|step| step.wordings()).collect();
    wordings.extend(template.globals.wordings());
    wordings.extend(template.knowledge.iter().map(|entry| &entry.answer));
    if let Some(known) = &template.identification {
        wordings.push(&known.statement);
        wordings.extend(&known.opt_out);
    }
    for wording in wordings {
        check_wording(wording, &tags, problems);
    }
    for step in &template.steps {
        if let StepKind::Set(set) = &step.kind
            && let Some(language) = &set.language
            && !tags.contains(&language.name.as_str())
        {
            problems.unknown(language.at, "language", &language.name, tags.iter().copied());
        }
    }
}

fn check_wording(wording: &Wording, tags: &[&str], problems: &mut Problems) {
    for (tag, _) in &wording.translations {
        if !tags.contains(&tag.name.as_str()) {
            problems.unknown(tag.at, "language", &tag.name, tags.iter().copied());
        }
    }
    let Some(at) = wording.texts().next().map(|text| text.at) else { return };
    if wording.translations.is_empty() {
        if tags.len() > 1 && wording.texts().any(crate::text::Text::has_words) {
            let hint = format!("write `{{ {}: … }}`", tags.join(": …, "));
            problems.error_with(at, "this is written in one language only", Some(hint));
        }
        return;
    }
    for tag in tags {
        if !wording.translations.iter().any(|(written, _)| written.name == *tag) {
            problems.error(at, format!("this is not written in `{tag}`"));
        }
    }
}
