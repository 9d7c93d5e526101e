//! Loads one access key.

use alloc::string::String;
use alloc::vec::Vec;

use http::Request;

use super::{AccessKey, answer, ids};
use crate::base::{Class, Now, Operation, Target};
use crate::call::request::{encode_component, get};
use crate::call::{Auth, Endpoint};
use crate::config::Config;
use crate::error::Error;

/// Loads an access key by its id.
#[derive(Debug, Clone)]
pub struct LoadAccessKey {
    id: String,
}

impl LoadAccessKey {
    /// The key with this id.
    pub fn new(id: impl Into<String>) -> Self {
        Self { id: id.into() }
    }
}

impl Endpoint for LoadAccessKey {
    type Output = AccessKey;

    fn operation(&self) -> Operation {
        Operation::new("load access key", Class::Read)
    }

    fn auth(&self) -> Auth<'_> {
        Auth::Management
    }

    fn target(&self) -> Option<Target> {
        Some(Target::Id(self.id.clone()))
    }

    fn request(&self, config: &Config, _first: Now) -> Result<Request<Vec<u8>>, Error> {
        ids::check_id(&self.id)?;
        get(config, &["/v1/mgmt/accesskey?id=", &encode_component(&self.id)])
            .map_err(|_| Error::invalid_argument("id", "makes an address that is too long"))
    }

    fn parse(&self, body: &[u8]) -> Result<AccessKey, Error> {
        answer::parse_key(body, &self.id)
    }
}
