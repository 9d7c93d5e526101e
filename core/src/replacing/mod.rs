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
mod findings;
mod key_changes;
mod replace_access_key;
mod replace_error;
mod replace_flow;
mod replaced;
mod retire_due;
mod run;
mod script;
mod unfinished;

pub use replace_access_key::ReplaceAccessKey;
pub use replace_error::{DeployError, ReplaceError};
pub(crate) use replace_flow::ReplaceContext;
pub use replace_flow::{Deploy, ReadBack, ReplaceFlow, Replacing};
pub use replaced::Replaced;
pub use retire_due::{DueLeft, RetireDue, RetireDueFlow, RetiredDue};
pub use unfinished::{Unfinished, unfinished};
