//! Deactivates one access key.

use alloc::string::String;
use alloc::vec::Vec;

use http::Request;

use super::ids;
use crate::{Auth, Class, Config, Endpoint, Error, Now, Operation, Target};

/// Deactivates an access key: it is refused at exchange until it is activated. Tokens
/// that it was exchanged for stay valid until they expire.
#[derive(Debug, Clone)]
pub struct DeactivateAccessKey {
    id: String,
}

impl DeactivateAccessKey {
    /// The key with this id.
    pub fn new(id: impl Into<String>) -> Self {
        Self { id: id.into() }
    }
}

impl Endpoint for DeactivateAccessKey {
    type Output = ();

    fn operation(&self) -> Operation {
        Operation::new("deactivate access key", Class::Convergent)
    }

    fn auth(&self) -> Auth<'_> {
        Auth::Management
    }

    fn target(&self) -> Option<Target> {
        Some(Target::Id(self.id.clone()))
    }

    fn request(&self, config: &Config, _first: Now) -> Result<Request<Vec<u8>>, Error> {
        ids::post_id(config, "/v1/mgmt/accesskey/deactivate", &self.id)
    }

    fn parse(&self, body: &[u8]) -> Result<(), Error> {
        ids::parse_empty(body)
    }
}
