//! Checking, starting, pausing and stopping campaigns, for the API and the command line alike.

use super::recordings::{Unplayable, unplayable};
use super::runner::Runner;
use super::versions::{self, CampaignTemplate, Wording};
use super::{Nudge, SharedDesk, now};
use crate::config::Config;
use async_trait::async_trait;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use warmline_api::{CampaignEngine, EngineError, Finding, Severity, Trunk};
use warmline_campaign::{Check, TemplateFacts, TrunkFacts};
use warmline_domain::{Campaign, CampaignId, CampaignState};
use warmline_models::chosen::hearer;
use warmline_models::store::{ModelInfo, Store};
use warmline_runtime::sip::TrunkConfig;
use warmline_schema::Template;
use warmline_storage::{Db, StorageError};

/// Contacts read from storage at a time.
const PAGE: u32 = 5000;

/// What would go wrong if `campaign` started now. Needs no bot.
pub async fn check(config: &Config, db: &Db, campaign: &Campaign) -> Result<Vec<Finding>, EngineError> {
    let settings = &campaign.data.settings;
    let mut found = Vec::new();
    let trunk = config.trunks.iter().find(|trunk| trunk.name == settings.trunk);
    if trunk.is_none() {
        found.push(error("unknown_trunk", format!("no trunk is called {:?}", settings.trunk)));
    }
    let loopback = trunk.is_some_and(TrunkConfig::is_loopback);
    let wording = versions::wording(config, db, &settings.template).await.map_err(fault)?;
    let mut machine = Machine::default();
    let template = match &wording {
        Err(why) => {
            found.push(error("missing_template", format!("the template {why}")));
            TemplateFacts::default()
        }
        Ok(wording) => match wording.texts().into_iter().map(warmline_schema::parse).collect::<Result<Vec<_>, _>>() {
            Ok(templates) => {
                let (config, facts) = (config.clone(), facts(&templates, wording.is_published()));
                let look = move || Machine::look(&config, &templates);
                machine = tokio::task::spawn_blocking(look).await.map_err(|e| EngineError::Fault(e.to_string()))??;
                facts
            }
            Err(problems) => {
                found.push(error("broken_template", format!("the template has errors: {problems}")));
                TemplateFacts::default()
            }
        },
    };
    if !found.is_empty() {
        return Ok(found);
    }
    let trunk = TrunkFacts { name: settings.trunk.clone(), loopback };
    let mut check = Check::new(settings, trunk, template);
    if machine.hears_expected_answers_only {
        check.hears_expected_answers_only();
    }
    let list = campaign.data.list;
    let barred = db.dnc_in_list(list).await.map_err(fault)?;
    let mut after = None;
    loop {
        let page = db.contacts(list, after, PAGE).await.map_err(fault)?;
        let Some(last) = page.last() else { break };
        after = Some(last.id);
        for contact in &page {
            check.contact(contact, barred.contains(&contact.id));
        }
    }
    let updated = db.dnc_updated_at().await.map_err(fault)?;
    let mut findings = machine.findings;
    findings.extend(check.finish(updated, now()).into_iter().map(finding));
    if let Ok(Wording::Published { live, draft_differs: true, .. }) = &wording {
        let message = format!(
            "the template's file differs from version {}, which is live: calls get it when it is published",
            live.0.number
        );
        findings.push(Finding { severity: Severity::Info, code: "unpublished_changes".into(), message });
    }
    // Stable: the worst first, each kind in its own order.
    findings.sort_by_key(|found| match found.severity {
        Severity::Error => 0,
        Severity::Warning => 1,
        Severity::Info => 2,
    });
    Ok(findings)
}

/// What only this machine can say of a template: are its recordings here, and who will hear its language?
#[derive(Default)]
struct Machine {
    findings: Vec<Finding>,
    hears_expected_answers_only: bool,
}

impl Machine {
    /// Reads files. `templates` are those a call may get.
    fn look(config: &Config, templates: &[Template]) -> Result<Self, EngineError> {
        let store = Store::locate().map_err(|e| EngineError::Fault(e.to_string()))?;
        let mut machine = Self::default();
        for template in templates {
            machine.look_at(config, &store, template);
        }
        Ok(machine)
    }

    fn look_at(&mut self, config: &Config, store: &Store, template: &Template) {
        let silent = |recording: Unplayable| Finding {
            severity: if recording.fatal { Severity::Error } else { Severity::Warning },
            code: "missing_recording".to_owned(),
            message: format!("the template's {}", recording.message),
        };
        self.findings.extend(unplayable(config, template).into_iter().map(silent));
        match hearer(store, &template.language) {
            Some(model) => self.hears_expected_answers_only |= hears_expected_answers_only(model),
            None => {
                let message = format!(
                    "no recogniser in use knows `{}`: see `warmline models list`, then `pull` and `use` one",
                    template.language
                );
                self.findings.push(error("no_recogniser", message));
            }
        }
    }
}

/// The starter recogniser was trained on synthesised speech: what people say in their own words it does not hear.
fn hears_expected_answers_only(model: &ModelInfo) -> bool {
    model.engine == "starter"
}

/// What holds for every call, whichever of the texts it gets.
fn facts(templates: &[Template], published: bool) -> TemplateFacts {
    let mut facts = TemplateFacts { opt_out: true, identification: true, published, ..TemplateFacts::default() };
    for template in templates {
        let one = warmline_api::template_facts(template);
        let new: Vec<_> = one.variables.into_iter().filter(|name| !facts.variables.contains(name)).collect();
        facts.variables.extend(new);
        facts.opt_out &= one.opt_out;
        facts.identification &= one.identification;
    }
    facts
}

fn error(code: &str, message: String) -> Finding {
    Finding { severity: Severity::Error, code: code.to_owned(), message }
}

fn finding(found: warmline_campaign::Finding) -> Finding {
    let severity = match found.severity {
        warmline_campaign::Severity::Error => Severity::Error,
        warmline_campaign::Severity::Warning => Severity::Warning,
        warmline_campaign::Severity::Info => Severity::Info,
    };
    Finding { severity, code: found.code.to_owned(), message: found.message }
}

fn fault(error: StorageError) -> EngineError {
    match error {
        StorageError::Missing { .. } => EngineError::NotFound,
        StorageError::Transition(wrong) => EngineError::WrongState(wrong.to_string()),
        other => EngineError::Fault(other.to_string()),
    }
}

/// The desk as the API sees it.
pub struct Engine(pub SharedDesk);

impl Engine {
    async fn campaign(&self, id: CampaignId) -> Result<Campaign, EngineError> {
        self.0.db.campaign(id).await.map_err(fault)?.ok_or(EngineError::NotFound)
    }

    async fn set_state(&self, id: CampaignId, to: CampaignState) -> Result<(), EngineError> {
        self.0.db.set_campaign_state(id, to, now()).await.map_err(fault)?;
        self.0.feed.wake();
        Ok(())
    }

    fn leave(&self, id: CampaignId) -> bool {
        self.0.running().get(&id).is_some_and(|campaign| campaign.send(Nudge::Leave).is_ok())
    }

    /// Continue a campaign that storage says is running, or start another.
    pub async fn run(&self, id: CampaignId) -> Result<(), EngineError> {
        let campaign = self.campaign(id).await?;
        if self.0.is_running(id) {
            return Err(EngineError::WrongState("the campaign is still finishing its open calls".into()));
        }
        let findings = check(&self.0.config, &self.0.db, &campaign).await?;
        if findings.iter().any(|f| f.severity == Severity::Error) {
            return Err(EngineError::Refused(findings));
        }
        let template = CampaignTemplate::load(&self.0, &campaign.data.settings.template).await;
        let template = template.map_err(|e| EngineError::Fault(format!("{e:#}")))?;
        if campaign.state != CampaignState::Running {
            self.set_state(id, CampaignState::Running).await?;
        }
        let started = Runner::start(self.0.clone(), campaign, template).await;
        started.map_err(|e| EngineError::Fault(format!("{e:#}")))
    }
}

#[async_trait]
impl CampaignEngine for Engine {
    fn trunks(&self) -> Vec<Trunk> {
        let trunk = |trunk: &TrunkConfig| Trunk {
            name: trunk.name.clone(),
            host: trunk.host.clone(),
            max_calls: trunk.max_calls,
            caller_ids: trunk.caller_ids.clone(),
        };
        self.0.config.trunks.iter().map(trunk).collect()
    }

    async fn check(&self, campaign: CampaignId) -> Result<Vec<Finding>, EngineError> {
        let campaign = self.campaign(campaign).await?;
        check(&self.0.config, &self.0.db, &campaign).await
    }

    async fn start(&self, campaign: CampaignId) -> Result<(), EngineError> {
        self.run(campaign).await
    }

    async fn pause(&self, campaign: CampaignId) -> Result<(), EngineError> {
        self.set_state(campaign, CampaignState::Paused).await?;
        self.leave(campaign);
        Ok(())
    }

    async fn stop(&self, campaign: CampaignId) -> Result<(), EngineError> {
        self.set_state(campaign, CampaignState::Stopping).await?;
        if !self.leave(campaign) {
            self.set_state(campaign, CampaignState::Stopped).await?;
        }
        Ok(())
    }

    async fn load_version(&self, text: String) -> Result<(), String> {
        versions::load(&self.0, text).await.map(drop)
    }

    async fn ready(&self) -> Result<(), String> {
        if self.0.storage_trouble.load(Ordering::Relaxed) {
            return Err("storage cannot be written".into());
        }
        self.0.db.ping().await.map_err(|e| e.to_string())
    }
}

/// Shared, as the API wants it.
pub fn engine(desk: &SharedDesk) -> Arc<Engine> {
    Arc::new(Engine(desk.clone()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::path::Path;

    /// A store in which `mine`, which hears Chinese and English with another engine, lies beside the starter.
    fn store(folder: &Path) -> Store {
        let own = "[[model]]\nname = \"mine\"\ntask = \"asr\"\nengine = \"sensevoice\"\nlanguages = [\"zh\", \"en\"]\n\
                   licence = \"own\"\norigin = \"here\"\nfiles = [{ path = \"mine/a.onnx\" }]\n";
        std::fs::create_dir(folder.join("mine")).unwrap();
        std::fs::write(folder.join("mine/a.onnx"), "abc").unwrap();
        std::fs::write(folder.join("manifest.toml"), own).unwrap();
        let starter = Store::locate().unwrap().path("starter-en/lexicon.json").unwrap();
        std::os::unix::fs::symlink(starter.parent().unwrap(), folder.join("starter-en")).unwrap();
        Store::open(folder).unwrap()
    }

    #[test]
    fn who_hears_a_campaign_depends_on_its_language_and_on_what_was_chosen() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = store(folder.path());
        let limited = |store: &Store, language: &str| hearer(store, language).map(hears_expected_answers_only);
        assert_eq!((limited(&store, "en"), limited(&store, "zh-TW")), (Some(true), None));
        store.choose("mine", &["zh".into()]).unwrap();
        assert_eq!((limited(&store, "en-GB"), limited(&store, "zh-TW")), (Some(true), Some(false)));
        store.choose("mine", &["en".into()]).unwrap();
        assert_eq!((limited(&store, "en-GB"), limited(&store, "id")), (Some(false), None));
    }
}
