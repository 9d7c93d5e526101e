//! Operations on access keys.

use descope_core::{
    AccessKey, ActOnAccessKey, ActOnAccessKeys, CreateAccessKey, CreatedAccessKey, DeployError,
    Error, FindUnconfirmed, FoundAccessKeys, LoadAccessKey, ReplaceError, Replaced, RetireDue,
    RetiredDue, RotateAccessKey, SearchAccessKeys, Status, Unfinished, UpdateAccessKey,
};

use crate::client::Client;
use crate::replace::{ReplaceAccessKey, replace};

impl Client {
    /// The operations on access keys. They require a management key.
    #[must_use]
    pub fn access_keys(&self) -> AccessKeys<'_> {
        AccessKeys::new(self)
    }
}

/// Operations on the project's access keys, from [`Client::access_keys`].
///
/// All of them can fail with `MissingCredential` if no management key is configured, with
/// `InvalidArgument` if an id or a name is empty (nothing is sent), with `Api` if the service refuses,
/// and with connection errors. [`Error::outcome`] says what may have happened on the server.
///
/// The vendor describes them in its
/// [API reference](https://docs.descope.com/api/management/access-keys).
#[derive(Debug, Clone, Copy)]
pub struct AccessKeys<'a> {
    client: &'a Client,
}

impl<'a> AccessKeys<'a> {
    pub(crate) fn new(client: &'a Client) -> Self {
        Self { client }
    }

    /// Creates a key. Its cleartext is in this answer and cannot be read again.
    ///
    /// Vendor's page: [create access key](https://docs.descope.com/api/management/access-keys/create-access-key).
    ///
    /// # Errors
    ///
    /// If [`Error::is_outcome_unknown`], the key may exist: the request may have been carried out and
    /// was not retried. If the cleartext arrived nevertheless, [`Error::cleartext`] has it.
    pub fn create(&self, create: &CreateAccessKey) -> Result<CreatedAccessKey, Error> {
        self.client.call(create)
    }

    /// Loads a key by its id.
    ///
    /// Vendor's page: [load access key](https://docs.descope.com/api/management/access-keys/load-access-key).
    ///
    /// # Errors
    ///
    /// [`Error::is_not_found`] if there is no such key.
    pub fn load(&self, id: &str) -> Result<AccessKey, Error> {
        self.client.call(LoadAccessKey::new(id))
    }

    /// Searches for keys. `&SearchAccessKeys::new()` finds all of them. One answer holds every match.
    ///
    /// Vendor's page: [search access keys](https://docs.descope.com/api/management/access-keys/search-access-keys).
    ///
    /// # Errors
    ///
    /// `Decode` if one of the keys cannot be read, or if the answer says that it is incomplete.
    /// `BodyTooLarge` if it exceeds [`Limits::max_bulk_body`](descope_core::Limits::max_bulk_body).
    pub fn search(&self, search: &SearchAccessKeys) -> Result<Vec<AccessKey>, Error> {
        self.client.call(search)
    }

    /// Searches for keys, for an inventory: keys that cannot be read are left out and listed apart.
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
    /// `BodyTooLarge` as for [`search`](Self::search); `Decode` if it is not the answer to a search.
    pub fn search_readable(&self, search: &SearchAccessKeys) -> Result<FoundAccessKeys, Error> {
        self.client.call(search.clone().readable())
    }

    /// Updates a key. Fields that are not set keep their values.
    ///
    /// Vendor's page: [update access key](https://docs.descope.com/api/management/access-keys/update-access-key).
    ///
    /// # Errors
    ///
    /// [`Error::is_not_found`] if there is no such key.
    pub fn update(&self, update: &UpdateAccessKey) -> Result<AccessKey, Error> {
        self.client.call(update)
    }

    /// Activates a key, so that it can be exchanged again.
    ///
    /// Vendor's page: [activate access key](https://docs.descope.com/api/management/access-keys/activate-access-key).
    ///
    /// # Errors
    ///
    /// [`Error::is_not_found`] if there is no such key.
    pub fn activate(&self, id: &str) -> Result<(), Error> {
        self.client.call(ActOnAccessKey::activate(id))
    }

    /// Deactivates a key, so that it cannot be exchanged until it is activated. Tokens that it was
    /// exchanged for stay valid until they expire.
    ///
    /// Vendor's page: [deactivate access key](https://docs.descope.com/api/management/access-keys/deactivate-access-key).
    ///
    /// # Errors
    ///
    /// [`Error::is_not_found`] if there is no such key.
    pub fn deactivate(&self, id: &str) -> Result<(), Error> {
        self.client.call(ActOnAccessKey::deactivate(id))
    }

    /// Deletes a key for good.
    ///
    /// Vendor's page: [delete access key](https://docs.descope.com/api/management/access-keys/delete-access-key).
    ///
    /// # Errors
    ///
    /// [`Error::is_not_found`] if there is no such key, unless an earlier attempt of this call may have
    /// deleted it.
    pub fn delete(&self, id: &str) -> Result<(), Error> {
        self.client.call(ActOnAccessKey::delete(id))
    }

    /// Activates several keys in one request.
    ///
    /// Vendor's page: [activate access keys in batch](https://docs.descope.com/api/management/access-keys/batch-activate-access-keys).
    ///
    /// # Errors
    ///
    /// `InvalidArgument` if there is no id, or if one is empty.
    pub fn activate_batch<I: Into<String>>(
        &self,
        ids: impl IntoIterator<Item = I>,
    ) -> Result<(), Error> {
        self.client.call(ActOnAccessKeys::activate(ids))
    }

    /// Deactivates several keys in one request.
    ///
    /// Vendor's page: [deactivate access keys in batch](https://docs.descope.com/api/management/access-keys/batch-deactivate-access-keys).
    ///
    /// # Errors
    ///
    /// `InvalidArgument` if there is no id, or if one is empty.
    pub fn deactivate_batch<I: Into<String>>(
        &self,
        ids: impl IntoIterator<Item = I>,
    ) -> Result<(), Error> {
        self.client.call(ActOnAccessKeys::deactivate(ids))
    }

    /// Deletes several keys in one request.
    ///
    /// Vendor's page: [delete access keys in batch](https://docs.descope.com/api/management/access-keys/batch-delete-access-keys).
    ///
    /// # Errors
    ///
    /// `InvalidArgument` if there is no id, or if one is empty.
    pub fn delete_batch<I: Into<String>>(
        &self,
        ids: impl IntoIterator<Item = I>,
    ) -> Result<(), Error> {
        self.client.call(ActOnAccessKeys::delete(ids))
    }

    /// Finds the keys that a create of unknown outcome may have left behind. Nobody has their secret:
    /// [`rotate`](Self::rotate) the right one for a new secret, or [`delete`](Self::delete) it. See
    /// [`FindUnconfirmed`] for what is searched.
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
    /// `InvalidArgument` if `error` does not come from a create of unknown outcome; otherwise those of
    /// [`search`](Self::search).
    pub fn find_unconfirmed(&self, error: &Error) -> Result<Vec<AccessKey>, Error> {
        self.client.call(FindUnconfirmed::after(error)?)
    }

    /// Replaces a key without an outage: creates a successor, calls `deploy` with the new secret, and
    /// deactivates the old key.
    ///
    /// The successor has another id and secret, and the old key's name, roles, tenants, user, claims,
    /// description, permitted addresses, attributes and, unless you set another, expiry. Both keys
    /// work until `deploy` has returned. The process may die at any point: the next run finds what
    /// this one left. See the guide [when the program dies](crate::guides::when_the_program_dies).
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
    /// [`ReplaceError`], which says what failed and which keys exist now.
    ///
    /// # Panics
    ///
    /// If `deploy` panics. Whether the secret was deployed is then unknown, so both keys stay, and
    /// their ids are logged at level *error*.
    pub fn replace(
        &self,
        old: impl Into<ReplaceAccessKey<'a>>,
        deploy: impl FnOnce(&CreatedAccessKey) -> Result<(), DeployError>,
    ) -> Result<Replaced, ReplaceError> {
        replace(self.client, old.into(), deploy)
    }

    /// Retires the keys that were replaced with [`ReplaceAccessKey::grace`] and whose grace time is
    /// over, each only if its successor is active. `RetireDue::new()` looks through all keys. Running
    /// it twice, even at the same time, is safe.
    ///
    /// # Errors
    ///
    /// Those of [`search`](Self::search). Failures of single keys are in [`RetiredDue::left`].
    pub fn retire_due(&self, retire: RetireDue) -> Result<RetiredDue, Error> {
        let (context, options) = (self.client.context(), self.client.options().clone());
        self.client.drive(context.retire_due(retire, options, self.client.now()))
    }

    /// Finds the new keys of replacements that did not finish. Replacing the old key again finishes
    /// them. If you have searched already, use [`descope_core::unfinished`].
    ///
    /// # Errors
    ///
    /// Those of [`search`](Self::search).
    pub fn unfinished(&self) -> Result<Vec<Unfinished>, Error> {
        Ok(descope_core::unfinished(&self.search(&SearchAccessKeys::new())?))
    }

    /// Loads the status of each of several keys; `None` if there is no such key. The answer to a batch
    /// proves nothing about a single id; this does.
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

    /// Gives a key a new secret. The old secret stops working at once; to avoid the outage, see
    /// [`replace`](Self::replace).
    ///
    /// Vendor's page: [rotate access key](https://docs.descope.com/api/management/access-key-management/rotate-access-key).
    ///
    /// # Errors
    ///
    /// If [`Error::is_outcome_unknown`], the old secret may have stopped working: the request may have
    /// been carried out and was not retried. If the new cleartext arrived nevertheless,
    /// [`Error::cleartext`] has it.
    pub fn rotate(&self, id: &str) -> Result<CreatedAccessKey, Error> {
        self.client.call(RotateAccessKey::new(id))
    }
}
