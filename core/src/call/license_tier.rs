//! The license tier, which the service wants to be told once it has refused a call as too many.

use alloc::string::String;

use http::HeaderValue;

use crate::base::std_parts::{Mutex, lock};
use crate::config::header_value;
use crate::error::Error;

/// What is known of the project's license tier.
#[derive(Default)]
pub(crate) struct LicenseTier(Mutex<State>);

#[derive(Default)]
enum State {
    #[default]
    Unknown,
    /// Somebody has begun to fetch it; nobody else will.
    Asked,
    Known(HeaderValue),
}

impl LicenseTier {
    pub(crate) fn set(&self, tier: &str) -> Result<(), Error> {
        let value = header_value("license tier", tier)?;
        *lock(&self.0) = State::Known(value);
        Ok(())
    }

    pub(crate) fn name(&self) -> Option<String> {
        self.header()?.to_str().ok().map(String::from)
    }

    pub(crate) fn header(&self) -> Option<HeaderValue> {
        match &*lock(&self.0) {
            State::Known(value) => Some(value.clone()),
            State::Unknown | State::Asked => None,
        }
    }

    /// Whether the caller is the one who is to fetch it. True once.
    pub(crate) fn claim(&self) -> bool {
        let mut state = lock(&self.0);
        let first = matches!(*state, State::Unknown);
        if first {
            *state = State::Asked;
        }
        first
    }
}
