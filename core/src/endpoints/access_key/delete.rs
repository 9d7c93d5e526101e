//! Deletes one access key.

use alloc::string::String;
use alloc::vec::Vec;

use http::Request;

use super::ids;
use crate::{Auth, Class, Config, Endpoint, Error, Now, Operation, Target};

/// Deletes an access key: it is gone for good. Tokens that it was exchanged for stay
/// valid until they expire.
#[derive(Debug, Clone)]
pub struct DeleteAccessKey {
    id: String,
}

impl DeleteAccessKey {
    /// The key with this id.
    pub fn new(id: impl Into<String>) -> Self {
        Self { id: id.into() }
    }
}

impl Endpoint for DeleteAccessKey {
    type Output = ();

    fn operation(&self) -> Operation {
        Operation::new("delete access key", Class::Convergent)
    }

    fn auth(&self) -> Auth<'_> {
        Auth::Management
    }

    fn target(&self) -> Option<Target> {
        Some(Target::Id(self.id.clone()))
    }

    fn request(&self, config: &Config, _first: Now) -> Result<Request<Vec<u8>>, Error> {
        ids::post_id(config, "/v1/mgmt/accesskey/delete", &self.id)
    }

    fn parse(&self, body: &[u8]) -> Result<(), Error> {
        ids::parse_empty(body)
    }

    /// "Not found" after an attempt in doubt is what that attempt was for.
    fn settled_by(&self, error: &Error) -> Option<()> {
        error.is_not_found().then_some(())
    }
}
