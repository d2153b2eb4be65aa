//! Whom to dial now, and why not the others.
//!
//! Pure: contact states, settings and `now` in, decisions out. [`decide`] judges one contact,
//! [`Agenda`] keeps a whole campaign in memory and says who is next and when to look again, and
//! [`Check`] says before the start what would go wrong. How many calls may be placed is not decided
//! here but in `warmline-pacing`, and nothing here knows SQL, SIP or a clock.

mod agenda;
mod check;
mod decide;
mod place;

pub use agenda::{Agenda, Census};
pub use check::{Check, Finding, Severity, TemplateFacts, TrunkFacts};
pub use decide::{Decision, Hours, Priority, Why, decide};
pub use place::{Place, place};
