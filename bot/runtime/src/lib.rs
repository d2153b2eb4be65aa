//! The shell that drives calls: SIP, sockets, inference threads and files around the pure `call` machine.

pub mod sip;
