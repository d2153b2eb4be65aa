//! Calls: what happens to them, and what is read of them.

mod close;
mod read;
mod record;

pub use read::{CallCursor, CallFilter};
