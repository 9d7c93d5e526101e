//! Deletes several access keys at once.

use alloc::string::String;
use alloc::vec::Vec;

use http::Request;

use super::{grant, ids};
use crate::{Auth, Class, Config, Endpoint, Error, Now, Operation, Target};

/// Deletes access keys in one request: they are gone for good. Tokens that they were
/// exchanged for stay valid until they expire.
#[derive(Debug, Clone)]
pub struct DeleteAccessKeys {
    ids: Vec<String>,
}

impl DeleteAccessKeys {
    /// The keys with these ids. An empty list is refused, as is an empty id in it.
    pub fn new<I: Into<String>>(ids: impl IntoIterator<Item = I>) -> Self {
        Self { ids: grant::texts(ids) }
    }
}

impl Endpoint for DeleteAccessKeys {
    type Output = ();

    fn operation(&self) -> Operation {
        Operation::new("delete access keys", Class::Convergent)
    }

    fn auth(&self) -> Auth<'_> {
        Auth::Management
    }

    fn target(&self) -> Option<Target> {
        Some(Target::Ids(self.ids.clone()))
    }

    fn request(&self, config: &Config, _first: Now) -> Result<Request<Vec<u8>>, Error> {
        ids::post_ids(config, "/v1/mgmt/accesskey/delete/batch", &self.ids)
    }

    fn parse(&self, body: &[u8]) -> Result<(), Error> {
        ids::parse_empty(body)
    }
}
