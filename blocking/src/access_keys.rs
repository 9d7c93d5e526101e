//! Operations on access keys.

use descope_core::{
    AccessKey, ActivateAccessKey, ActivateAccessKeys, CreateAccessKey, CreatedAccessKey,
    DeactivateAccessKey, DeactivateAccessKeys, DeleteAccessKey, DeleteAccessKeys, Error,
    LoadAccessKey, RotateAccessKey, SearchAccessKeys, UpdateAccessKey,
};

use crate::Client;

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
    /// `BodyTooLarge` when the answer is over
    /// [`Limits::max_bulk_body`](descope_core::Limits::max_bulk_body).
    pub fn search(&self, search: &SearchAccessKeys) -> Result<Vec<AccessKey>, Error> {
        self.client.call(search)
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
        self.client.call(ActivateAccessKey::new(id))
    }

    /// Refuses a key at exchange until it is activated. Tokens that it was exchanged for stay
    /// valid until they expire.
    ///
    /// # Errors
    ///
    /// [`Error::is_not_found`] when there is none.
    pub fn deactivate(&self, id: &str) -> Result<(), Error> {
        self.client.call(DeactivateAccessKey::new(id))
    }

    /// Deletes a key for good.
    ///
    /// # Errors
    ///
    /// [`Error::is_not_found`] when there is none, unless an earlier attempt of this very call may
    /// have deleted it.
    pub fn delete(&self, id: &str) -> Result<(), Error> {
        self.client.call(DeleteAccessKey::new(id))
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
        self.client.call(ActivateAccessKeys::new(ids))
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
        self.client.call(DeactivateAccessKeys::new(ids))
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
        self.client.call(DeleteAccessKeys::new(ids))
    }

    /// Gives a key a new secret; the old one dies at once. To rotate without an outage, create a
    /// second key, deploy it, and delete the first.
    ///
    /// # Errors
    ///
    /// When [`Error::is_outcome_unknown`], the old secret may be dead: it was sent once and is not
    /// sent again. Where the new cleartext did arrive, [`Error::cleartext`] has it.
    pub fn rotate(&self, id: &str) -> Result<CreatedAccessKey, Error> {
        self.client.call(RotateAccessKey::new(id))
    }
}
