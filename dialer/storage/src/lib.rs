//! The database: the only room that knows SQL.
//!
//! [`Db`] is the one entry; its methods are grouped into files by what they are about.
//!
//! | about | methods |
//! |---|---|
//! | opening | `open`, `ping`, `close`, `path`, `own_dialing` |
//! | lists | `create_list`, `lists`, `list`, `list_named`, `import_contacts` |
//! | contacts | `contact`, `contacts`, `contact_states`, `contact_state` |
//! | campaigns | `create_campaign`, `update_campaign`, `campaigns`, `campaign`, `campaign_named`, `set_campaign_state` |
//! | attempts | `reserve_attempt`, `begin_dialling`, `release_attempt`, `reconcile_open_attempts` |
//! | calls | `record` (every event of a call, its end included), `calls`, `call`, `turns`, `recordings` |
//! | results | `campaign_progress`, `campaign_report`, `turn_latencies` |
//! | people owed or left alone | `add_callback`, `callbacks`, `end_callback`, `add_dnc`, `remove_dnc`, `is_dnc`, `dnc_entries`, `dnc_in_list`, `dnc_updated_at` |
//! | what a trainer looks at | `template_names`, `spoken_calls`, `reviewed`, `mark_reviewed` |
//! | users | `count_users`, `create_user`, `users`, `user`, `user_with_hash`, `set_password`, `set_user`, sessions, `audit` |
//! | versions of templates | `publish_version`, `set_canary_share`, `promote_canary`, `stop_canary`, `roll_back`, `versions`, `version`, `version_text`, `serving`, `version_results` |
//! | feed | `feed_after`, `feed_head`, `publish`, `prune_feed` |
//!
//! One call, in order: `reserve_attempt` → `begin_dialling` → (the INVITE) → `record` for each event →
//! `record(Ended)`. An attempt that is given up before it is dialled is released with `release_attempt`.
//! At start-up: `own_dialing`, then `reconcile_open_attempts`, then dial.
//!
//! Every method that writes takes `now` and is one transaction; when it returns, the change survives the
//! end of the process, and what must never be undone survives a power cut too (`db.rs` says which). What was not found is `Ok(None)` or a refusal with its reason, not an error.

mod attempts;
mod audit;
mod callbacks;
mod calls;
mod campaigns;
mod contacts;
mod convert;
mod db;
mod dnc;
mod error;
mod feed;
mod import;
mod lists;
mod lock;
mod progress;
mod review;
mod users;
mod versions;

pub use attempts::{Reconciled, Refusal, Reservation};
pub use audit::AuditEntry;
pub use calls::{CallCursor, CallFilter};
pub use db::Db;
pub use error::StorageError;
pub use import::ImportSummary;
pub use lock::DialingLock;
pub use progress::{CampaignProgress, LastCall, ReportRow};
pub use review::{TurnRef, Verdict};
