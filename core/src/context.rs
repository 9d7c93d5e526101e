//! What all calls of one client share.

use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;
use core::fmt;
use core::sync::atomic::{AtomicU64, Ordering};

use http::HeaderValue;

use crate::call::Call;
use crate::config::header_value;
#[cfg(feature = "jwt")]
use crate::jwt::{ReplayStore, VerifiedTokens};
#[cfg(feature = "jwt")]
use crate::keys::KeyCache;
use crate::std_parts::{Mutex, lock};
use crate::{Config, Endpoint, retry};

/// A configuration, and what the calls made with it have learnt: the license tier and the key set.
/// Cheap to clone; the clones share.
#[derive(Clone)]
pub struct Context(Arc<Shared>);

struct Shared {
    config: Config,
    seed: u64,
    draws: AtomicU64,
    tier: Mutex<Tier>,
    #[cfg(feature = "jwt")]
    keys: KeyCache,
    #[cfg(feature = "jwt")]
    verified: Option<VerifiedTokens>,
    #[cfg(feature = "jwt")]
    proofs: ReplayStore,
}

/// The license tier, which the service wants to be told once it has refused a call as too many.
#[derive(Default)]
enum Tier {
    #[default]
    Unknown,
    /// Somebody has begun to fetch it; nobody else will.
    Asked,
    Known(HeaderValue),
}

impl Context {
    /// Starts with nothing learnt. `seed` makes the jitter: take it from any source of randomness.
    #[must_use]
    pub fn new(config: Config, seed: u64) -> Self {
        Self(Arc::new(Shared {
            #[cfg(feature = "jwt")]
            keys: config.key_cache(),
            #[cfg(feature = "jwt")]
            verified: match config.limits().verified_tokens {
                0 => None,
                entries => Some(VerifiedTokens::new(entries)),
            },
            #[cfg(feature = "jwt")]
            proofs: ReplayStore::new(config.limits().dpop_proofs),
            config,
            seed,
            draws: AtomicU64::new(0),
            tier: Mutex::default(),
        }))
    }

    /// The configuration.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.0.config
    }

    /// A call of one endpoint. It ends in what the endpoint answers, or in the failures of a call:
    /// see [`ErrorKind`](crate::ErrorKind).
    pub fn call<E: Endpoint>(&self, endpoint: E) -> Call<E> {
        Call::new(self.clone(), endpoint)
    }

    /// Exchanges an access key for a session, which is validated before it is returned.
    ///
    /// It ends in `Api` with 401 or 403 when the service refuses the key, in `InvalidToken` when the
    /// token that it answers is not to be trusted, else in the failures of a call: the exchange's, or
    /// those of fetching the keys. No error shows the cleartext or the token.
    #[cfg(feature = "jwt")]
    pub fn exchange(&self, exchange: crate::ExchangeAccessKey) -> crate::Exchange {
        crate::Exchange::new(self.clone(), exchange)
    }

    /// Validates a session token that was presented, fetching keys where they are needed.
    ///
    /// It ends in `InvalidToken`, with the check that failed in `Error::token_error`, else in the
    /// failures of fetching the keys. No error shows the token.
    #[cfg(feature = "jwt")]
    pub fn validate<'a>(&self, token: &'a str) -> crate::Validate<'a> {
        crate::Validate::presented(self.clone(), token)
    }

    #[cfg(feature = "jwt")]
    pub(crate) fn keys(&self) -> &KeyCache {
        &self.0.keys
    }

    #[cfg(feature = "jwt")]
    pub(crate) fn verified_tokens(&self) -> Option<&VerifiedTokens> {
        self.0.verified.as_ref()
    }

    #[cfg(feature = "jwt")]
    pub(crate) fn proofs(&self) -> &ReplayStore {
        &self.0.proofs
    }

    /// A text that no other key's description holds, for
    /// [`CreateAccessKey::marker`](crate::CreateAccessKey::marker). It is as random as the seed.
    #[must_use]
    pub fn marker(&self) -> String {
        format!("marker-{:016x}{:016x}", self.random(), self.random())
    }

    /// Sends this license tier ("tier1" to "tier4") with every management call from now on.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` when it cannot be a header's value.
    pub fn set_license_tier(&self, tier: &str) -> Result<(), crate::Error> {
        let value = header_value("license tier", tier)?;
        *lock(&self.0.tier) = Tier::Known(value);
        Ok(())
    }

    /// The license tier, once it is known.
    #[must_use]
    pub fn license_tier(&self) -> Option<String> {
        self.tier_header()?.to_str().ok().map(String::from)
    }

    pub(crate) fn tier_header(&self) -> Option<HeaderValue> {
        match &*lock(&self.0.tier) {
            Tier::Known(value) => Some(value.clone()),
            Tier::Unknown | Tier::Asked => None,
        }
    }

    /// Whether the caller is the one who is to fetch the tier. True once.
    pub(crate) fn claim_tier(&self) -> bool {
        let mut tier = lock(&self.0.tier);
        let first = matches!(*tier, Tier::Unknown);
        if first {
            *tier = Tier::Asked;
        }
        first
    }

    pub(crate) fn random(&self) -> u64 {
        retry::mix(self.0.seed, self.0.draws.fetch_add(1, Ordering::Relaxed).wrapping_add(1))
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context").field("config", &self.0.config).finish_non_exhaustive()
    }
}
