//! SIP user agent.
