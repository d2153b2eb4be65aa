//! The API through its real router, over a real database.
#![allow(clippy::unwrap_used)]

mod calls;
mod campaigns;
mod compare;
mod document;
mod feed;
mod lists;
mod replay_handoff;
mod review;
mod roles;
mod session;
mod support;
mod templates;
mod versions;
