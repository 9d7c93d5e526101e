//! The claims that the holder of a key chose at the exchange.

use alloc::string::String;
use core::fmt;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::TokenError;
use super::read_claim::read_claim;
use crate::json::object;

/// Claims that the caller chose when it exchanged its key (`nsec`). They are signed with the rest
/// of the token, but anybody with the key can set them: use them for logs and traces, **not for
/// authorization**.
#[derive(Clone, Copy)]
pub struct UntrustedClaims<'a> {
    object: &'a str,
}

impl<'a> UntrustedClaims<'a> {
    pub(super) fn new(value: Option<&'a str>) -> Self {
        Self { object: value.unwrap_or("null") }
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(self) -> bool {
        object::members(self.object).next().is_none()
    }

    /// Reads one of them by its name; `None` where it is not there. The last counts where one is
    /// given twice.
    ///
    /// # Errors
    /// [`TokenError::UnreadableClaim`] where it is of another type.
    pub fn get<T: Deserialize<'a>>(self, name: &str) -> Result<Option<T>, TokenError> {
        object::member(self.object, name).map(|value| read_claim(name, value)).transpose()
    }

    /// All of them as values.
    ///
    /// # Errors
    /// [`TokenError::UnreadableClaim`] where one holds what the values cannot.
    pub fn to_map(self) -> Result<Map<String, Value>, TokenError> {
        let members = object::members(self.object);
        members
            .map(|(name, value)| Ok((name.clone().into_owned(), read_claim(&name, value)?)))
            .collect()
    }
}

impl fmt::Debug for UntrustedClaims<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UntrustedClaims").finish_non_exhaustive()
    }
}
