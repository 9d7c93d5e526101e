//! What all exchanges and validations of one client share.

use alloc::sync::Arc;
use core::fmt;
use core::time::Duration;

use super::signing_key_cache::SigningKeyCache;
use super::signing_key_upkeep::Upkeep;
use crate::base::Now;
use crate::call::call_context::CallContext;
use crate::call::patience::Patience;
use crate::config::{Cache, CallOptions, Config, Event};
use crate::error::Error;
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
        let signing_keys = SigningKeyCache::new(limits.clone(), config.pinned_signing_keys.clone());
        let verified = match limits.verified_tokens {
            0 => None,
            entries => Some(VerifiedTokens::new(entries)),
        };
        let proofs = ReplayStore::new(limits.dpop_proofs);
        let upkeep = Upkeep::new(&limits.signing_keys);
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

    pub(crate) fn tell(&self, event: Event) {
        self.calls().tell(event);
    }

    /// Tells that renewing what a cache holds began to fail, or has ended to.
    pub(crate) fn tell_turn(&self, cache: Cache, failure: Option<&Error>, serving: bool) {
        self.tell(match failure {
            None => Event::RenewalRecovered { cache },
            Some(error) => {
                let (status, failure) = (error.status(), error.kind());
                Event::RenewalFailing { cache, serving, status, failure }
            }
        });
    }

    /// That of a caller with these options whose deadline, on the monotonic clock, is `until`.
    pub(crate) fn patience(&self, options: &CallOptions, until: Duration) -> Patience {
        let limits = self.config().limits();
        let attempts = options.max_attempts.unwrap_or(limits.max_attempts).max(1);
        Patience { until, attempts, slack: limits.deadline / 10 }
    }

    /// Whether this is that of a caller with the configured options who begins now, or more.
    pub(crate) fn is_patient(&self, patience: Patience, now: Now) -> bool {
        let until = now.monotonic().saturating_add(self.config().limits().deadline);
        !self.patience(&CallOptions::new(), until).outlasts(patience)
    }

    /// When a flow with these options that begins now is to be over. Monotonic.
    pub(crate) fn deadline(&self, options: &CallOptions, now: Now) -> Duration {
        now.monotonic().saturating_add(options.deadline_or(self.config().limits().deadline))
    }

    /// These options for a fetch that is to be over at `deadline` (monotonic). `again`: the one before
    /// it failed, so that fewer attempts are made.
    pub(crate) fn for_fetch(
        &self,
        options: &CallOptions,
        deadline: Duration,
        again: bool,
        now: Now,
    ) -> CallOptions {
        let options = options.clone().deadline(deadline.saturating_sub(now.monotonic()));
        if !again {
            return options;
        }
        let limits = self.config().limits();
        let attempts = options.max_attempts.unwrap_or(limits.max_attempts);
        options.max_attempts(attempts.min(limits.pauses.attempts))
    }
}

impl fmt::Debug for SessionContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionContext").field("calls", &self.0.calls).finish_non_exhaustive()
    }
}
