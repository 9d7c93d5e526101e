//! Fetches the project's signing keys.

use alloc::format;
use alloc::string::ToString;
use alloc::vec::Vec;

use http::Request;

use crate::base::{Class, Now, Operation};
use crate::call::request::get;
use crate::call::{Auth, Endpoint};
use crate::config::Config;
use crate::error::Error;
use crate::jwt::SigningKeys;

/// Fetches the public keys that sign the project's tokens.
#[derive(Debug, Clone, Copy, Default)]
#[non_exhaustive]
pub struct FetchSigningKeys;

impl FetchSigningKeys {
    /// Those of the configured project.
    #[must_use]
    pub const fn new() -> Self {
        Self
    }
}

impl Endpoint for FetchSigningKeys {
    type Output = SigningKeys;

    fn operation(&self) -> Operation {
        Operation::new("fetch signing keys", Class::Read)
    }

    fn auth(&self) -> Auth<'_> {
        Auth::Project
    }

    fn request(&self, config: &Config, _first: Now) -> Result<Request<Vec<u8>>, Error> {
        get(config, &["/v2/keys/", config.project_id()])
    }

    fn parse(&self, body: &[u8]) -> Result<SigningKeys, Error> {
        let set = SigningKeys::parse(body).map_err(|error| Error::decode(error.to_string()))?;
        match set.unusable() {
            Some(why) => {
                Err(Error::decode(format!("the answer has {why}; check the project id too")))
            }
            None => Ok(set),
        }
    }
}
