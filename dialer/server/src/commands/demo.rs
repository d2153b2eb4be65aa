//! `warmline demo`: two campaigns against the simulated carrier, which is a process of its own.
//!
//! Nothing but SIP and RTP passes between the two. Afterwards the outcome of every contact is held
//! against what the carrier's file says it should be, and against what the called parties thought.

use super::campaign::watch;
use super::report;
use crate::cli::DemoArgs;
use crate::config::{AgentSection, Config};
use crate::desk::engine::Engine;
use crate::desk::{SharedDesk, now, start};
use anyhow::{Context, Result, bail};
use comfy_table::Table;
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use warmline_api::CampaignEngine;
use warmline_domain::import::{ContactReader, ImportOptions};
use warmline_domain::{Campaign, CampaignSettings, HoursProfile, ListSettings, NewCampaign, NumberRule, RetryPolicy};
use warmline_runtime::sip::TrunkConfig;
use warmline_storage::{CampaignProgress, ReportRow};

/// Where the demo's people and lists lie, from the project's root.
const CARRIER: &str = "tests/carrier";
/// Campaigns: list and template of the same name.
const CAMPAIGNS: [&str; 2] = ["appointment-reminder", "product-offer"];
/// The carrier renders its people's voices before it listens.
const CARRIER_STARTS_WITHIN: Duration = Duration::from_secs(180);

/// Run the demo from a clone of the project.
pub async fn run(args: DemoArgs) -> Result<()> {
    let people = Path::new(CARRIER).join("people.toml");
    if !people.exists() {
        bail!("{} is not here: run the demo in a clone of the project", people.display());
    }
    let expected = Expected::read(&people)?;
    let run_dir = args.dir.join("run");
    if run_dir.exists() {
        std::fs::remove_dir_all(&run_dir).with_context(|| format!("{} cannot be emptied", run_dir.display()))?;
    }
    std::fs::create_dir_all(&run_dir)?;
    println!("the simulated carrier gives its people their voices …");
    let mut carrier = Carrier::start(&args, &people, &run_dir).await?;
    println!("the carrier listens on {} (process {})", carrier.address, carrier.process.id().unwrap_or(0));
    let config = config(&args, &run_dir, &carrier.address)?;
    let started = start::start(config).await?;
    let result = campaigns(&started.desk, args.most_in_flight).await;
    carrier.stop().await;
    let campaigns = result?;
    let verdicts = carrier.verdicts()?;
    let mut score = Score::default();
    for campaign in &campaigns {
        let rows = report::rows(&started.desk.db, campaign.id).await?;
        println!("\n{}\n{}", campaign.data.name, table(&rows, &expected, &verdicts, &mut score));
    }
    print_totals(&started.desk, &campaigns, &score).await?;
    print_next(&run_dir);
    if let Some(path) = &args.report {
        std::fs::write(path, serde_json::to_string_pretty(&score)?)?;
    }
    started.desk.stop(Duration::from_secs(5)).await;
    Ok(())
}

fn config(args: &DemoArgs, run_dir: &Path, carrier: &str) -> Result<Config> {
    let trunk: TrunkConfig = toml::from_str(&format!(
        "name = \"carrier\"\nhost = \"{carrier}\"\ncaller_ids = [\"+15550100\"]\nmax_calls = 60\ncalls_per_second = 20.0\nring_limit_s = 15"
    ))?;
    let agent = |name: &str, address: &str| AgentSection {
        name: name.into(),
        trunk: "carrier".into(),
        address: address.into(),
        ring_limit_s: 10,
    };
    let mut config = Config {
        trunks: vec![trunk],
        agents: vec![agent("Ann", "8001"), agent("Ben", "8003"), agent("Cleo", "8004")],
        ..Config::default()
    };
    config.sip.bind.set_port(0);
    config.server.data_dir = run_dir.to_owned();
    config.models.cache_dir = Some(args.dir.join("speech-cache"));
    Ok(config)
}

/// Import both lists and run both campaigns side by side.
async fn campaigns(desk: &SharedDesk, most_in_flight: u32) -> Result<Vec<Campaign>> {
    let mut campaigns = Vec::new();
    for name in CAMPAIGNS {
        let path = Path::new(CARRIER).join("lists").join(format!("{name}.csv"));
        let file = File::open(&path).with_context(|| format!("{} cannot be opened", path.display()))?;
        let reader = ContactReader::new(file, &ImportOptions::new(NumberRule::Local))?;
        let list = desk.db.create_list(name, &ListSettings { numbers: NumberRule::Local }, now()).await?;
        let summary = desk.db.import_contacts(list.id, reader, |_| {}).await?;
        println!("{}: {} contacts imported", path.display(), summary.imported);
        for problem in &summary.problems {
            println!("  {problem}");
        }
        let settings = CampaignSettings {
            most_in_flight: most_in_flight.div_ceil(2),
            calls_per_second: 4.0,
            ring_limit_s: 15,
            hours: HoursProfile::any_time(),
            retry: RetryPolicy::once(),
            ..CampaignSettings::new(name, "carrier", chrono_tz::Tz::UTC)
        };
        let new = NewCampaign { name: name.into(), list: list.id, settings };
        campaigns.push(desk.db.create_campaign(&new, now()).await?);
    }
    for campaign in &campaigns {
        Engine(desk.clone()).run(campaign.id).await?;
    }
    tokio::select! {
        watched = watch(desk, &campaigns, false) => watched?,
        () = only_callbacks_left(desk, &campaigns) => {}
    }
    Ok(campaigns)
}

/// A person who asked to be called tomorrow keeps a campaign running until tomorrow; the demo ends
/// when everybody has been called once.
async fn only_callbacks_left(desk: &SharedDesk, campaigns: &[Campaign]) {
    loop {
        tokio::time::sleep(Duration::from_millis(500)).await;
        let mut left = 0;
        for campaign in campaigns {
            match desk.db.campaign_progress(campaign.id).await {
                Ok(p) => left += p.open + (p.contacts - p.tried),
                Err(_) => left += 1,
            }
        }
        if left == 0 {
            for campaign in campaigns.iter().filter(|c| desk.is_running(c.id)) {
                Engine(desk.clone()).pause(campaign.id).await.ok();
            }
            return;
        }
    }
}

// ---- the carrier's process ----

/// A running carrier.
pub struct Carrier {
    process: Child,
    pub address: String,
    report: PathBuf,
}

/// One call as the carrier's parties saw it.
#[derive(Debug, Deserialize)]
struct PartyRecord {
    number: String,
    verdict: Verdict,
}

#[derive(Clone, Debug, Deserialize)]
struct Verdict {
    pass: bool,
    why: String,
}

impl Carrier {
    async fn start(args: &DemoArgs, people: &Path, run_dir: &Path) -> Result<Self> {
        let program = carrier_program(args.carrier.as_deref())?;
        Self::spawn(&program, people, &run_dir.join("carrier.jsonl"), &args.dir.join("carrier-voices")).await
    }

    /// Start `program` on a free port and wait until it listens.
    pub async fn spawn(program: &Path, people: &Path, report: &Path, cache: &Path) -> Result<Self> {
        let mut process = Command::new(program)
            .arg("--people")
            .arg(people)
            .args(["--sip", "127.0.0.1:0", "--rtp", "20000-24999", "--seed", "1", "--report"])
            .arg(report)
            .arg("--cache")
            .arg(cache)
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("{} cannot be started", program.display()))?;
        let stdout = process.stdout.take().context("the carrier has no output")?;
        let mut lines = BufReader::new(stdout).lines();
        let listening = async {
            while let Some(line) = lines.next_line().await? {
                if let Some(address) = line.strip_prefix("listening on ") {
                    return Ok(address.split_whitespace().next().unwrap_or_default().to_owned());
                }
            }
            bail!("the carrier ended before it listened")
        };
        let address = tokio::time::timeout(CARRIER_STARTS_WITHIN, listening)
            .await
            .context("the carrier did not begin to listen in time")??;
        // Its later lines are read, so that it never waits for a reader.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Ok(Self { process, address, report: report.to_owned() })
    }

    /// End it politely, so that its report is whole.
    pub async fn stop(&mut self) {
        let pid = self.process.id().and_then(|id| i32::try_from(id).ok()).and_then(rustix::process::Pid::from_raw);
        if let Some(pid) = pid {
            rustix::process::kill_process(pid, rustix::process::Signal::TERM).ok();
        }
        if tokio::time::timeout(Duration::from_secs(10), self.process.wait()).await.is_err() {
            self.process.kill().await.ok();
        }
    }

    /// What each number thought of its last call.
    fn verdicts(&self) -> Result<HashMap<String, Verdict>> {
        let text = std::fs::read_to_string(&self.report)
            .with_context(|| format!("the carrier's report {} cannot be read", self.report.display()))?;
        let records = text.lines().map(serde_json::from_str::<PartyRecord>).collect::<Result<Vec<_>, _>>()?;
        Ok(records.into_iter().map(|record| (record.number, record.verdict)).collect())
    }
}

/// The carrier beside this program, unless another is named.
pub fn carrier_program(named: Option<&Path>) -> Result<PathBuf> {
    let program = match named {
        Some(program) => program.to_owned(),
        None => std::env::current_exe()?.with_file_name("warmline-carrier"),
    };
    if !program.exists() {
        bail!("the simulated carrier {} is not built: cargo build --release -p warmline-carrier", program.display());
    }
    Ok(program)
}

// ---- holding outcomes against the carrier's file ----

/// What the carrier's file says of each number.
struct Expected(BTreeMap<String, Entry>);

#[derive(Debug, Deserialize)]
struct PeopleFile {
    person: Vec<Entry>,
}

#[derive(Debug, Deserialize)]
struct Entry {
    number: String,
    name: String,
    wording: Option<String>,
    #[serde(default)]
    expect: Expectation,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Expectation {
    outcome: String,
    intent: Option<String>,
    tags: Vec<String>,
    handed_over: Option<bool>,
}

impl Expected {
    fn read(path: &Path) -> Result<Self> {
        let file: PeopleFile = toml::from_str(&std::fs::read_to_string(path)?)?;
        Ok(Self(file.person.into_iter().map(|entry| (entry.number.clone(), entry)).collect()))
    }
}

/// How often outcome and intent were right.
#[derive(Debug, Default, serde::Serialize)]
struct Score {
    contacts: u32,
    outcomes_right: u32,
    /// Intents right of all, for wordings that are among the template's phrases.
    listed: (u32, u32),
    /// The same for wordings that are not.
    free: (u32, u32),
    parties_content: u32,
    wrong: Vec<String>,
}

fn table(rows: &[ReportRow], expected: &Expected, verdicts: &HashMap<String, Verdict>, score: &mut Score) -> Table {
    let mut table = Table::new();
    table.set_header(["number", "who", "outcome", "intent", "tags", "turns", "handed over", "talk s", "as expected"]);
    for row in rows {
        let number = row.number.as_str();
        let Some(entry) = expected.0.get(number) else { continue };
        let judged = judge(row, entry, verdicts.get(number), score);
        let last = row.last.as_ref();
        table.add_row([
            number.to_owned(),
            entry.name.clone(),
            last.map_or("not dialled".into(), |l| super::campaign::words(l.outcome)),
            last.and_then(|l| l.intent.clone()).unwrap_or_default(),
            last.map_or(String::new(), |l| l.tags.join(" ")),
            last.map_or(String::new(), |l| l.turns.to_string()),
            last.map_or("", |l| if l.handed_over { "yes" } else { "no" }).to_owned(),
            last.map_or(String::new(), |l| format!("{:.1}", f64::from(l.talk_ms) / 1000.0)),
            judged,
        ]);
    }
    table
}

/// Yes, or what was different.
fn judge(row: &ReportRow, entry: &Entry, verdict: Option<&Verdict>, score: &mut Score) -> String {
    let mut differences = Vec::new();
    let want = &entry.expect;
    let outcome = row.last.as_ref().map_or("not dialled", |l| l.outcome.as_str());
    score.contacts += 1;
    if outcome == want.outcome {
        score.outcomes_right += 1;
    } else {
        differences.push(format!("outcome should be {}", want.outcome.replace('_', " ")));
    }
    let last = row.last.as_ref();
    if let Some(intent) = &want.intent {
        let right = last.and_then(|l| l.intent.as_ref()) == Some(intent);
        let counts = if entry.wording.as_deref() == Some("free") { &mut score.free } else { &mut score.listed };
        counts.0 += u32::from(right);
        counts.1 += 1;
        if !right {
            differences.push(format!("intent should be {intent}"));
        }
    }
    for tag in &want.tags {
        if !last.is_some_and(|l| l.tags.contains(tag)) {
            differences.push(format!("tag {tag} is missing"));
        }
    }
    if let Some(wanted) = want.handed_over
        && last.is_some_and(|l| l.handed_over != wanted)
    {
        differences.push(format!("should {}have been handed over", if wanted { "" } else { "not " }));
    }
    match verdict {
        Some(verdict) if !verdict.pass => differences.push(format!("the called party: {}", verdict.why)),
        _ => score.parties_content += 1,
    }
    if differences.is_empty() {
        return "yes".into();
    }
    score.wrong.push(format!("{} {}: {}", entry.number, entry.name, differences.join("; ")));
    differences.join("; ")
}

async fn print_totals(desk: &SharedDesk, campaigns: &[Campaign], score: &Score) -> Result<()> {
    let mut sum = CampaignProgress::default();
    let mut latencies = Vec::new();
    for campaign in campaigns {
        let progress = desk.db.campaign_progress(campaign.id).await?;
        sum.attempts += progress.attempts;
        sum.answered += progress.answered;
        sum.handed_over += progress.handed_over;
        sum.talk_ms += progress.talk_ms;
        sum.callbacks += progress.callbacks;
        for (outcome, count) in progress.outcomes {
            *sum.outcomes.entry(outcome).or_default() += count;
        }
        latencies.extend(desk.db.turn_latencies(campaign.id).await?);
    }
    println!("\n{}", report::totals(&sum, &latencies));
    let share = |(right, all): (u32, u32)| format!("{right} of {all}");
    println!(
        "as expected   {} of {} outcomes; {} called parties content\n\
         intents       {} right where the wording is among the template's phrases, {} where it is not",
        score.outcomes_right,
        score.contacts,
        score.parties_content,
        share(score.listed),
        share(score.free),
    );
    Ok(())
}

fn print_next(run_dir: &Path) {
    let dir = run_dir.display();
    println!(
        "\nrecordings    {dir}/recordings (two channels: left is the bot, right the person)\n\
         transcripts   in {dir}/warmline.sqlite, table `turns`\n\
         called side   {dir}/carrier.jsonl\n\
         next          make serve, then open the console with the password it prints; or\n              \
         WARMLINE__SERVER__DATA_DIR={} {} campaign report {}",
        dir,
        std::env::current_exe().map_or("warmline".into(), |p| p.display().to_string()),
        CAMPAIGNS[0],
    );
}
