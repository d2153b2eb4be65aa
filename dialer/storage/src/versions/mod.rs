//! Published versions of dialog templates: what new calls get, and what came of the calls of each.

mod change;
mod read;
mod results;
