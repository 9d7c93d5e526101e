//! What all exchanges and validations of one client share.

use alloc::sync::Arc;
use core::fmt;
use core::time::Duration;

use super::signing_key_cache::SigningKeyCache;
use super::signing_key_upkeep::Upkeep;
use crate::call::call_context::CallContext;
use crate::call::patience::Patience;
use crate::config::{CallOptions, Config};
use crate::jwt::{ReplayStore, VerifiedTokens};

/// The context of calls, and what is remembered of signing keys and tokens. Cheap to clone; the
/// clones share.
#[derive(Clone)]
pub(crate) struct SessionContext(Arc<Shared>);

struct Shared {
    calls: CallContext,
    signing_keys: SigningKeyCache,
    upkeep: Upkeep,
    verified: Option<VerifiedTokens>,
    proofs: ReplayStore,
}

impl SessionContext {
    pub(crate) fn new(calls: CallContext) -> Self {
        let config = calls.config();
        let limits = config.limits();
        let signing_keys =
            SigningKeyCache::new(limits.signing_keys.clone(), config.pinned_signing_keys.clone());
        let verified = match limits.verified_tokens {
            0 => None,
            entries => Some(VerifiedTokens::new(entries)),
        };
        let proofs = ReplayStore::new(limits.dpop_proofs);
        let upkeep = Upkeep::default();
        Self(Arc::new(Shared { signing_keys, upkeep, verified, proofs, calls }))
    }

    pub(crate) fn calls(&self) -> &CallContext {
        &self.0.calls
    }

    pub(crate) fn config(&self) -> &Config {
        self.0.calls.config()
    }

    pub(crate) fn signing_keys(&self) -> &SigningKeyCache {
        &self.0.signing_keys
    }

    pub(crate) fn upkeep(&self) -> &Upkeep {
        &self.0.upkeep
    }

    pub(crate) fn verified_tokens(&self) -> Option<&VerifiedTokens> {
        self.0.verified.as_ref()
    }

    pub(crate) fn proofs(&self) -> &ReplayStore {
        &self.0.proofs
    }

    /// That of a caller with these options whose deadline, on the monotonic clock, is `until`.
    pub(crate) fn patience(&self, options: &CallOptions, until: Duration) -> Patience {
        let limits = self.config().limits();
        let attempts = options.max_attempts.unwrap_or(limits.max_attempts).max(1);
        Patience { until, attempts, slack: limits.deadline / 10 }
    }
}

impl fmt::Debug for SessionContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionContext").field("calls", &self.0.calls).finish_non_exhaustive()
    }
}
