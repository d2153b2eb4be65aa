//! `warmline campaign report`: the outcome of every contact, and the totals.

use super::campaign::{named, words};
use crate::config::Config;
use crate::desk::start;
use anyhow::Result;
use comfy_table::Table;
use warmline_domain::{CampaignId, TurnLatency};
use warmline_storage::{CampaignProgress, Db, ReportRow};

/// Rows read from storage at a time.
const PAGE: u32 = 1000;

/// Print a table, or CSV.
pub async fn run(config: &Config, name: &str, csv: bool, unmask: bool) -> Result<()> {
    let db = start::open_database(config).await?;
    let campaign = named(&db, name).await?;
    let rows = rows(&db, campaign.id).await?;
    if csv {
        return print_csv(&rows, unmask);
    }
    println!("{}", table(&rows, unmask));
    let progress = db.campaign_progress(campaign.id).await?;
    println!("{}", totals(&progress, &db.turn_latencies(campaign.id).await?));
    Ok(())
}

/// Every contact's line.
pub async fn rows(db: &Db, campaign: CampaignId) -> Result<Vec<ReportRow>> {
    let mut all = Vec::new();
    loop {
        let after = all.last().map(|row: &ReportRow| row.contact);
        let page = db.campaign_report(campaign, after, PAGE).await?;
        if page.is_empty() {
            return Ok(all);
        }
        all.extend(page);
    }
}

const HEADER: [&str; 12] = [
    "line",
    "name",
    "number",
    "attempts",
    "outcome",
    "intent",
    "tags",
    "slots",
    "turns",
    "handed_over",
    "talk_s",
    "cause",
];

fn cells(row: &ReportRow, unmask: bool) -> [String; 12] {
    let number = if unmask { row.number.as_str().to_owned() } else { row.number.masked() };
    let start = [row.line.to_string(), row.name.clone(), number, row.attempts.to_string()];
    let rest = match &row.last {
        None => {
            let why = if row.do_not_call { "do not call" } else { "not dialled" };
            [
                why.to_owned(),
                String::new(),
                String::new(),
                String::new(),
                String::new(),
                String::new(),
                String::new(),
                String::new(),
            ]
        }
        Some(last) => [
            last.outcome.as_str().to_owned(),
            last.intent.clone().unwrap_or_default(),
            last.tags.join(" "),
            last.slots.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" "),
            last.turns.to_string(),
            if last.handed_over { "yes" } else { "no" }.to_owned(),
            format!("{:.1}", f64::from(last.talk_ms) / 1000.0),
            last.cause.clone(),
        ],
    };
    let mut cells: [String; 12] = Default::default();
    for (cell, value) in cells.iter_mut().zip(start.into_iter().chain(rest)) {
        *cell = value;
    }
    cells
}

/// The outcome of every contact as a table.
pub fn table(rows: &[ReportRow], unmask: bool) -> Table {
    let mut table = Table::new();
    table.set_header(HEADER.map(|name| name.replace('_', " ")));
    for row in rows {
        table.add_row(cells(row, unmask));
    }
    table
}

fn print_csv(rows: &[ReportRow], unmask: bool) -> Result<()> {
    let mut writer = csv::Writer::from_writer(std::io::stdout());
    // The call's id, for `warmline template from-call`, is too long for a terminal's table.
    writer.write_record(HEADER.iter().chain(&["call"]))?;
    for row in rows {
        let call = row.last.as_ref().map(|last| last.call.to_string()).unwrap_or_default();
        writer.write_record(cells(row, unmask).iter().map(|cell| harmless(cell)).chain([call]))?;
    }
    writer.flush()?;
    Ok(())
}

/// A cell that a spreadsheet would take for a formula is made text.
fn harmless(cell: &str) -> String {
    let number = cell.strip_prefix(['+', '-']).is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_digit()));
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) && !number { format!("'{cell}") } else { cell.to_owned() }
}

/// Rates and reply times in a few lines.
pub fn totals(progress: &CampaignProgress, latencies: &[TurnLatency]) -> String {
    let rate = |part: u64, whole: u64| if whole == 0 { 0.0 } else { 100.0 * part as f64 / whole as f64 };
    let outcomes: Vec<String> = progress.outcomes.iter().map(|(o, n)| format!("{n} {}", words(*o))).collect();
    let persons = progress.outcomes.get(&warmline_domain::Outcome::Person).copied().unwrap_or(0);
    let mut total: Vec<f32> = latencies.iter().map(|l| l.total_ms).collect();
    total.sort_by(f32::total_cmp);
    let latency = match (percentile(&total, 0.5), percentile(&total, 0.95)) {
        (Some(p50), Some(p95)) => format!("{p50:.0} ms p50, {p95:.0} ms p95 over {} turns", total.len()),
        _ => "no turns".into(),
    };
    format!(
        "attempts      {} ({})\nanswer rate   {:.1} % of attempts\ntransfer rate {:.1} % of persons reached ({} handed over)\n\
         turn latency  {latency} (end of speech to first packet of the reply)\ntalk time     {:.1} min\ncallbacks     {} owed",
        progress.attempts,
        outcomes.join(", "),
        rate(progress.answered, progress.attempts),
        rate(progress.handed_over, persons),
        progress.handed_over,
        progress.talk_ms as f64 / 60_000.0,
        progress.callbacks,
    )
}

/// The value at a share of a sorted list (nearest rank).
pub fn percentile(sorted: &[f32], share: f64) -> Option<f32> {
    let rank = (share * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.saturating_sub(1).min(sorted.len().checked_sub(1)?)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_looks_like_a_formula_is_text_and_a_number_stays_a_number() {
        assert_eq!(harmless("=HYPERLINK(1)"), "'=HYPERLINK(1)");
        assert_eq!(harmless("+15550100"), "+15550100");
        assert_eq!(harmless("Ann"), "Ann");
    }

    #[test]
    fn percentiles_are_nearest_ranks() {
        let sorted = [1.0, 2.0, 3.0, 4.0];
        assert_eq!(
            (percentile(&sorted, 0.5), percentile(&sorted, 0.95), percentile(&[], 0.5)),
            (Some(2.0), Some(4.0), None)
        );
    }
}
