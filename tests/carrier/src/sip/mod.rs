//! The shell: sockets, SIP transactions, one task a call.

mod auth;
mod call;
mod media;
mod ports;
mod server;

pub use auth::Credentials;
pub use server::{Carrier, CarrierError, Config};
