//! Asking: the question of a listening step, again in other words, and when it is enough.

use crate::api::{BargeIn, Effect};
use crate::context::{Part, Point};
use crate::dialog::{Dialog, Listening, Misses};
use crate::lines;
use chrono::NaiveDateTime;
use std::sync::Arc;
use warmline_schema::{Ask, Retry, StepKind, Wording};

impl Dialog {
    /// Say what was understood and ask whether it is right. The slots are filled for the wording only.
    pub(crate) fn read_back(
        &mut self,
        at: &Listening,
        pending: Vec<(String, String)>,
        confirm: &Wording,
        out: &mut Vec<Effect>,
    ) {
        self.question_begins(out);
        self.slots.extend(pending.iter().cloned());
        self.misses = Misses { no_match: self.misses.no_match, silence: 0 };
        self.say(confirm, BargeIn::Allowed, at.point.step, out);
        let point = Point { part: Part::Confirm, ..at.point };
        self.listen(Listening { point, pending, keyed: String::new() }, out);
    }

    /// No match: ask again in other words, by key at the last try, or leave.
    pub(crate) fn missed(&mut self, at: &Listening, line: &'static str, now: NaiveDateTime, out: &mut Vec<Effect>) {
        self.misses.no_match += 1;
        let limit = self.template.template().limits.no_match.clone();
        let Some(retry) = self.retry(at) else { return };
        let most = retry.attempts.unwrap_or(limit.most);
        if self.misses.no_match >= most {
            let exit = retry.otherwise.as_ref().or(limit.goto.as_ref());
            return self.leave_by_limit(exit, now, out);
        }
        let last = self.misses.no_match + 1 == most;
        let own = retry.by_key.as_ref().filter(|_| last).or(retry.reprompt.as_ref());
        let own = own.filter(|_| line != self.lines().ask_again);
        self.ask_again(at, own, self.misses.no_match, line, out);
    }

    /// The step's own wording (the `nth` in turn), else `line` and the question again; then listen.
    pub(crate) fn ask_again(
        &mut self,
        at: &Listening,
        own: Option<&Wording>,
        nth: u32,
        line: &str,
        out: &mut Vec<Effect>,
    ) {
        self.question_begins(out);
        let step = at.point.step;
        if at.point.confirms() {
            self.say_line(line.to_owned(), BargeIn::Allowed, &self.step_name(step), out);
            return self.question(at, out);
        }
        let turn = (nth as usize).saturating_sub(1);
        let texts = own.map_or(&[][..], |wording| wording.in_language(self.language()));
        match texts.get(turn % texts.len().max(1)) {
            Some(text) => {
                self.say_text(text, self.barge_in(step), step, out);
                self.listen(Listening { keyed: String::new(), ..at.clone() }, out);
            }
            None => {
                self.say_line(line.to_owned(), BargeIn::Allowed, &self.step_name(step), out);
                self.question(at, out);
            }
        }
    }

    /// Ask what is being asked here (again) and listen.
    pub(crate) fn question(&mut self, at: &Listening, out: &mut Vec<Effect>) {
        self.question_begins(out);
        let template = Arc::clone(&self.template);
        let step = at.point.step;
        let kind = &template.template().steps[step].kind;
        let wording = match (kind, at.point.part) {
            (StepKind::Ask(ask), _) => Some(&ask.prompt),
            (StepKind::Collect(collect), Part::Confirm) => collect.confirm.as_ref(),
            (StepKind::Collect(collect), _) => Some(&collect.prompt),
            (StepKind::Form(form), Part::Field(place)) => form.fields.get(place).map(|field| &field.prompt),
            (StepKind::Form(form), _) => form.confirm.as_ref(),
            _ => None,
        };
        if let Some(wording) = wording {
            self.say(wording, self.barge_in(step), step, out);
        }
        if let StepKind::Ask(ask) = kind {
            self.say_options(ask, step, out);
        }
        self.listen(Listening { keyed: String::new(), ..at.clone() }, out);
    }

    /// "For opening hours, press 1." of each option of a menu.
    fn say_options(&mut self, ask: &Ask, step: usize, out: &mut Vec<Effect>) {
        let template = Arc::clone(&self.template);
        let options = ask.answers.iter().filter_map(|answer| {
            let label = answer.label.as_ref()?.in_language(self.language()).first()?;
            let label = self.values(&template).spoken(label).text;
            Some(lines::filled(self.lines().menu, &[&label, &answer.key?.to_string()]))
        });
        let line = options.collect::<Vec<_>>().join(" ");
        self.say_line(line, self.barge_in(step), &self.step_name(step), out);
    }

    /// A form was read back and is wrong: ask what, and listen for values and names of fields.
    pub(crate) fn what_to_change(&mut self, at: &Listening, now: NaiveDateTime, out: &mut Vec<Effect>) {
        self.misses.no_match += 1;
        let limit = self.template.template().limits.no_match.clone();
        let retry = self.retry(at).unwrap_or_default();
        if self.misses.no_match >= retry.attempts.unwrap_or(limit.most) {
            return self.leave_by_limit(retry.otherwise.as_ref().or(limit.goto.as_ref()), now, out);
        }
        self.question_begins(out);
        let line = self.lines().what_to_change.to_owned();
        self.say_line(line, BargeIn::Allowed, &self.step_name(at.point.step), out);
        self.listen(at.clone(), out);
    }

    fn barge_in(&self, step: usize) -> BargeIn {
        let rule = match &self.template.template().steps[step].kind {
            StepKind::Ask(ask) => ask.barge_in,
            StepKind::Collect(collect) => collect.barge_in,
            StepKind::Form(form) => form.barge_in,
            _ => return BargeIn::Allowed,
        };
        crate::compiled::barge_in(rule)
    }

    /// How often, and in which words, what is open here is asked again.
    pub(crate) fn retry(&self, at: &Listening) -> Option<Retry> {
        match (&self.template.template().steps.get(at.point.step)?.kind, at.point.part) {
            (StepKind::Ask(ask), _) => Some(ask.retry.clone()),
            (StepKind::Collect(collect), _) => Some(collect.retry.clone()),
            (StepKind::Form(form), Part::Field(place)) => {
                let field = form.fields.get(place)?.retry.clone();
                Some(Retry {
                    attempts: field.attempts.or(form.retry.attempts),
                    otherwise: field.otherwise.or_else(|| form.retry.otherwise.clone()),
                    timeout_ms: field.timeout_ms.or(form.retry.timeout_ms),
                    ..field
                })
            }
            (StepKind::Form(form), _) => Some(form.retry.clone()),
            _ => None,
        }
    }
}
