//! One running campaign: asks the agenda who is next and the pacer how many, and turns that into
//! attempts in storage and calls.
//!
//! A contact is reserved in storage first, its prompts are rendered while it is only reserved, and the
//! attempt becomes "dialling" in storage right before the bot is told. Whatever dies in between is
//! found and put right at the next start.

use super::{Desk, Nudge, OpenCall, SharedDesk, now};
use anyhow::{Context, Result, bail};
use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};
use warmline_campaign::{Agenda, place};
use warmline_control::{CallId, Command, PlaceCall};
use warmline_domain::{Campaign, CampaignState, ContactId, NewCall};
use warmline_pacing::{Capacity, Pacer};
use warmline_runtime::LoadedTemplate;
use warmline_storage::Reservation;

/// Contacts read from storage at a time.
const PAGE: u32 = 5000;
/// How often contacts that another campaign was calling are looked at again.
const LOOK_AGAIN: Duration = Duration::from_secs(2);

/// A campaign's task.
pub(super) struct Runner {
    desk: SharedDesk,
    campaign: Arc<Campaign>,
    template: Arc<LoadedTemplate>,
    agenda: Agenda,
    pacer: Pacer,
    zero: Instant,
    /// Contacts that are being called or prepared by this campaign.
    open: HashSet<ContactId>,
    /// Contacts that could not be reserved because their number was being called elsewhere.
    elsewhere: HashSet<ContactId>,
    nudge_tx: mpsc::UnboundedSender<Nudge>,
    leaving: bool,
}

impl Runner {
    /// Read the campaign's contacts and begin. Returns once the task runs.
    pub(super) async fn start(desk: SharedDesk, campaign: Campaign, template: Arc<LoadedTemplate>) -> Result<()> {
        let (nudge_tx, nudges) = mpsc::unbounded_channel();
        desk.running().insert(campaign.id, nudge_tx.clone());
        let mut runner = Self {
            agenda: Agenda::new(campaign.data.settings.clone()),
            campaign: Arc::new(campaign),
            template,
            pacer: Pacer::default(),
            zero: Instant::now(),
            open: HashSet::new(),
            elsewhere: HashSet::new(),
            nudge_tx,
            leaving: false,
            desk,
        };
        if let Err(error) = runner.read_contacts().await {
            runner.desk.running().remove(&runner.campaign.id);
            return Err(error);
        }
        tokio::spawn(runner.run(nudges));
        Ok(())
    }

    async fn read_contacts(&mut self) -> Result<()> {
        let mut after = None;
        loop {
            let page = self.desk.db.contact_states(self.campaign.id, after, PAGE).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after = Some(last.contact);
            for state in page {
                self.agenda.put(state, now());
            }
        }
    }

    async fn run(mut self, mut nudges: mpsc::UnboundedReceiver<Nudge>) {
        loop {
            let look_again = self.dial_allowed();
            if self.open.is_empty() && (self.leaving || self.is_finished()) {
                break;
            }
            tokio::select! {
                nudge = nudges.recv() => match nudge {
                    Some(Nudge::Closed(contact)) => self.refresh(contact).await,
                    Some(Nudge::Leave) | None => self.leaving = true,
                },
                () = sleep_until(look_again) => self.look_elsewhere().await,
            }
        }
        self.finish().await;
    }

    fn is_finished(&self) -> bool {
        self.agenda.is_finished() && self.elsewhere.is_empty()
    }

    /// Start as many calls as may start now; returns when to look again.
    fn dial_allowed(&mut self) -> Instant {
        let later = Instant::now() + LOOK_AGAIN;
        if self.leaving || self.desk.storage_trouble.load(Ordering::Relaxed) {
            return later;
        }
        let now_ms = u64::try_from(self.zero.elapsed().as_millis()).unwrap_or(u64::MAX);
        let allowance = self.pacer.allow(&self.capacity(), now_ms);
        for _ in 0..allowance.calls {
            let Some(contact) = self.agenda.poll_dial(now()) else { break };
            self.pacer.started(1);
            self.open.insert(contact);
            let called_back = self.agenda.state(contact).is_some_and(|state| state.callback.is_some());
            let (desk, campaign) = (self.desk.clone(), self.campaign.clone());
            let dial = dial(desk, campaign, self.template.clone(), contact, called_back);
            let nudges = self.nudge_tx.clone();
            tokio::spawn(async move {
                if let Err(error) = dial.await {
                    tracing::warn!(contact = contact.0, error = format!("{error:#}"), "a contact was not dialled");
                    nudges.send(Nudge::Closed(contact)).ok();
                }
            });
        }
        let retry = allowance.retry_after_ms.map(|ms| Instant::now() + Duration::from_millis(ms));
        retry.map_or(later, |at| at.min(later))
    }

    fn capacity(&self) -> Capacity {
        let settings = &self.campaign.data.settings;
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let config = &self.desk.config;
        let trunk = config.trunks.iter().find(|trunk| trunk.name == settings.trunk);
        let open = count(self.desk.open().len());
        Capacity {
            campaign_in_flight: count(self.open.len()),
            campaign_most: settings.most_in_flight,
            trunk_in_flight: open.max(count(self.open.len())),
            trunk_most: trunk.map_or(0, |trunk| trunk.max_calls),
            bot_free: self.desk.bot_free(open),
            calls_per_second: trunk.map_or(0.0, |t| t.calls_per_second).min(settings.calls_per_second),
        }
    }

    /// Read a contact's state again after something happened to it.
    async fn refresh(&mut self, contact: ContactId) {
        self.open.remove(&contact);
        match self.desk.db.contact_state(self.campaign.id, contact).await {
            Ok(Some(state)) => {
                if state.open_attempt {
                    self.elsewhere.insert(contact);
                } else {
                    self.elsewhere.remove(&contact);
                }
                self.agenda.put(state, now());
            }
            Ok(None) => {}
            Err(error) => {
                tracing::error!(%error, "a contact's state cannot be read; looking again");
                self.elsewhere.insert(contact);
            }
        }
    }

    async fn look_elsewhere(&mut self) {
        for contact in std::mem::take(&mut self.elsewhere) {
            self.refresh(contact).await;
        }
    }

    /// Nobody is left, or the campaign was told to leave and its calls have ended.
    async fn finish(self) {
        let id = self.campaign.id;
        let to = match self.desk.db.campaign(id).await {
            Ok(Some(campaign)) => match campaign.state {
                CampaignState::Running if !self.leaving => Some(CampaignState::Done),
                CampaignState::Stopping => Some(CampaignState::Stopped),
                _ => None,
            },
            _ => None,
        };
        if let Some(to) = to
            && let Err(error) = self.desk.db.set_campaign_state(id, to, now()).await
        {
            tracing::error!(%error, "the end of a campaign cannot be written");
        }
        self.desk.running().remove(&id);
        self.desk.feed.wake();
    }
}

/// Reserve, render, note, dial. An error means that nothing was sent and the reservation is given back.
/// `called_back`: the contact asked for this call.
async fn dial(
    desk: Arc<Desk>,
    campaign: Arc<Campaign>,
    template: Arc<LoadedTemplate>,
    contact: ContactId,
    called_back: bool,
) -> Result<()> {
    let attempt = match desk.db.reserve_attempt(campaign.id, contact, now()).await? {
        Reservation::Reserved(attempt) => attempt,
        Reservation::Refused(refusal) => bail!("storage refused the attempt: {refusal:?}"),
    };
    let call = CallId(attempt.id.0);
    let placed = prepare(&desk, &campaign, &template, contact, call).await;
    let (place, open) = match placed {
        Ok(placed) => placed,
        Err(error) => {
            desk.db.release_attempt(attempt.id).await?;
            return Err(error);
        }
    };
    let new_call = NewCall {
        trunk: place.trunk.clone(),
        caller_id: place.caller_id.clone(),
        template: campaign.data.settings.template.clone(),
        template_version: template.version.clone(),
    };
    desk.db.begin_dialling(attempt.id, &new_call, now()).await?;
    desk.open().insert(call, open);
    desk.bot.command(Command::Place(Box::new(PlaceCall {
        to: attempt.number.as_str().to_owned(),
        called_back,
        ..place
    })));
    Ok(())
}

async fn prepare(
    desk: &Desk,
    campaign: &Campaign,
    template: &LoadedTemplate,
    contact: ContactId,
    call: CallId,
) -> Result<(PlaceCall, OpenCall)> {
    let settings = &campaign.data.settings;
    let found = desk.db.contact(contact).await?.context("the contact is no longer on the list")?;
    let mut variables = found.data.variables;
    if !found.data.name.is_empty() {
        variables.entry("name".into()).or_insert(found.data.name);
    }
    desk.bot.prerender(template, &variables).await?;
    let zone = place(found.data.time_zone, found.data.region, settings.time_zone).zone();
    let place = PlaceCall {
        call,
        trunk: settings.trunk.clone(),
        to: String::new(),
        caller_id: settings.caller_id.clone(),
        ring_limit_s: settings.ring_limit_s,
        template: template.version.clone(),
        variables,
        time_zone: zone.name().to_owned(),
        record: settings.record,
        called_back: false,
    };
    Ok((place, OpenCall { campaign: campaign.id, contact, zone }))
}
