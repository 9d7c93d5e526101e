//! Which key to replace, and what becomes of it.

use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use crate::endpoints::access_key::tags::{self, Tag};
use crate::endpoints::access_key::{AccessKey, Expiry};

/// Options of a replacement: which key to replace, and how. For
/// [`Context::replace`](crate::Context::replace).
///
/// ```
/// use core::time::Duration;
/// use descope_core::{Expiry, ReplaceAccessKey};
///
/// let replace = ReplaceAccessKey::new("K2old")
///     .expiry(Expiry::days(90))
///     .grace(Duration::from_secs(3_600));
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct ReplaceAccessKey {
    pub(super) id: String,
    pub(super) expiry: Option<Expiry>,
    pub(super) grace: Option<Duration>,
    pub(super) takeover: Duration,
    pub(super) resume: bool,
    pub(super) roll_back: bool,
    pub(super) delete_old: bool,
    /// Those of the caller's search that name the key in a tag.
    pub(super) among: Option<Vec<AccessKey>>,
}

impl ReplaceAccessKey {
    /// The default of [`takeover`](Self::takeover): an hour.
    pub const TAKEOVER: Duration = Duration::from_secs(3_600);

    /// The key with this id. Its successor expires when it does; in the end it is deactivated.
    pub fn new(id: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            expiry: None,
            grace: None,
            takeover: Self::TAKEOVER,
            resume: false,
            roll_back: false,
            delete_old: false,
            among: None,
        }
    }

    /// The id of the key.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Gives the successor an expiry of its own.
    pub fn expiry(mut self, expiry: impl Into<Expiry>) -> Self {
        self.expiry = Some(expiry.into());
        self
    }

    /// Lets the old key work for that long after the deployment. When it is due is written in its
    /// description; [`Context::retire_due`](crate::Context::retire_due) retires it then.
    pub fn grace(mut self, grace: Duration) -> Self {
        self.grace = Some(grace).filter(|grace| !grace.is_zero());
        self
    }

    /// Deletes the old key in the end in place of deactivating it: there is no way back then.
    pub fn delete_old(mut self) -> Self {
        self.delete_old = true;
        self
    }

    /// Deletes the successor again on every error of the deployment: for one that is done in whole
    /// or not at all. Else that is done only where the error says so, see
    /// [`DeployError::not_deployed`](crate::DeployError::not_deployed).
    pub fn roll_back(mut self) -> Self {
        self.roll_back = true;
        self
    }

    /// Takes over from an earlier run, however young: it is known to have ended.
    pub fn resume(mut self) -> Self {
        self.resume = true;
        self
    }

    /// How long an earlier run is taken for one that still deploys: an hour, unless told otherwise.
    /// Longer than any deployment takes.
    pub fn takeover(mut self, takeover: Duration) -> Self {
        self.takeover = takeover;
        self
    }

    /// Finds what earlier runs left behind in this answer to a search for all keys, so that a program
    /// that replaces many keys searches once.
    pub fn among(mut self, keys: &[AccessKey]) -> Self {
        self.among = Some(named(keys, &self.id));
        self
    }
}

/// The keys that say of themselves that they replace this one.
pub(super) fn named(keys: &[AccessKey], id: &str) -> Vec<AccessKey> {
    let names = |key: &&AccessKey| {
        tags::of(key).any(
            |tag| matches!(tag, Tag::Replacing { old, .. } | Tag::Replaced { old } if old == id),
        )
    };
    keys.iter().filter(names).cloned().collect()
}
