//! Deactivates several access keys at once.

use alloc::string::String;
use alloc::vec::Vec;

use http::Request;

use super::{grant, ids};
use crate::{Auth, Class, Config, Endpoint, Error, Now, Operation, Target};

/// Deactivates access keys in one request: they are refused at exchange until they are
/// activated. Tokens that they were exchanged for stay valid until they expire.
#[derive(Debug, Clone)]
pub struct DeactivateAccessKeys {
    ids: Vec<String>,
}

impl DeactivateAccessKeys {
    /// The keys with these ids. An empty list is refused, as is an empty id in it.
    pub fn new<I: Into<String>>(ids: impl IntoIterator<Item = I>) -> Self {
        Self { ids: grant::texts(ids) }
    }
}

impl Endpoint for DeactivateAccessKeys {
    type Output = ();

    fn operation(&self) -> Operation {
        Operation::new("deactivate access keys", Class::Convergent)
    }

    fn auth(&self) -> Auth<'_> {
        Auth::Management
    }

    fn target(&self) -> Option<Target> {
        Some(Target::Ids(self.ids.clone()))
    }

    fn request(&self, config: &Config, _first: Now) -> Result<Request<Vec<u8>>, Error> {
        ids::post_ids(config, "/v1/mgmt/accesskey/deactivate/batch", &self.ids)
    }

    fn parse(&self, body: &[u8]) -> Result<(), Error> {
        ids::parse_empty(body)
    }
}
