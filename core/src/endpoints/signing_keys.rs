//! Fetches the project's key set.

use alloc::string::ToString;
use alloc::vec::Vec;

use http::Request;

use crate::jwt::KeySet;
use crate::request::get;
use crate::{Auth, Class, Config, Endpoint, Error, Now, Operation};

/// Fetches the public keys that the project's tokens are signed with.
#[derive(Debug, Clone, Copy, Default)]
#[non_exhaustive]
pub struct FetchKeySet;

impl FetchKeySet {
    /// The keys of the configured project.
    #[must_use]
    pub const fn new() -> Self {
        Self
    }
}

impl Endpoint for FetchKeySet {
    type Output = KeySet;

    fn operation(&self) -> Operation {
        Operation::new("fetch key set", Class::Read)
    }

    fn auth(&self) -> Auth<'_> {
        Auth::Project
    }

    fn request(&self, config: &Config, _first: Now) -> Result<Request<Vec<u8>>, Error> {
        get(config, &["/v2/keys/", config.project_id()])
    }

    fn parse(&self, body: &[u8]) -> Result<KeySet, Error> {
        let set = KeySet::parse(body).map_err(|error| Error::decode(error.to_string()))?;
        if set.is_empty() {
            return Err(Error::decode("the answer has no usable key"));
        }
        Ok(set)
    }
}
