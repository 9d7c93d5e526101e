//! Replacing an access key without an outage, by a process that can die anywhere.

use std::time::Duration;
use std::{fmt, mem};

use descope_core::{
    AccessKey, CreatedAccessKey, DeployError, Expiry, ReplaceError, Replaced, Replacing, Secret,
};

use crate::client::Client;

/// Options of [`AccessKeys::replace`](crate::AccessKeys::replace): which key to replace, and how.
///
/// ```
/// use descope_blocking::{Expiry, ReplaceAccessKey, Secret};
///
/// let replace = ReplaceAccessKey::new("K2old")
///     .expiry(Expiry::days(90))
///     .read_back(|| std::fs::read_to_string("/run/secrets/descope").ok().map(Secret::new));
/// ```
#[must_use]
pub struct ReplaceAccessKey<'a> {
    rules: descope_core::ReplaceAccessKey,
    read_back: Box<dyn FnMut() -> Option<Secret> + 'a>,
}

impl ReplaceAccessKey<'_> {
    /// The key with this id. Its successor expires when it does; in the end it is deactivated.
    pub fn new(id: impl Into<String>) -> Self {
        let rules = descope_core::ReplaceAccessKey::new(id);
        Self { rules, read_back: Box::new(|| None) }
    }

    fn rules(
        mut self,
        change: impl FnOnce(descope_core::ReplaceAccessKey) -> descope_core::ReplaceAccessKey,
    ) -> Self {
        self.rules = change(self.rules);
        self
    }

    /// Gives the successor an expiry of its own.
    pub fn expiry(self, expiry: impl Into<Expiry>) -> Self {
        self.rules(|rules| rules.expiry(expiry))
    }

    /// Lets the old key work for that long after the deployment. When it is due is written in its
    /// description; [`AccessKeys::retire_due`](crate::AccessKeys::retire_due) retires it then.
    pub fn grace(self, grace: Duration) -> Self {
        self.rules(|rules| rules.grace(grace))
    }

    /// Deletes the old key in the end in place of deactivating it: there is no way back then.
    pub fn delete_old(self) -> Self {
        self.rules(descope_core::ReplaceAccessKey::delete_old)
    }

    /// Deletes the successor again on every error of the deployment: for one that is done in whole
    /// or not at all. Else that is done only where the error says so, see
    /// [`DeployError::not_deployed`].
    pub fn roll_back(self) -> Self {
        self.rules(descope_core::ReplaceAccessKey::roll_back)
    }

    /// Takes over from an earlier run, however young: it is known to have ended.
    pub fn resume(self) -> Self {
        self.rules(descope_core::ReplaceAccessKey::resume)
    }

    /// How long an earlier run is taken for one that still deploys: an hour, unless told otherwise.
    /// Longer than any deployment takes.
    pub fn takeover(self, takeover: Duration) -> Self {
        self.rules(|rules| rules.takeover(takeover))
    }

    /// Finds what earlier runs left behind in this answer to a search for all keys, so that a program
    /// that replaces many keys searches once.
    pub fn among(self, keys: &[AccessKey]) -> Self {
        self.rules(|rules| rules.among(keys))
    }
}

#[cfg(feature = "jwt")]
impl<'a> ReplaceAccessKey<'a> {
    /// Reads the secret that is deployed, which must be the same in every place. With it a run after
    /// one that was killed finds out what is in use, and need not deploy again. `None` where it cannot
    /// be told.
    pub fn read_back(mut self, read: impl FnMut() -> Option<Secret> + 'a) -> Self {
        self.read_back = Box::new(read);
        self
    }
}

impl From<&str> for ReplaceAccessKey<'_> {
    fn from(id: &str) -> Self {
        Self::new(id)
    }
}

impl From<String> for ReplaceAccessKey<'_> {
    fn from(id: String) -> Self {
        Self::new(id)
    }
}

impl fmt::Debug for ReplaceAccessKey<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReplaceAccessKey").field("rules", &self.rules).finish_non_exhaustive()
    }
}

pub(crate) fn replace(
    client: &Client,
    replace: ReplaceAccessKey<'_>,
    deploy: impl FnOnce(&CreatedAccessKey) -> Result<(), DeployError>,
) -> Result<Replaced, ReplaceError> {
    let ReplaceAccessKey { rules, mut read_back } = replace;
    let old_id = rules.id().to_owned();
    let mut deploy = Some(deploy);
    let mut step = client.context().replace(rules, client.options().clone(), client.now());
    loop {
        step = match client.drive(step)? {
            Replacing::ReadBack(asked) => {
                let secret = read_back();
                asked.secret(secret, client.now())
            }
            Replacing::Deploy(asked) => {
                let deploy = deploy.take().expect("a run deploys once");
                let told = TellOfPanic { old_id: &old_id, new_id: asked.successor().key.id() };
                let result = deploy(asked.successor());
                mem::forget(told);
                asked.deployed(result, client.now())
            }
            Replacing::Done(result) => return result,
        };
    }
}

/// Dropped by a panic alone, which passes through: nobody learns of the new key but from the log.
struct TellOfPanic<'a> {
    old_id: &'a str,
    new_id: &'a str,
}

impl Drop for TellOfPanic<'_> {
    fn drop(&mut self) {
        crate::logging::error(format_args!(
            "replace access key: panicked while the new secret was deployed; both keys stay, the \
             old {:?} and the new {:?}; run it again",
            self.old_id, self.new_id
        ));
    }
}
