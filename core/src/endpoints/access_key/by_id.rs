//! Activates, deactivates and deletes access keys, one or many: what needs nothing but ids.

use alloc::string::String;
use alloc::vec::Vec;

use http::Request;

use super::ids;
use super::key_state::{self, KeyState};
use crate::base::{Class, Now, Operation, Target};
use crate::call::{Auth, Endpoint, Proof};
use crate::config::Config;
use crate::endpoints::arguments;
use crate::error::Error;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum KeyAction {
    Activate,
    Deactivate,
    Delete,
}

impl KeyAction {
    /// What it leaves behind.
    fn state(self) -> KeyState {
        match self {
            Self::Activate => KeyState::Active,
            Self::Deactivate => KeyState::Inactive,
            Self::Delete => KeyState::Gone,
        }
    }
}

/// Activates, deactivates or deletes one access key. Tokens that it was exchanged for stay valid
/// until they expire.
#[derive(Debug, Clone)]
#[must_use]
pub struct ActOnAccessKey {
    action: KeyAction,
    id: String,
}

impl ActOnAccessKey {
    /// Lets the key with this id be exchanged again.
    pub fn activate(id: impl Into<String>) -> Self {
        Self { action: KeyAction::Activate, id: id.into() }
    }

    /// Refuses the key with this id at exchange until it is activated.
    pub fn deactivate(id: impl Into<String>) -> Self {
        Self { action: KeyAction::Deactivate, id: id.into() }
    }

    /// Deletes the key with this id for good.
    pub fn delete(id: impl Into<String>) -> Self {
        Self { action: KeyAction::Delete, id: id.into() }
    }
}

impl Endpoint for ActOnAccessKey {
    type Output = ();

    fn operation(&self) -> Operation {
        let name = match self.action {
            KeyAction::Activate => "activate access key",
            KeyAction::Deactivate => "deactivate access key",
            KeyAction::Delete => "delete access key",
        };
        Operation::new(name, Class::Convergent)
    }

    fn auth(&self) -> Auth<'_> {
        Auth::Management
    }

    fn target(&self) -> Option<Target> {
        Some(Target::Id(self.id.clone()))
    }

    fn request(&self, config: &Config, _first: Now) -> Result<Request<Vec<u8>>, Error> {
        let path = match self.action {
            KeyAction::Activate => "/v1/mgmt/accesskey/activate",
            KeyAction::Deactivate => "/v1/mgmt/accesskey/deactivate",
            KeyAction::Delete => "/v1/mgmt/accesskey/delete",
        };
        ids::post_id(config, path, &self.id)
    }

    fn parse(&self, body: &[u8]) -> Result<(), Error> {
        ids::parse_empty(body)
    }

    /// "Not found" after an attempt in doubt to delete is what that attempt was for.
    fn settled_by(&self, error: &Error) -> Option<()> {
        (self.action == KeyAction::Delete && error.is_key_not_found()).then_some(())
    }

    fn proof(&self) -> Option<Proof<()>> {
        key_state::proof(core::slice::from_ref(&self.id), self.action.state())
    }
}

/// Activates, deactivates or deletes several access keys in one request.
#[derive(Debug, Clone)]
#[must_use]
pub struct ActOnAccessKeys {
    action: KeyAction,
    ids: Vec<String>,
}

/// An empty list is refused, as is an empty id in it.
impl ActOnAccessKeys {
    /// Lets the keys with these ids be exchanged again.
    pub fn activate<I: Into<String>>(ids: impl IntoIterator<Item = I>) -> Self {
        Self { action: KeyAction::Activate, ids: arguments::texts(ids) }
    }

    /// Refuses the keys with these ids at exchange until they are activated.
    pub fn deactivate<I: Into<String>>(ids: impl IntoIterator<Item = I>) -> Self {
        Self { action: KeyAction::Deactivate, ids: arguments::texts(ids) }
    }

    /// Deletes the keys with these ids for good.
    pub fn delete<I: Into<String>>(ids: impl IntoIterator<Item = I>) -> Self {
        Self { action: KeyAction::Delete, ids: arguments::texts(ids) }
    }
}

impl Endpoint for ActOnAccessKeys {
    type Output = ();

    fn operation(&self) -> Operation {
        let name = match self.action {
            KeyAction::Activate => "activate access keys",
            KeyAction::Deactivate => "deactivate access keys",
            KeyAction::Delete => "delete access keys",
        };
        Operation::new(name, Class::Convergent)
    }

    fn auth(&self) -> Auth<'_> {
        Auth::Management
    }

    fn target(&self) -> Option<Target> {
        Some(Target::Ids(self.ids.clone()))
    }

    fn request(&self, config: &Config, _first: Now) -> Result<Request<Vec<u8>>, Error> {
        let path = match self.action {
            KeyAction::Activate => "/v1/mgmt/accesskey/activate/batch",
            KeyAction::Deactivate => "/v1/mgmt/accesskey/deactivate/batch",
            KeyAction::Delete => "/v1/mgmt/accesskey/delete/batch",
        };
        ids::post_ids(config, path, &self.ids)
    }

    fn parse(&self, body: &[u8]) -> Result<(), Error> {
        ids::parse_empty(body)
    }

    fn proof(&self) -> Option<Proof<()>> {
        key_state::proof(&self.ids, self.action.state())
    }
}
