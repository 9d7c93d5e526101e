//! Finds the key that a create may have left behind.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::RangeInclusive;
use core::time::Duration;

use http::{Request, Response};

use super::{AccessKey, FoundAccessKeys, SearchAccessKeys};
use crate::base::{Now, Operation, Target};
use crate::call::{Auth, Endpoint};
use crate::config::Config;
use crate::error::{Error, OutcomeUnknown, header_times};

/// Searches for the keys that a create of unknown outcome may have made.
///
/// These are the keys of exactly its name that were created between 5 s before it was sent and 120
/// s after it failed. If the create had a [marker](super::CreateAccessKey::marker), it is the key
/// whose description ends in the marker, at any time.
///
/// Times are the service's, as its answer to the create told them, else its answer to the search,
/// else the caller's. None found soon after the failure is no proof: the create may still be under
/// way. Of a key that was found nobody has the secret:
/// [rotate](super::RotateAccessKey) it for a new one, or [delete](super::ActOnAccessKey::delete) it.
///
/// ```
/// use descope_core::{Call, CallOptions, Context, Error, FindUnconfirmed, Now, Step};
///
/// fn recover(context: &Context, error: &Error, now: Now) -> Option<Step<Call<FindUnconfirmed>>> {
///     let find = FindUnconfirmed::after(error).ok()?;
///     Some(context.call(find, CallOptions::new(), now))
/// }
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct FindUnconfirmed {
    name: String,
    marker: Option<String>,
    sent: i64,
    failed: i64,
    /// What to add to the caller's Unix time to get the service's, where the failed answer told it.
    ahead: Option<i64>,
}

impl FindUnconfirmed {
    const SLACK_BEFORE: i64 = 5;
    const SLACK_AFTER: i64 = 120;

    /// After a create whose outcome is unknown.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` when it was no create.
    pub fn new(unknown: &OutcomeUnknown) -> Result<Self, Error> {
        let (name, marker) = match &unknown.target {
            Some(Target::Name(name)) => (name.clone(), None),
            Some(Target::Marked { name, marker }) => (name.clone(), Some(marker.clone())),
            _ => return Err(Error::invalid_argument("error", "is not that of a create")),
        };
        // Measured on the clock that does not jump.
        let took = unknown.failed.monotonic().saturating_sub(unknown.sent.monotonic());
        let sent = Now::new(Duration::ZERO, unknown.failed.unix().saturating_sub(took));
        let failed = unknown.failed.unix_seconds();
        let ahead = unknown.service_time.map(|service| service.saturating_sub(failed));
        Ok(Self { name, marker, sent: sent.unix_seconds(), failed, ahead })
    }

    /// The same, from the error that the create ended in.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` when its outcome is not unknown, or it was no create.
    pub fn after(error: &Error) -> Result<Self, Error> {
        let unknown = error.outcome_unknown();
        unknown.map_or_else(
            || Err(Error::invalid_argument("error", "has an outcome that is known")),
            Self::new,
        )
    }

    /// For a program that did not make the create itself, and knows of it what was told of its
    /// failure: the name, and when it was sent and had failed (Unix seconds, by this machine's clock).
    pub fn named(name: impl Into<String>, sent: i64, failed: i64) -> Self {
        Self { name: name.into(), marker: None, sent, failed, ahead: None }
    }

    /// The marker that the create had: the times then do not matter. Empty is refused.
    pub fn marker(mut self, marker: impl Into<String>) -> Self {
        self.marker = Some(marker.into());
        self
    }

    /// By the service's clock.
    fn window(&self, ahead: i64) -> RangeInclusive<i64> {
        let from = self.sent.saturating_add(ahead).saturating_sub(Self::SLACK_BEFORE);
        from..=self.failed.saturating_add(ahead).saturating_add(Self::SLACK_AFTER)
    }

    /// An answer that may hide the key proves nothing. One that has another name is not the key,
    /// whatever else of it cannot be read.
    fn refuse_hidden(&self, found: &FoundAccessKeys) -> Result<(), Error> {
        let hides = |name: &Option<String>| name.as_ref().is_none_or(|name| *name == self.name);
        match found.left_out.iter().find(|key| hides(&key.name)) {
            None if found.missing == 0 => Ok(()),
            None => Err(Error::decode(format!(
                "the answer is a part and may hide the key: by its own `total`, {} are missing",
                found.missing
            ))),
            Some(key) => Err(Error::decode(format!("{key}, and it may be the one"))),
        }
    }

    fn matching(&self, body: &[u8], ahead: i64) -> Result<Vec<AccessKey>, Error> {
        let window = self.window(ahead);
        let found = FoundAccessKeys::parse(body)?;
        self.refuse_hidden(&found)?;
        let mut keys = found.keys;
        keys.retain(|key| {
            key.name() == self.name
                && match (&self.marker, key.description()) {
                    (Some(marker), Some(description)) => {
                        let before = description.strip_suffix(marker.as_str());
                        before.is_some_and(|text| text.is_empty() || text.ends_with(' '))
                    }
                    (Some(_), None) => false,
                    (None, _) => window.contains(&key.created_time()),
                }
        });
        Ok(keys)
    }
}

impl Endpoint for FindUnconfirmed {
    type Output = Vec<AccessKey>;

    fn operation(&self) -> Operation {
        SearchAccessKeys::new().operation()
    }

    fn auth(&self) -> Auth<'_> {
        Auth::Management
    }

    fn target(&self) -> Option<Target> {
        Some(Target::Name(self.name.clone()))
    }

    /// Asks for all keys: which ones a narrower search leaves out is not documented.
    fn request(&self, config: &Config, first: Now) -> Result<Request<Vec<u8>>, Error> {
        if self.marker.as_ref().is_some_and(|marker| marker.trim().is_empty()) {
            // Every description ends in it.
            return Err(Error::invalid_argument("marker", "is empty"));
        }
        SearchAccessKeys::new().request(config, first)
    }

    fn parse(&self, body: &[u8]) -> Result<Vec<AccessKey>, Error> {
        self.matching(body, self.ahead.unwrap_or(0))
    }

    fn parse_answer(&self, answer: &Response<Vec<u8>>, now: Now) -> Result<Vec<AccessKey>, Error> {
        let ahead = self.ahead.or_else(|| header_times::ahead(answer.headers(), now));
        self.matching(answer.body(), ahead.unwrap_or(0))
    }
}
