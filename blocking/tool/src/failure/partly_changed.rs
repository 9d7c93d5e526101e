//! A change of several keys that was not made in whole.

use std::fmt;

use descope_blocking::Error;

use crate::failure::own_words::in_own_words;
use crate::text::foreign_text::shown;

/// How far it came.
#[derive(Debug)]
pub(crate) struct PartlyChanged {
    /// "deleted"
    pub(crate) done: &'static str,
    pub(crate) changed: Vec<String>,
    pub(crate) missing: Vec<String>,
    /// What the service said was done, and was not.
    pub(crate) unchanged: Vec<String>,
    /// Why it was not done to the rest.
    pub(crate) cause: Option<Error>,
}

impl fmt::Display for PartlyChanged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let done = self.done;
        if let Some(cause) = &self.cause {
            let changed = match self.changed.len() {
                1 => "1 key was".to_owned(),
                count => format!("{count} keys were"),
            };
            write!(f, "{changed} {done}, and then: {}", in_own_words(&cause.to_string()))?;
        }
        let mut first = self.cause.is_none();
        let mut separator = || if std::mem::take(&mut first) { "" } else { "; " };
        if !self.unchanged.is_empty() {
            let ids: Vec<String> = self.unchanged.iter().map(|id| shown(id)).collect();
            let (from, ids) = (separator(), ids.join(", "));
            write!(f, "{from}not {done}, although the answer said so: {ids}")?;
        }
        if !self.missing.is_empty() {
            write!(f, "{}{}", separator(), none_of(&self.missing))?;
        }
        Ok(())
    }
}

/// Names the ids that are none.
pub(crate) fn none_of(missing: &[String]) -> String {
    let ids: Vec<String> = missing.iter().map(|id| shown(id)).collect();
    format!("there is no access key {}", ids.join(", nor "))
}
