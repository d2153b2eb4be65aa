//! `warmline bench turns`
use crate::cli::BenchTurnsArgs;
pub async fn run(_: BenchTurnsArgs) -> anyhow::Result<()> { anyhow::bail!("x") }
