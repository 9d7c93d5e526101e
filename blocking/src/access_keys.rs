//! Operations on access keys.

use std::error::Error as StdError;

use descope_core::{
    AccessKey, ActOnAccessKey, ActOnAccessKeys, CreateAccessKey, CreatedAccessKey, Error,
    FindUnconfirmed, FoundAccessKeys, LoadAccessKey, RotateAccessKey, SearchAccessKeys,
    UpdateAccessKey,
};

use crate::replace::replace;
use crate::{Client, ReplaceAccessKey, ReplaceError, Replaced};

/// Operations on the project's access keys. From [`Client::access_keys`].
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
    /// again. Where the cleartext did arrive, [`Error::cleartext`] has it.
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

    /// Replaces a key without an outage: creates a twin of it (another id and secret, and otherwise
    /// the same: name, expiry, roles, tenants, user, claims, description, permitted addresses,
    /// attributes), calls `deploy` with the new secret, and deletes the old key.
    ///
    /// The old key works until `deploy` has returned. When that fails, the twin is deleted again.
    ///
    /// ```no_run
    /// # use descope_blocking::{Client, Expiry, ReplaceAccessKey};
    /// # fn store(_: &str) -> std::io::Result<()> { Ok(()) }
    /// # let client = Client::from_env()?;
    /// let old = ReplaceAccessKey::new("K2old").expiry(Expiry::days(90));
    /// let replaced = client.access_keys().replace(old, |new| {
    ///     client.exchange(&new.cleartext)?; // it works
    ///     store(new.cleartext.expose())?;
    ///     Ok::<_, Box<dyn std::error::Error + Send + Sync>>(())
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
    pub fn replace<T, X>(
        &self,
        old: impl Into<ReplaceAccessKey>,
        deploy: impl FnOnce(&CreatedAccessKey) -> Result<T, X>,
    ) -> Result<Replaced<T>, ReplaceError>
    where
        X: Into<Box<dyn StdError + Send + Sync>>,
    {
        replace(*self, &old.into(), deploy)
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
