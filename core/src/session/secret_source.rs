//! Where a token source has its access key's secret from, and which of two versions it uses.

use alloc::string::String;
use alloc::sync::Arc;
use core::fmt;
use core::time::Duration;

use crate::base::{Now, Secret};
use crate::endpoints::ExchangeAccessKey;
use crate::error::Error;

/// Where an access key's secret comes from, which may change. It never waits: what takes long is done
/// elsewhere, and what is known meanwhile is told here.
pub trait SecretSource: Send + Sync {
    /// Which version of the secret is known: another number for each other secret. Asked whenever a
    /// token is, so it costs next to nothing; what is looked at is looked at once in a while.
    fn version(&self, now: Now) -> u64;

    /// The secret that is known, with its version.
    ///
    /// # Errors
    ///
    /// When none is: why. It shows no secret.
    fn latest(&self) -> Result<(u64, Secret), Error>;

    /// The secret was refused with 401 or 403, by whomever: the next
    /// [`version`](Self::version) is to look again.
    fn refused(&self) {}
}

/// A secret that never changes.
impl SecretSource for Secret {
    fn version(&self, _now: Now) -> u64 {
        0
    }

    fn latest(&self) -> Result<(u64, Secret), Error> {
        Ok((0, self.clone()))
    }
}

/// What is exchanged: the options of each exchange, and where its secret comes from.
#[derive(Clone)]
pub(crate) struct ExchangedKey {
    source: Arc<dyn SecretSource>,
    exchange: ExchangeAccessKey,
}

/// Which secrets have proven good or bad. Lives under its owner's lock.
#[derive(Default)]
pub(crate) struct SecretsTried {
    proven: Option<Proven>,
    refused: Option<(u64, Now)>,
}

struct Proven {
    version: u64,
    secret: Secret,
    /// The key whose secret it is. Another secret may be another key's.
    key_id: String,
}

/// A secret in use.
pub(crate) struct ChosenSecret {
    pub(crate) version: u64,
    secret: Secret,
    /// The key whose secret it is, where it is known.
    key_id: Option<String>,
}

impl ExchangedKey {
    pub(crate) fn new(source: Arc<dyn SecretSource>, exchange: ExchangeAccessKey) -> Self {
        Self { source, exchange }
    }

    pub(crate) fn exchange(&self, chosen: &ChosenSecret) -> ExchangeAccessKey {
        let exchange = self.exchange.of_key(chosen.secret.clone());
        match &chosen.key_id {
            Some(id) => exchange.expect_key_id(id),
            None => exchange,
        }
    }

    /// Foreign code: not to be called under a lock.
    pub(crate) fn version(&self, now: Now) -> u64 {
        self.source.version(now)
    }

    /// As [`version`](Self::version).
    pub(crate) fn latest(&self) -> Result<ChosenSecret, Error> {
        let chosen = |(version, secret)| ChosenSecret { version, secret, key_id: None };
        self.source.latest().map(chosen)
    }

    /// As [`version`](Self::version).
    pub(crate) fn refused(&self) {
        self.source.refused();
    }
}

impl SecretsTried {
    /// Whether a version is yet to be tried: it is not that of `held`, and was not refused just now.
    pub(crate) fn is_new(&self, version: u64, held: u64, pause: Duration, now: Now) -> bool {
        version != held && !self.is_refused(version, pause, now)
    }

    /// The latest secret, but for one that was refused just now: then the one that was good before.
    pub(crate) fn choose(
        &self,
        latest: Result<ChosenSecret, Error>,
        pause: Duration,
        now: Now,
    ) -> Result<ChosenSecret, Error> {
        let proven = || {
            let Proven { version, secret, key_id } = self.proven.as_ref()?;
            let key_id = Some(key_id.clone()).filter(|id| !id.is_empty());
            (!self.is_refused(*version, pause, now)).then(|| ChosenSecret {
                version: *version,
                secret: secret.clone(),
                key_id,
            })
        };
        match latest {
            Ok(latest) if self.proven.as_ref().is_some_and(|p| p.version == latest.version) => {
                Ok(proven().unwrap_or(latest))
            }
            Ok(latest) if self.is_refused(latest.version, pause, now) => {
                Ok(proven().unwrap_or(latest))
            }
            Ok(latest) => Ok(latest),
            Err(error) => proven().ok_or(error),
        }
    }

    pub(crate) fn succeeded(&mut self, chosen: ChosenSecret, key_id: &str) {
        let ChosenSecret { version, secret, .. } = chosen;
        self.proven = Some(Proven { version, secret, key_id: key_id.into() });
    }

    pub(crate) fn refused(&mut self, version: u64, now: Now) {
        self.refused = Some((version, now));
    }

    fn is_refused(&self, version: u64, pause: Duration, now: Now) -> bool {
        self.refused.is_some_and(|(refused, at)| refused == version && now.since(at) < pause)
    }
}

impl fmt::Debug for ExchangedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExchangedKey").field("exchange", &self.exchange).finish_non_exhaustive()
    }
}
