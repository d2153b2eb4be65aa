//! Helpers of the end-to-end tests: starting our programs and others', and reading what they left.

pub mod bin;
pub mod capture;
pub mod carrier;
pub mod config;
pub mod phone;
pub mod process;
pub mod wav;
