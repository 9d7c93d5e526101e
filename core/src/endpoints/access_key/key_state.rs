//! Whether a key is in the state that an operation was to bring it to.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use http::Request;

use super::{LoadAccessKey, Status};
use crate::base::{Now, Operation, Target};
use crate::call::{Auth, Endpoint, Look, Proof};
use crate::config::Config;
use crate::error::Error;

/// What an operation on ids leaves behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KeyState {
    Active,
    Inactive,
    Gone,
}

/// A call waits for this many looks at most.
const MOST_LOOKS: usize = 16;

/// One look for each of the keys, where they are not too many.
pub(super) fn proof(ids: &[String], wanted: KeyState) -> Option<Proof<()>> {
    let look = |id: &String| -> Look {
        Box::new(LookAtKey { load: LoadAccessKey::new(id.as_str()), wanted })
    };
    (ids.len() <= MOST_LOOKS).then(|| Proof::new(ids.iter().map(look), ()))
}

/// Loads a key, and tells whether its state is the wanted one.
struct LookAtKey {
    load: LoadAccessKey,
    wanted: KeyState,
}

impl Endpoint for LookAtKey {
    type Output = bool;

    fn operation(&self) -> Operation {
        self.load.operation()
    }

    fn auth(&self) -> Auth<'_> {
        self.load.auth()
    }

    fn target(&self) -> Option<Target> {
        self.load.target()
    }

    fn request(&self, config: &Config, first: Now) -> Result<Request<Vec<u8>>, Error> {
        self.load.request(config, first)
    }

    fn parse(&self, body: &[u8]) -> Result<bool, Error> {
        let status = self.load.parse(body)?.status();
        Ok(match self.wanted {
            KeyState::Active => status == Status::Active,
            KeyState::Inactive => status == Status::Inactive,
            KeyState::Gone => false,
        })
    }

    fn settled_by(&self, error: &Error) -> Option<bool> {
        error.is_key_not_found().then_some(self.wanted == KeyState::Gone)
    }
}
