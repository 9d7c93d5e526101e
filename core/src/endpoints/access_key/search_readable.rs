//! Searches access keys, and leaves out those that cannot be read.

use alloc::vec::Vec;

use http::Request;

use super::{FoundAccessKeys, SearchAccessKeys};
use crate::base::{Now, Operation};
use crate::call::{Auth, Endpoint};
use crate::config::Config;
use crate::error::Error;

/// Searches for access keys, for an inventory. Keys that cannot be read are left out and reported,
/// and so is an answer that says that it is incomplete. From [`SearchAccessKeys::readable`].
///
/// That a key is not among those found proves nothing: [load](super::LoadAccessKey) it to know.
#[derive(Debug, Clone)]
#[must_use]
pub struct SearchReadableAccessKeys(SearchAccessKeys);

impl SearchAccessKeys {
    /// The same search, which leaves out what cannot be read, and tells it: one odd key does not hide
    /// the others.
    pub fn readable(self) -> SearchReadableAccessKeys {
        SearchReadableAccessKeys(self)
    }
}

impl Endpoint for SearchReadableAccessKeys {
    type Output = FoundAccessKeys;

    fn operation(&self) -> Operation {
        self.0.operation()
    }

    fn auth(&self) -> Auth<'_> {
        self.0.auth()
    }

    fn request(&self, config: &Config, first: Now) -> Result<Request<Vec<u8>>, Error> {
        self.0.request(config, first)
    }

    fn parse(&self, body: &[u8]) -> Result<FoundAccessKeys, Error> {
        FoundAccessKeys::parse(body)
    }
}
