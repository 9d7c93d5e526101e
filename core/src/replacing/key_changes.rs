//! What the flows ask of the service, and what they hold for done: what `load` shows.

use alloc::borrow::ToOwned;

use super::findings::is_active;
use super::script::Driver;
use crate::base::Now;
use crate::call::call_context::CallContext;
use crate::call::{Call, Endpoint};
use crate::config::CallOptions;
use crate::endpoints::access_key::{
    AccessKey, ActOnAccessKey, FoundAccessKeys, LoadAccessKey, SearchAccessKeys, Status,
    UpdateAccessKey,
};
use crate::error::Error;

/// The service, as a flow talks to it.
pub(super) struct Service<S> {
    pub(super) driver: Driver<S>,
    pub(super) calls: CallContext,
    pub(super) options: CallOptions,
}

impl<S> Service<S> {
    pub(super) fn now(&self) -> Now {
        self.driver.now()
    }

    pub(super) async fn call<E: Endpoint>(&self, endpoint: E) -> Result<E::Output, Error> {
        let (calls, options) = (self.calls.clone(), self.options.clone());
        self.driver.drive(Call::start(calls, endpoint, options, self.now())).await
    }

    pub(super) async fn load(&self, id: &str) -> Result<AccessKey, Error> {
        self.call(LoadAccessKey::new(id)).await
    }

    /// All keys, but for those that cannot be read.
    pub(super) async fn search(&self) -> Result<FoundAccessKeys, Error> {
        let found = self.call(SearchAccessKeys::new().readable()).await?;
        match found.missing {
            0 => Ok(found),
            _ => Err(Error::decode("the answer calls itself a part of what there is")),
        }
    }

    /// Deactivates a key, or deletes it. One that is gone is retired.
    pub(super) async fn retire(&self, id: &str, delete: bool) -> Result<(), Error> {
        let act = if delete { ActOnAccessKey::delete(id) } else { ActOnAccessKey::deactivate(id) };
        let answer = self.call(act).await;
        match self.load(id).await {
            Err(error) if error.is_key_not_found() => Ok(()),
            Ok(key) if !delete && matches!(key.status(), Status::Inactive | Status::Expired) => {
                Ok(())
            }
            loaded => Err(not_done(answer.err(), loaded)),
        }
    }

    /// Activates a key again.
    pub(super) async fn activate(&self, id: &str) -> Result<AccessKey, Error> {
        let answer = self.call(ActOnAccessKey::activate(id)).await;
        match self.load(id).await {
            Ok(key) if is_active(&key) => Ok(key),
            loaded => Err(not_done(answer.err(), loaded)),
        }
    }

    /// Replaces a key's description.
    pub(super) async fn describe(
        &self,
        key: &AccessKey,
        description: &str,
    ) -> Result<AccessKey, Error> {
        let update = UpdateAccessKey::of(key);
        let answer = self
            .call(match description {
                "" => update.clear_description(),
                text => update.set_description(text.to_owned()),
            })
            .await;
        match self.load(key.id()).await {
            Ok(key) if key.description().unwrap_or_default() == description => Ok(key),
            loaded => Err(not_done(answer.err(), loaded)),
        }
    }
}

/// Why a change was not made: the refusal says more than that it is not there.
fn not_done(refusal: Option<Error>, loaded: Result<AccessKey, Error>) -> Error {
    let unseen =
        || loaded.err().unwrap_or_else(|| Error::decode("answered as done, but it is not"));
    refusal.unwrap_or_else(unseen)
}
