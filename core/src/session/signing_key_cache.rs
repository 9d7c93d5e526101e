//! The signing keys, cached: a verdict, or which fetch is needed. It never blocks, and no lock is held
//! while a request is under way.

use alloc::sync::Arc;
use core::fmt;
use core::time::Duration;

use crate::base::std_parts::{Mutex, lock};
use crate::call::flight::{Follower, Lease, Role, SingleFlight};
use crate::call::patience::{Patience, SharedFailure};
use crate::config::SigningKeyLimits;
use crate::error::Error;
use crate::jwt::SigningKeys;

/// Signing keys as they were fetched.
#[derive(Debug)]
pub(crate) struct Fetched {
    pub(crate) set: SigningKeys,
    /// Counts the changes of the set.
    pub(crate) generation: u64,
    at: Duration,
}

/// What a fetch brings to those who waited for it.
pub(crate) type FetchResult = Result<(), SharedFailure>;

/// Where a token comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// Presented by anyone: its `kid` may be forged, and must not cause fetches without bound.
    Presented,
    /// The service has just issued it.
    Exchanged,
}

/// What is to be done for a token.
pub(crate) enum Lookup {
    /// Judge it by these keys; a `kid` that they lack is refused.
    Judge(Arc<Fetched>),
    /// Fetch the signing keys, and give the result to [`SigningKeyCache::fetched`].
    Fetch(Lease<FetchResult>),
    /// Somebody fetches them.
    Wait(Follower<FetchResult>),
}

/// What there is without a wait.
pub(crate) struct Stock {
    pub(crate) keys: Option<Arc<Fetched>>,
    /// In what time they are to be refreshed.
    pub(crate) due_in: Duration,
    /// For how long none is tried after a failure.
    pub(crate) rests_for: Duration,
}

/// The cached signing keys of one project at one base URL.
pub(crate) struct SigningKeyCache {
    limits: SigningKeyLimits,
    state: Mutex<State>,
}

struct State {
    keys: Option<Arc<Fetched>>,
    pinned: bool,
    flight: SingleFlight<FetchResult>,
    /// No refresh of stale keys before this.
    refresh_from: Duration,
    refetches: Bucket,
}

/// A bucket of fetches for unknown `kid`s.
struct Bucket {
    left: u32,
    refilled: Duration,
}

impl Bucket {
    fn take(&mut self, limits: &SigningKeyLimits, now: Duration) -> bool {
        let interval = limits.refetch_interval.as_nanos().max(1);
        let gained = now.saturating_sub(self.refilled).as_nanos() / interval;
        if gained >= u128::from(limits.refetch_burst.saturating_sub(self.left)) {
            self.left = limits.refetch_burst;
            self.refilled = now;
        } else {
            // Both fit: what was gained is less than the burst.
            self.left += gained as u32;
            self.refilled += limits.refetch_interval * gained as u32;
        }
        let some = self.left > 0;
        self.left = self.left.saturating_sub(1);
        some
    }
}

impl SigningKeyCache {
    pub(crate) fn new(limits: SigningKeyLimits, pinned: Option<SigningKeys>) -> Self {
        let keys = pinned.map(|set| Arc::new(Fetched { set, generation: 0, at: Duration::ZERO }));
        let refetches = Bucket { left: limits.refetch_burst, refilled: Duration::ZERO };
        Self {
            limits,
            state: Mutex::new(State {
                pinned: keys.is_some(),
                keys,
                flight: SingleFlight::new(),
                refresh_from: Duration::ZERO,
                refetches,
            }),
        }
    }

    /// Decides for a token with this `kid`. `now` is monotonic; `fetched` says that the caller has
    /// already fetched the signing keys for this very token.
    pub(crate) fn look_up(
        &self,
        kid: &str,
        origin: Origin,
        fetched: bool,
        now: Duration,
    ) -> Lookup {
        let mut guard = lock(&self.state);
        let state = &mut *guard;
        let Some(keys) = state.keys.as_ref().filter(|keys| state.pinned || self.usable(keys, now))
        else {
            return match state.flight.join() {
                Role::Lead(lease) => Lookup::Fetch(lease),
                Role::Follow(follower) => Lookup::Wait(follower),
            };
        };
        let known = keys.set.contains(kid);
        if state.pinned || fetched || (known && self.is_fresh(keys, now)) {
            return Lookup::Judge(Arc::clone(keys));
        }
        let refresh_due = !self.is_fresh(keys, now) && now >= state.refresh_from;
        let lead = match (known, state.flight.follow()) {
            // The old keys serve while somebody refreshes them.
            (true, under_way) => refresh_due && under_way.is_none(),
            (false, Some(follower)) => return Lookup::Wait(follower),
            (false, None) => {
                refresh_due
                    || origin == Origin::Exchanged
                    || state.refetches.take(&self.limits, now)
            }
        };
        match lead {
            true => Lookup::Fetch(state.flight.lead()),
            false => Lookup::Judge(Arc::clone(keys)),
        }
    }

    /// Fresh signing keys that hold this `kid`, if no other thread is at the cache in this moment.
    pub(crate) fn at_hand(&self, kid: &str, now: Duration) -> Option<Arc<Fetched>> {
        let state = self.state.try_lock().ok()?;
        let keys = state.keys.as_ref()?;
        let serve = keys.set.contains(kid) && (state.pinned || self.is_fresh(keys, now));
        serve.then(|| Arc::clone(keys))
    }

    /// Takes what a fetch brought, and shares it with those who waited. `patience` is that of the
    /// caller who made it.
    pub(crate) fn fetched(
        &self,
        lease: Lease<FetchResult>,
        result: Result<SigningKeys, Error>,
        patience: Patience,
        now: Duration,
    ) -> Result<(), Error> {
        let mut state = lock(&self.state);
        let result = match result {
            Ok(set) => {
                let generation = match &state.keys {
                    Some(old) if old.set == set => old.generation,
                    Some(old) => old.generation + 1,
                    None => 0,
                };
                state.keys = Some(Arc::new(Fetched { set, generation, at: now }));
                Ok(())
            }
            Err(error) => {
                state.refresh_from = now.saturating_add(self.limits.retry_interval);
                Err(error)
            }
        };
        drop(state);
        lease.land(result.clone().map_err(|error| SharedFailure { error, patience }));
        result
    }

    /// What is at hand, for one who does not wait, and whether a fetch is due: they are not there, or
    /// too old. `now` is monotonic.
    pub(crate) fn stock(&self, now: Duration) -> Stock {
        let state = lock(&self.state);
        let keys = state.keys.as_ref().filter(|keys| state.pinned || self.usable(keys, now));
        let due_in = match keys {
            Some(_) if state.pinned => Duration::MAX,
            Some(keys) => {
                let age = now.saturating_sub(keys.at);
                self.limits.time_to_live.saturating_sub(age)
            }
            None => Duration::ZERO,
        };
        let rests_for = state.refresh_from.saturating_sub(now);
        Stock { keys: keys.cloned(), due_in, rests_for }
    }

    /// Whether a `kid` that is not known may cause a fetch. `now` is monotonic.
    pub(crate) fn may_refetch(&self, now: Duration) -> bool {
        lock(&self.state).refetches.take(&self.limits, now)
    }

    /// A part in a fetch of the signing keys, whatever is at hand.
    pub(crate) fn refetch(&self) -> Role<FetchResult> {
        lock(&self.state).flight.join()
    }

    /// The signing keys that serve a token with this `kid` although a refresh failed.
    pub(crate) fn stale(&self, kid: &str, now: Duration) -> Option<Arc<Fetched>> {
        let state = lock(&self.state);
        let keys = state.keys.as_ref()?;
        (self.usable(keys, now) && keys.set.contains(kid)).then(|| Arc::clone(keys))
    }

    fn is_fresh(&self, keys: &Fetched, now: Duration) -> bool {
        now.saturating_sub(keys.at) < self.limits.time_to_live
    }

    fn usable(&self, keys: &Fetched, now: Duration) -> bool {
        let longest = self.limits.time_to_live.saturating_add(self.limits.max_stale);
        now.saturating_sub(keys.at) < longest
    }
}

impl fmt::Debug for SigningKeyCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = lock(&self.state);
        f.debug_struct("SigningKeyCache")
            .field("keys", &state.keys.as_ref().map(|keys| keys.set.len()))
            .field("pinned", &state.pinned)
            .finish_non_exhaustive()
    }
}
