//! A secret that did arrive and that nobody has.

use std::fmt;
use std::io;

use descope_blocking::Error;
use descope_blocking::descope_core::Target;

use crate::text::foreign_text::shown;

#[derive(Debug)]
pub(crate) struct LostSecret {
    /// Its key, unless the answer did not tell.
    pub(crate) key_id: Option<String>,
    /// What else was wrong with the answer.
    pub(super) call: Option<Error>,
    place: String,
    cause: io::Error,
}

impl LostSecret {
    pub(crate) fn of_key(id: &str, place: String, cause: io::Error) -> Self {
        Self { key_id: Some(id.to_owned()), call: None, place, cause }
    }

    /// Of a call that failed for another reason, after its secret had arrived.
    pub(crate) fn of_call(call: Error, place: String, cause: io::Error) -> Self {
        let target = call.outcome_unknown().and_then(|unknown| unknown.target.clone());
        let key_id = match target {
            Some(Target::Id(id)) => Some(id),
            _ => None,
        };
        Self { key_id, call: Some(call), place, cause }
    }
}

impl fmt::Display for LostSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(call) = &self.call {
            write!(f, "{call}; ")?;
        }
        match &self.key_id {
            Some(id) => write!(f, "the secret of {} is lost", shown(id))?,
            None => f.write_str("the secret of the key is lost")?,
        }
        write!(f, ": it could not be written to {}: {}", self.place, self.cause)
    }
}
