//! Activates one access key.

use alloc::string::String;
use alloc::vec::Vec;

use http::Request;

use super::ids;
use crate::{Auth, Class, Config, Endpoint, Error, Now, Operation, Target};

/// Activates an access key: it can be exchanged again.
#[derive(Debug, Clone)]
pub struct ActivateAccessKey {
    id: String,
}

impl ActivateAccessKey {
    /// The key with this id.
    pub fn new(id: impl Into<String>) -> Self {
        Self { id: id.into() }
    }
}

impl Endpoint for ActivateAccessKey {
    type Output = ();

    fn operation(&self) -> Operation {
        Operation::new("activate access key", Class::Convergent)
    }

    fn auth(&self) -> Auth<'_> {
        Auth::Management
    }

    fn target(&self) -> Option<Target> {
        Some(Target::Id(self.id.clone()))
    }

    fn request(&self, config: &Config, _first: Now) -> Result<Request<Vec<u8>>, Error> {
        ids::post_id(config, "/v1/mgmt/accesskey/activate", &self.id)
    }

    fn parse(&self, body: &[u8]) -> Result<(), Error> {
        ids::parse_empty(body)
    }
}
