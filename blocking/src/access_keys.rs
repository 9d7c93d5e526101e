//! Operations on access keys.

use descope_core::{
    AccessKey, ActOnAccessKey, ActOnAccessKeys, CreateAccessKey, CreatedAccessKey, DeployError,
    Error, FindUnconfirmed, FoundAccessKeys, LoadAccessKey, ReplaceError, Replaced, RetireDue,
    RetiredDue, RotateAccessKey, SearchAccessKeys, Status, Unfinished, UpdateAccessKey,
};

use crate::client::Client;
use crate::replace::{ReplaceAccessKey, replace};

impl Client {
    /// Operations on access keys. They need a management key.
    #[must_use]
    pub fn access_keys(&self) -> AccessKeys<'_> {
        AccessKeys::new(self)
    }
}

/// Operations on the project's access keys. From [`Client::access_keys`]. The service describes each
/// in its [API reference](https://docs.descope.com/api/management/access-keys).
///
/// Every one can fail with `MissingCredential` when no management key is configured, with
/// `InvalidArgument` when an id or name is empty (nothing is sent then), with `Api` when the
/// service refuses, and with the failures of a connection. [`Error::outcome`] says what may now be
/// true.
#[derive(Debug, Clone, Copy)]
pub struct AccessKeys<'a> {
    client: &'a Client,
}

impl<'a> AccessKeys<'a> {
    pub(crate) fn new(client: &'a Client) -> Self {
        Self { client }
    }

    /// Creates a key. Its cleartext is delivered in this answer and never again.
    ///
    /// # Errors
    ///
    /// When [`Error::is_outcome_unknown`], the key may exist: it was sent once and is not sent
    /// again. Where the cleartext arrived, [`Error::cleartext`] has it.
    pub fn create(&self, create: &CreateAccessKey) -> Result<CreatedAccessKey, Error> {
        self.client.call(create)
    }

    /// Loads a key by its id.
    ///
    /// # Errors
    ///
    /// [`Error::is_not_found`] when there is none.
    pub fn load(&self, id: &str) -> Result<AccessKey, Error> {
        self.client.call(LoadAccessKey::new(id))
    }

    /// Searches keys; `&SearchAccessKeys::new()` finds all of them. One answer holds every match.
    ///
    /// # Errors
    ///
    /// `Decode` when one of the keys cannot be read, or the answer calls itself a part;
    /// `BodyTooLarge` when it is over [`Limits::max_bulk_body`](descope_core::Limits::max_bulk_body).
    pub fn search(&self, search: &SearchAccessKeys) -> Result<Vec<AccessKey>, Error> {
        self.client.call(search)
    }

    /// Searches keys for an inventory: those that cannot be read are left out, and told.
    ///
    /// ```no_run
    /// # use descope_blocking::{Client, SearchAccessKeys};
    /// # let client = Client::from_env()?;
    /// let found = client.access_keys().search_readable(&SearchAccessKeys::new())?;
    /// for key in &found.left_out {
    ///     eprintln!("{key}");
    /// }
    /// # Ok::<(), descope_blocking::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// `BodyTooLarge` as [`search`](Self::search); `Decode` when the answer is none to a search.
    pub fn search_readable(&self, search: &SearchAccessKeys) -> Result<FoundAccessKeys, Error> {
        self.client.call(search.clone().readable())
    }

    /// Updates a key: what is not named keeps its value.
    ///
    /// # Errors
    ///
    /// [`Error::is_not_found`] when there is none.
    pub fn update(&self, update: &UpdateAccessKey) -> Result<AccessKey, Error> {
        self.client.call(update)
    }

    /// Lets a key be exchanged again.
    ///
    /// # Errors
    ///
    /// [`Error::is_not_found`] when there is none.
    pub fn activate(&self, id: &str) -> Result<(), Error> {
        self.client.call(ActOnAccessKey::activate(id))
    }

    /// Refuses a key at exchange until it is activated. Tokens that it was exchanged for stay
    /// valid until they expire.
    ///
    /// # Errors
    ///
    /// [`Error::is_not_found`] when there is none.
    pub fn deactivate(&self, id: &str) -> Result<(), Error> {
        self.client.call(ActOnAccessKey::deactivate(id))
    }

    /// Deletes a key for good.
    ///
    /// # Errors
    ///
    /// [`Error::is_not_found`] when there is none, unless an earlier attempt of this very call may
    /// have deleted it.
    pub fn delete(&self, id: &str) -> Result<(), Error> {
        self.client.call(ActOnAccessKey::delete(id))
    }

    /// Activates several keys in one request.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` when there is no id, or an empty one.
    pub fn activate_batch<I: Into<String>>(
        &self,
        ids: impl IntoIterator<Item = I>,
    ) -> Result<(), Error> {
        self.client.call(ActOnAccessKeys::activate(ids))
    }

    /// Deactivates several keys in one request.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` when there is no id, or an empty one.
    pub fn deactivate_batch<I: Into<String>>(
        &self,
        ids: impl IntoIterator<Item = I>,
    ) -> Result<(), Error> {
        self.client.call(ActOnAccessKeys::deactivate(ids))
    }

    /// Deletes several keys in one request.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` when there is no id, or an empty one.
    pub fn delete_batch<I: Into<String>>(
        &self,
        ids: impl IntoIterator<Item = I>,
    ) -> Result<(), Error> {
        self.client.call(ActOnAccessKeys::delete(ids))
    }

    /// Finds the keys that a create of unknown outcome may have left behind: nobody has their
    /// secret. With the right one in hand, [`rotate`](Self::rotate) it for a new secret, or
    /// [`delete`](Self::delete) it. See [`FindUnconfirmed`] for what is searched.
    ///
    /// ```no_run
    /// # use descope_blocking::{Client, CreateAccessKey, Error, Expiry, Secret};
    /// # fn create(client: &Client) -> Result<Secret, Error> {
    /// let keys = client.access_keys();
    /// let marker = client.marker();
    /// match keys.create(&CreateAccessKey::new("ci", Expiry::days(30)).marker(marker)) {
    ///     Ok(created) => Ok(created.cleartext),
    ///     Err(error) if error.is_outcome_unknown() => match &keys.find_unconfirmed(&error)?[..] {
    ///         [key] => Ok(keys.rotate(key.id())?.cleartext),
    ///         _ => Err(error), // not there yet, if ever: look again later
    ///     },
    ///     Err(error) => Err(error),
    /// }
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// `InvalidArgument` when `error` is not that of a create whose outcome is unknown; else as
    /// [`search`](Self::search).
    pub fn find_unconfirmed(&self, error: &Error) -> Result<Vec<AccessKey>, Error> {
        self.client.call(FindUnconfirmed::after(error)?)
    }

    /// Replaces a key without an outage: creates a successor (another id and secret, and otherwise the
    /// same: name, expiry, roles, tenants, user, claims, description, permitted addresses, attributes),
    /// calls `deploy` with the new secret, and deactivates the old key.
    ///
    /// The old key works until `deploy` has returned. The process may die anywhere: the next run finds
    /// what this one left. The guide [when the program dies](crate::guides::when_the_program_dies) has
    /// the whole.
    ///
    /// ```no_run
    /// # use descope_blocking::{Client, DeployError, Expiry, ReplaceAccessKey};
    /// # fn store(_: &str) -> std::io::Result<()> { Ok(()) }
    /// # let client = Client::from_env()?;
    /// let old = ReplaceAccessKey::new("K2old").expiry(Expiry::days(90));
    /// let replaced = client.access_keys().replace(old, |new| {
    ///     client.exchange(&new.cleartext).map_err(DeployError::not_deployed)?; // it works
    ///     store(new.cleartext.expose())?;
    ///     Ok(())
    /// })?;
    /// println!("{} is in use", replaced.key.id());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ReplaceError`], which says what failed and which keys there are now.
    ///
    /// # Panics
    ///
    /// When `deploy` does. It is then not known whether the secret was deployed, so both keys stay;
    /// their ids are logged at level *error*.
    pub fn replace(
        &self,
        old: impl Into<ReplaceAccessKey<'a>>,
        deploy: impl FnOnce(&CreatedAccessKey) -> Result<(), DeployError>,
    ) -> Result<Replaced, ReplaceError> {
        replace(self.client, old.into(), deploy)
    }

    /// Retires the keys whose grace time is over: those that were replaced with
    /// [`ReplaceAccessKey::grace`], each only if its successor is active. `RetireDue::new()` looks
    /// through all keys. To do it twice, or twice at once, does no harm.
    ///
    /// # Errors
    ///
    /// As [`search`](Self::search). What failed for a single key is in [`RetiredDue::left`].
    pub fn retire_due(&self, retire: RetireDue) -> Result<RetiredDue, Error> {
        let (context, options) = (self.client.context(), self.client.options().clone());
        self.client.drive(context.retire_due(retire, options, self.client.now()))
    }

    /// Finds the new keys that replacements left which did not end. To replace the old key again
    /// settles it. With an answer to a search at hand, ask
    /// [`descope_core::unfinished`].
    ///
    /// # Errors
    ///
    /// As [`search`](Self::search).
    pub fn unfinished(&self) -> Result<Vec<Unfinished>, Error> {
        Ok(descope_core::unfinished(&self.search(&SearchAccessKeys::new())?))
    }

    /// Loads the status of each of several keys; `None` where there is no such key. The answer to a
    /// batch proves nothing about a single id: this does.
    ///
    /// ```no_run
    /// # use descope_blocking::{Client, Status};
    /// # let client = Client::from_env()?;
    /// let ids = ["K2one", "K2two"];
    /// client.access_keys().deactivate_batch(ids)?;
    /// for (id, status) in client.access_keys().status_of(ids) {
    ///     if status? == Some(Status::Active) {
    ///         println!("{id} is still active");
    ///     }
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn status_of<I: Into<String>>(
        &self,
        ids: impl IntoIterator<Item = I>,
    ) -> Vec<(String, Result<Option<Status>, Error>)> {
        let status = |id: &str| match self.load(id) {
            Ok(key) => Ok(Some(key.status())),
            Err(error) if error.is_key_not_found() => Ok(None),
            Err(error) => Err(error),
        };
        let ids = ids.into_iter().map(Into::into);
        ids.map(|id| {
            let status = status(&id);
            (id, status)
        })
        .collect()
    }

    /// Gives a key a new secret; the old one dies at once. To do so without an outage, see
    /// [`replace`](Self::replace).
    ///
    /// # Errors
    ///
    /// When [`Error::is_outcome_unknown`], the old secret may be dead: it was sent once and is not
    /// sent again. Where the new cleartext did arrive, [`Error::cleartext`] has it.
    pub fn rotate(&self, id: &str) -> Result<CreatedAccessKey, Error> {
        self.client.call(RotateAccessKey::new(id))
    }
}
