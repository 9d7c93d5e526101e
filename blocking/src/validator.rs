//! Validates tokens without ever waiting for the network.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Weak};
use std::thread;
use std::time::Duration;

use descope_core::{Error, ErrorKind, SigningKeyKeeper, ValidateToken, jwt::Claims};

use crate::client::Client;
use crate::per_process::PerProcess;

impl Client {
    /// Makes a validator, which never waits for the network, and starts one thread that keeps its
    /// signing keys fresh.
    ///
    /// This call itself waits for the first fetch of the keys, for at most the client's deadline
    /// (default: 10 s). A service that cannot be reached is not an error: the thread tries again, and
    /// until it has the keys, validations fail with [`NotYetKnown`](crate::ErrorKind::NotYetKnown).
    ///
    /// # Errors
    ///
    /// `Api` if the service does not know the project; `InvalidArgument` if the thread cannot be
    /// started.
    pub fn validator(&self) -> Result<Validator, Error> {
        Validator::start(self)
    }
}

/// Validates tokens on threads that must not wait, such as those of an async runtime. It owns one
/// thread, which keeps the signing keys fresh; [`validate`](Self::validate) does no IO.
///
/// Cheap to clone; when the last clone is dropped the thread ends, after the fetch that it may be at. A
/// forked child starts a thread of its own at its first validation, and knows no signing keys before
/// that has fetched them.
///
/// ```no_run
/// # use descope_blocking::Client;
/// let validator = Client::from_env()?.validator()?;
/// let claims = validator.validate("eyJ…")?;
/// # Ok::<(), descope_blocking::Error>(())
/// ```
#[derive(Clone)]
pub struct Validator {
    client: Client,
    keeper: Arc<PerProcess<Result<Arc<SigningKeyKeeper>, Error>>>,
}

impl Validator {
    pub(crate) fn start(client: &Client) -> Result<Self, Error> {
        let fetch = client.context().fetch_signing_keys(client.options().clone(), client.now());
        match client.drive(fetch) {
            Err(error) if !may_pass(&error) => return Err(error),
            _ => {}
        }
        let keeper = start_keeper(client)?;
        Ok(Self { client: client.clone(), keeper: Arc::new(PerProcess::new(Ok(keeper))) })
    }

    /// Validates a session token that somebody presents: a text, or a [`ValidateToken`] with audiences
    /// of its own or a DPoP proof. By the signing keys at hand: it does no IO, and waits for nobody.
    ///
    /// # Errors
    ///
    /// `InvalidToken`, with the check that failed in [`Error::token_error`]. `NotYetKnown`
    /// ([`Error::is_unreachable`], with an [`Error::retry_after`]) while the thread fetches signing
    /// keys that may decide otherwise: the answer to that is a 503.
    pub fn validate<'a, T: Into<ValidateToken<'a>>>(&self, token: T) -> Result<Claims, Error> {
        let client = self.ready()?;
        let token = token.into().keys_at_hand();
        client.drive(client.context().validate(token, client.options().clone(), client.now()))
    }

    /// The client, once this process has its thread.
    pub(crate) fn ready(&self) -> Result<&Client, Error> {
        match self.keeper.get(|_| start_keeper(&self.client)) {
            Ok(_) => Ok(&self.client),
            Err(error) => Err(error.clone()),
        }
    }
}

/// Whether the thread may be left to try again.
fn may_pass(error: &Error) -> bool {
    let refused = error.is_from_service() && error.status().is_some_and(|s| s.is_client_error());
    !(error.is_invalid_argument() || error.kind() == ErrorKind::Api && refused)
}

fn start_keeper(client: &Client) -> Result<Arc<SigningKeyKeeper>, Error> {
    let keeper = Arc::new(client.context().signing_key_keeper());
    let (client, watched) = (client.clone(), Arc::downgrade(&keeper));
    match thread::Builder::new().name("descope-keys".into()).spawn(move || keep(&client, &watched))
    {
        Ok(_) => Ok(keeper),
        Err(error) => {
            Err(Error::invalid_argument("validator", format!("cannot start its thread: {error}")))
        }
    }
}

/// Keeps the signing keys fresh until the keeper is gone. A logger or a transport that panics ends one
/// fetch, and not the thread.
fn keep(client: &Client, keeper: &Weak<SigningKeyKeeper>) {
    let begin = || {
        let keeper = keeper.upgrade()?;
        Some(keeper.keep(client.options().clone(), client.now()))
    };
    while let Some(step) = begin() {
        if catch_unwind(AssertUnwindSafe(|| client.drive(step))).is_err() {
            thread::sleep(Duration::from_secs(1));
        }
    }
}

impl fmt::Debug for Validator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Validator").field("client", &self.client).finish_non_exhaustive()
    }
}
