//! How long a million contacts take to import.
//!
//! `cargo run --release -p warmline-storage --example import_bench -- [CONTACTS]`
//!
//! Writes a CSV and a database into a temporary folder, imports, loads the planner's states as a campaign
//! does at its start, and prints the times.
#![allow(clippy::disallowed_methods, reason = "a benchmark reads the clock")]

use chrono::Utc;
use chrono_tz::Tz;
use std::error::Error;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::Instant;
use warmline_domain::import::{ContactReader, ImportOptions};
use warmline_domain::{CampaignSettings, ListSettings, NewCampaign, NumberRule, Region};
use warmline_storage::Db;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let contacts: u64 = std::env::args().nth(1).map_or(Ok(1_000_000), |n| n.parse())?;
    let folder = tempfile::tempdir()?;
    let csv = folder.path().join("contacts.csv");
    write_csv(&csv, contacts)?;
    let db = Db::open(folder.path().join("bench.db")).await?;
    let numbers = NumberRule::International { region: Some(Region::parse("US")?) };
    let list = db.create_list("bench", &ListSettings { numbers: numbers.clone() }, Utc::now()).await?;

    let started = Instant::now();
    let rows = ContactReader::new(File::open(&csv)?, &ImportOptions::new(numbers.clone()))?.count();
    println!("parse only     {rows} rows  {:.2} s", started.elapsed().as_secs_f64());

    let started = Instant::now();
    let reader = ContactReader::new(File::open(&csv)?, &ImportOptions::new(numbers))?;
    let summary = db.import_contacts(list.id, reader, |_| {}).await?;
    let seconds = started.elapsed().as_secs_f64();
    println!("import         {} contacts, {} refused  {seconds:.2} s", summary.imported, summary.refused);

    let settings = CampaignSettings::new("bench", "loopback", Tz::UTC);
    let new = NewCampaign { name: "bench".into(), list: list.id, settings };
    let campaign = db.create_campaign(&new, Utc::now()).await?;
    let started = Instant::now();
    let (mut states, mut after) = (0, None);
    loop {
        let page = db.contact_states(campaign.id, after, 10_000).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.contact);
        states += page.len();
    }
    println!("load states    {states} contacts  {:.2} s", started.elapsed().as_secs_f64());
    let size = std::fs::metadata(db.path())?.len();
    println!("database       {:.0} MB", size as f64 / 1e6);
    Ok(())
}

/// Numbers that exist in the numbering plan, each once: New York, Chicago and Los Angeles.
fn write_csv(path: &Path, contacts: u64) -> Result<(), Box<dyn Error>> {
    let mut out = BufWriter::new(File::create(path)?);
    writeln!(out, "first_name,last_name,phone,consent,appointment,city")?;
    for i in 0..contacts {
        let area = ["212", "312", "213"][(i % 3) as usize];
        // Spread over the range, as a real list is, and not in ascending order.
        let line = (i / 3).wrapping_mul(7_368_787) % 7_990_000;
        writeln!(out, "Ann{i},Smith,({area}) {}-{:04},yes,Monday 10:30,New York", 201 + line / 10_000, line % 10_000)?;
    }
    Ok(out.flush()?)
}
