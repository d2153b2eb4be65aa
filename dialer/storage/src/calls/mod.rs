//! Calls: what happens to them, and what is read of them.

mod close;
mod read;
mod record;
mod turns;

pub use read::{CallCursor, CallFilter};
