//! Replacing an access key without an outage: create a twin, deploy its secret, retire the old key.

use std::error::Error as StdError;
use std::{fmt, mem};

use descope_core::{AccessKey, CreateAccessKey, CreatedAccessKey, Error, Expiry, Status};

use crate::AccessKeys;

/// Which key to replace, and what becomes of it. For [`AccessKeys::replace`].
///
/// ```
/// use descope_blocking::{Expiry, ReplaceAccessKey};
///
/// let replace = ReplaceAccessKey::new("K2old").expiry(Expiry::days(90)).deactivate_old();
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct ReplaceAccessKey {
    id: String,
    expiry: Option<Expiry>,
    deactivate: bool,
}

impl ReplaceAccessKey {
    /// The key with this id. Its twin expires when it does, and it is deleted in the end.
    pub fn new(id: impl Into<String>) -> Self {
        Self { id: id.into(), expiry: None, deactivate: false }
    }

    /// Gives the twin an expiry of its own.
    pub fn expiry(mut self, expiry: impl Into<Expiry>) -> Self {
        self.expiry = Some(expiry.into());
        self
    }

    /// Deactivates the old key in the end in place of deleting it, so that there is a way back.
    pub fn deactivate_old(mut self) -> Self {
        self.deactivate = true;
        self
    }

    /// The twin to create, where the service would rotate such a key.
    fn twin_of(&self, key: &AccessKey) -> Result<CreateAccessKey, Error> {
        let refuse = |what| Err(Error::invalid_argument("id", what));
        match (key.status(), self.expiry) {
            (Status::Inactive, _) => refuse("is that of an inactive key: activate it first"),
            (Status::Expired, None) => {
                refuse("is that of a key that has expired: give its twin an expiry")
            }
            (_, None) => Ok(CreateAccessKey::twin_of(key)),
            (_, Some(expiry)) => Ok(CreateAccessKey::twin_of(key).expiry(expiry)),
        }
    }

    /// A key that is not there is retired.
    fn retire(&self, keys: AccessKeys<'_>) -> Result<(), Error> {
        let done = match self.deactivate {
            true => keys.deactivate(&self.id),
            false => keys.delete(&self.id),
        };
        done.or_else(not_found_is_done)
    }
}

impl From<&str> for ReplaceAccessKey {
    fn from(id: &str) -> Self {
        Self::new(id)
    }
}

impl From<String> for ReplaceAccessKey {
    fn from(id: String) -> Self {
        Self::new(id)
    }
}

/// A key was replaced: the old one is retired.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Replaced<T> {
    /// The new key. Its secret went to the closure alone.
    pub key: AccessKey,
    /// What the closure returned.
    pub value: T,
}

/// Why a key was not replaced, and which keys there are now. What is said here of the service holds
/// unless somebody else changes it.
///
/// `Debug` and `Display` show no secret, as long as those of the closure's error show none.
#[derive(Debug)]
#[non_exhaustive]
pub enum ReplaceError {
    /// The key could not be loaded, or is not one to replace: inactive, or expired with no new
    /// expiry given (`InvalidArgument`). Nothing was changed.
    Load(Error),
    /// The twin was not created, and the closure not called. The old key is as it was.
    ///
    /// Where [`Error::is_outcome_unknown`], there may be a twin whose secret nobody has:
    /// [`AccessKeys::find_unconfirmed`] looks for it.
    Create(Error),
    /// The closure failed, and the twin was deleted again. The old key is as it was.
    #[non_exhaustive]
    RolledBack {
        /// The closure's error.
        cause: Box<dyn StdError + Send + Sync>,
        /// The id that the twin had.
        twin_id: String,
    },
    /// The closure failed, and the twin could not be deleted: it may be live. The old key is as it
    /// was. Delete the twin.
    #[non_exhaustive]
    TwinLeft {
        /// The closure's error.
        cause: Box<dyn StdError + Send + Sync>,
        /// The id of the twin.
        twin_id: String,
        /// Why it could not be deleted.
        error: Error,
    },
    /// The secret of the twin is deployed, but the old key could not be retired: it may still be
    /// live. Delete or deactivate it. What the closure returned is dropped.
    #[non_exhaustive]
    OldLeft {
        /// The id of the old key.
        old_id: String,
        /// The id of the twin.
        twin_id: String,
        /// Why the old key could not be retired.
        error: Error,
    },
}

impl fmt::Display for ReplaceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("replace access key: ")?;
        match self {
            Self::Load(error) => write!(f, "nothing was changed: {error}"),
            Self::Create(error) => write!(f, "the old key is as it was: {error}"),
            Self::RolledBack { cause, twin_id } => write!(
                f,
                "the new secret was not deployed: {cause}; the new key {twin_id:?} was deleted \
                 again, the old key is as it was"
            ),
            Self::TwinLeft { cause, twin_id, error } => write!(
                f,
                "the new secret was not deployed: {cause}; the old key is as it was, but the new \
                 key {twin_id:?} could not be deleted again and may be live: delete it ({error})"
            ),
            Self::OldLeft { old_id, twin_id, error } => write!(
                f,
                "the secret of the new key {twin_id:?} is deployed, but the old key {old_id:?} \
                 could not be retired and may still be live: delete or deactivate it ({error})"
            ),
        }
    }
}

impl StdError for ReplaceError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::RolledBack { cause, .. } | Self::TwinLeft { cause, .. } => Some(&**cause),
            Self::Load(error) | Self::Create(error) | Self::OldLeft { error, .. } => Some(error),
        }
    }
}

pub(crate) fn replace<T, X>(
    keys: AccessKeys<'_>,
    replace: &ReplaceAccessKey,
    deploy: impl FnOnce(&CreatedAccessKey) -> Result<T, X>,
) -> Result<Replaced<T>, ReplaceError>
where
    X: Into<Box<dyn StdError + Send + Sync>>,
{
    let old = keys.load(&replace.id).map_err(ReplaceError::Load)?;
    let create = replace.twin_of(&old).map_err(ReplaceError::Load)?;
    let twin = keys.create(&create).map_err(ReplaceError::Create)?;
    let told = TellOfPanic { old_id: &replace.id, twin_id: twin.key.id() };
    let deployed = deploy(&twin);
    mem::forget(told);
    let twin_id = || twin.key.id().to_owned();
    match deployed {
        Ok(value) => match replace.retire(keys) {
            Ok(()) => Ok(Replaced { key: twin.key, value }),
            Err(error) => {
                Err(ReplaceError::OldLeft { old_id: replace.id.clone(), twin_id: twin_id(), error })
            }
        },
        Err(cause) => {
            let (cause, twin_id) = (cause.into(), twin_id());
            Err(match keys.delete(&twin_id).or_else(not_found_is_done) {
                Ok(()) => ReplaceError::RolledBack { cause, twin_id },
                Err(error) => ReplaceError::TwinLeft { cause, twin_id, error },
            })
        }
    }
}

fn not_found_is_done(error: Error) -> Result<(), Error> {
    if error.is_key_not_found() { Ok(()) } else { Err(error) }
}

/// Dropped by a panic alone, which passes through: nobody learns of the twin but from the log.
struct TellOfPanic<'a> {
    old_id: &'a str,
    twin_id: &'a str,
}

impl Drop for TellOfPanic<'_> {
    fn drop(&mut self) {
        crate::logging::error(format_args!(
            "replace access key: panicked while the new secret was deployed; both keys stay, the \
             old {:?} and the new {:?}",
            self.old_id, self.twin_id
        ));
    }
}
