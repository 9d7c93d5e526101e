//! Activates several access keys at once.

use alloc::string::String;
use alloc::vec::Vec;

use http::Request;

use super::{grant, ids};
use crate::{Auth, Class, Config, Endpoint, Error, Now, Operation, Target};

/// Activates access keys in one request: they can be exchanged again.
#[derive(Debug, Clone)]
pub struct ActivateAccessKeys {
    ids: Vec<String>,
}

impl ActivateAccessKeys {
    /// The keys with these ids. An empty list is refused, as is an empty id in it.
    pub fn new<I: Into<String>>(ids: impl IntoIterator<Item = I>) -> Self {
        Self { ids: grant::texts(ids) }
    }
}

impl Endpoint for ActivateAccessKeys {
    type Output = ();

    fn operation(&self) -> Operation {
        Operation::new("activate access keys", Class::Convergent)
    }

    fn auth(&self) -> Auth<'_> {
        Auth::Management
    }

    fn target(&self) -> Option<Target> {
        Some(Target::Ids(self.ids.clone()))
    }

    fn request(&self, config: &Config, _first: Now) -> Result<Request<Vec<u8>>, Error> {
        ids::post_ids(config, "/v1/mgmt/accesskey/activate/batch", &self.ids)
    }

    fn parse(&self, body: &[u8]) -> Result<(), Error> {
        ids::parse_empty(body)
    }
}
