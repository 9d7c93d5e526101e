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
        if self.missing.is_empty() {
            return Ok(());
        }
        let first = if self.cause.is_some() { "; " } else { "" };
        write!(f, "{first}{}", none_of(&self.missing))
    }
}

/// Names the ids that are none.
pub(crate) fn none_of(missing: &[String]) -> String {
    let ids: Vec<String> = missing.iter().map(|id| shown(id)).collect();
    format!("there is no access key {}", ids.join(", nor "))
}
