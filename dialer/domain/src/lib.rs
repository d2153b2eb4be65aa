//! What the dialer talks about: contacts, lists, numbers, campaigns, attempts, callbacks, users.
//!
//! Types and their transitions only. Nothing here reads a clock, a socket, a file path or a random
//! number: instants and ids come in as arguments, and the CSV parser reads from whatever
//! [`std::io::Read`] it is given.

mod attempt;
mod call;
mod callback;
mod campaign;
mod consent;
mod contact;
mod diff;
mod dnc;
mod history;
mod hours;
mod ids;
pub mod import;
mod list;
mod mask;
mod number;
mod outcome;
mod retry;
mod turn;
mod user;
mod version;

pub use attempt::{Attempt, AttemptState, CloseReason};
pub use call::{
    CallChange, CallDetail, CallResult, CallState, CallSummary, FeedEvent, Handoff, NewCall, RecordingFile,
};
pub use callback::{Callback, CallbackState, NewCallback};
pub use campaign::{
    Campaign, CampaignSettings, CampaignState, InvalidTransition, LEAST_RING_S, NewCampaign, SettingsError,
};
pub use consent::Consent;
pub use contact::{Contact, NewContact};
pub use diff::{DiffLine, diff, unified};
pub use dnc::{DncEntry, DncSource};
pub use history::{CallbackNote, ContactState, History};
pub use hours::{HoursError, HoursProfile, Window};
pub use ids::{AttemptId, CallbackId, CampaignId, ContactId, ListId, UserId};
pub use list::{ContactList, ListSettings};
pub use mask::mask;
pub use number::{NumberError, NumberRule, PhoneNumber, Region};
pub use outcome::Outcome;
pub use retry::{RetryPolicy, RetryRule, Verdict};
pub use turn::{HandoffReason, HandoffScore, HeardReading, Turn, TurnInput, TurnLatency, WeighedIntent};
pub use user::{Permission, Role, User};
pub use version::{
    NewVersion, Rate, RolledBack, Serving, Share, ShareError, TemplateVersion, VersionMark, VersionResults,
    VersionState, VersionText,
};
