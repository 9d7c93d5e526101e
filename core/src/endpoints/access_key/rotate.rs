//! Rotates an access key.

use alloc::string::String;
use alloc::vec::Vec;

use http::Request;

use super::{CreatedAccessKey, answer, ids};
use crate::base::{Class, Now, Operation, Target};
use crate::call::{Auth, Endpoint, Salvaged};
use crate::config::Config;
use crate::error::Error;

/// Gives an access key a new secret. The id stays. The old secret stops working at once, for every
/// program that still uses it. Only an active key that has not expired can be rotated.
///
/// It is not retried once it may have been carried out: a second rotation would kill the first
/// one's secret.
#[derive(Debug, Clone)]
pub struct RotateAccessKey {
    id: String,
}

impl RotateAccessKey {
    /// The key with this id.
    pub fn new(id: impl Into<String>) -> Self {
        Self { id: id.into() }
    }
}

impl Endpoint for RotateAccessKey {
    type Output = CreatedAccessKey;

    fn operation(&self) -> Operation {
        Operation::new("rotate access key", Class::OneShot).in_doubt(
            "the old secret may be dead, and then nobody holds the new one. Try an exchange with \
             the old secret: if it is refused, rotate again once no earlier rotation can still be \
             under way",
        )
    }

    fn auth(&self) -> Auth<'_> {
        Auth::Management
    }

    fn target(&self) -> Option<Target> {
        Some(Target::Id(self.id.clone()))
    }

    fn request(&self, config: &Config, _first: Now) -> Result<Request<Vec<u8>>, Error> {
        ids::post_id(config, "/v1/mgmt/accesskey/rotate", &self.id)
    }

    fn parse(&self, body: &[u8]) -> Result<CreatedAccessKey, Error> {
        answer::parse_rotated(body, &self.id)
    }

    fn salvage(&self, body: &[u8]) -> Option<Salvaged> {
        answer::salvage(body)
    }
}
