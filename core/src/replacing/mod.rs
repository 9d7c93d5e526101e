//! Replacing keys so that the process can die anywhere: what was found, what follows, and the flows
//! that do it.
//!
//! A run does this, in order: create the successor, tagged; search again, and give way to a run that
//! was earlier; deploy; see that the successor is still active; retire all other successors; retire
//! the old key; tag the successor as finished. Nothing is taken away before a deployment has
//! returned.

mod decision;
#[cfg(test)]
mod decision_table;
mod found;
mod replace_access_key;
mod replace_error;

pub use replace_access_key::ReplaceAccessKey;
pub use replace_error::{DeployError, ReplaceError};
