//! The API through its real router, over a real database.
#![allow(clippy::unwrap_used)]

mod calls;
mod campaigns;
mod document;
mod feed;
mod lists;
mod replay_handoff;
mod roles;
mod session;
mod support;
mod versions;
