//! The signing keys, cached: a verdict, or which fetch is needed. It never blocks, and no lock is held
//! while a request is under way.

use alloc::sync::Arc;
use core::fmt;
use core::time::Duration;

use crate::base::Now;
use crate::base::std_parts::{Mutex, lock};
use crate::call::flight::{Follower, Lease, Role, SingleFlight};
use crate::call::patience::{Patience, SharedFailure};
use crate::config::{Limits, SigningKeyLimits};
use crate::error::Error;
use crate::jwt::SigningKeys;
use crate::session::negative_cache::NegativeCache;
use crate::session::token_bucket::TokenBucket;

/// Signing keys as they were fetched.
#[derive(Debug)]
pub(crate) struct Fetched {
    pub(crate) set: SigningKeys,
    /// Counts the changes of the set.
    pub(crate) generation: u64,
    at: Now,
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
    Fetch {
        lease: Lease<FetchResult>,
        /// The last fetch failed.
        again: bool,
    },
    /// Somebody fetches them.
    Wait(Follower<FetchResult>),
    /// Fetching them has failed, and is not tried again yet.
    Failed(Error),
}

/// What there is without a wait.
pub(crate) struct Stock {
    pub(crate) keys: Option<Arc<Fetched>>,
    /// In what time they are to be refreshed.
    pub(crate) due_in: Duration,
    /// For how long none is tried after a failure.
    pub(crate) rests_for: Duration,
    /// That failure, where it is remembered.
    pub(crate) failure: Option<Error>,
}

/// The cached signing keys of one project at one base URL.
pub(crate) struct SigningKeyCache {
    limits: Limits,
    state: Mutex<State>,
}

struct State {
    keys: Option<Arc<Fetched>>,
    pinned: bool,
    flight: SingleFlight<FetchResult>,
    failures: NegativeCache,
    /// Fetches for unknown `kid`s.
    refetches: TokenBucket,
}

impl State {
    fn freshness(&self, limits: &SigningKeyLimits, now: Now) -> Freshness {
        match &self.keys {
            Some(_) if self.pinned => Freshness::Fresh,
            Some(keys) => freshness(limits, keys.at, now),
            None => Freshness::TooOld,
        }
    }

    /// Fetches, unless that has just failed.
    fn fetch(&mut self, now: Now) -> Lookup {
        match self.failures.answer(now) {
            Some(error) => Lookup::Failed(error),
            None => Lookup::Fetch { lease: self.flight.lead(), again: self.failures.is_failing() },
        }
    }
}

/// How far keys may be trusted by their age.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Freshness {
    Fresh,
    /// One caller refreshes them while the others use them.
    Stale,
    /// Too old by the wall clock alone, which may be wrong: they serve only where a refresh got no
    /// answer.
    Doubtful,
    TooOld,
}

impl Freshness {
    /// Whether such keys judge. `unanswered`: their refresh has failed, and got no answer.
    fn serves(self, unanswered: bool) -> bool {
        match self {
            Self::Fresh | Self::Stale => true,
            Self::Doubtful => unanswered,
            Self::TooOld => false,
        }
    }
}

/// Judges keys that were fetched at `at`.
pub(crate) fn freshness(limits: &SigningKeyLimits, at: Now, now: Now) -> Freshness {
    let longest = limits.time_to_live.saturating_add(limits.max_stale);
    let age = now.since(at);
    if age < limits.time_to_live {
        Freshness::Fresh
    } else if age < longest {
        Freshness::Stale
    } else if now.monotonic().saturating_sub(at.monotonic()) < longest {
        Freshness::Doubtful
    } else {
        Freshness::TooOld
    }
}

impl SigningKeyCache {
    pub(crate) fn new(limits: Limits, pinned: Option<SigningKeys>) -> Self {
        let at = Now::new(Duration::ZERO, Duration::ZERO);
        let keys = pinned.map(|set| Arc::new(Fetched { set, generation: 0, at }));
        let SigningKeyLimits { refetch_burst, refetch_interval, .. } = limits.signing_keys;
        let refetches = TokenBucket::new(refetch_burst, refetch_interval);
        Self {
            limits,
            state: Mutex::new(State {
                pinned: keys.is_some(),
                keys,
                flight: SingleFlight::new(),
                failures: NegativeCache::default(),
                refetches,
            }),
        }
    }

    /// Decides for a token with this `kid`. `held_back` is asked whether a refresh would have to wait
    /// before it is sent: then the old keys go on serving.
    pub(crate) fn look_up(
        &self,
        kid: &str,
        origin: Origin,
        held_back: impl FnOnce() -> bool,
        now: Now,
    ) -> Lookup {
        let mut guard = lock(&self.state);
        let state = &mut *guard;
        let limits = &self.limits.signing_keys;
        let freshness = state.freshness(limits, now);
        let Some(keys) = state.keys.as_ref().filter(|_| freshness.serves(false)) else {
            return match state.flight.follow() {
                Some(follower) => Lookup::Wait(follower),
                None => state.fetch(now),
            };
        };
        let known = keys.set.contains(kid);
        if state.pinned || (known && freshness == Freshness::Fresh) {
            return Lookup::Judge(Arc::clone(keys));
        }
        let refresh_is_due = freshness == Freshness::Stale
            && state.failures.rests_for(limits.retry_interval, now).is_zero()
            && !held_back();
        let fetches = match (known, state.flight.follow()) {
            // The old keys serve while somebody refreshes them.
            (true, under_way) => refresh_is_due && under_way.is_none(),
            (false, Some(follower)) => return Lookup::Wait(follower),
            (false, None) => {
                refresh_is_due
                    || origin == Origin::Exchanged
                    || state.failures.is_pausing(now)
                    || state.refetches.take(now.monotonic()).is_ok()
            }
        };
        match fetches {
            true => state.fetch(now),
            false => Lookup::Judge(Arc::clone(keys)),
        }
    }

    /// Fresh signing keys that hold this `kid`, if no other thread is at the cache in this moment.
    pub(crate) fn at_hand(&self, kid: &str, now: Now) -> Option<Arc<Fetched>> {
        let state = self.state.try_lock().ok()?;
        let fresh = state.freshness(&self.limits.signing_keys, now) == Freshness::Fresh;
        state.keys.as_ref().filter(|keys| fresh && keys.set.contains(kid)).cloned()
    }

    /// The failure that a fetch would end in now, where there are no keys.
    pub(crate) fn failure(&self, now: Now) -> Option<Error> {
        let state = lock(&self.state);
        let none = state.keys.is_none() && state.flight.follow().is_none();
        none.then(|| state.failures.answer(now))?
    }

    /// Takes what a fetch brought, and shares it with those who waited: the keys to judge by, and
    /// whether fetches began to fail, or ended to. `patience` is that of the caller who made it, and
    /// `patient` whether it had as much as is configured.
    pub(crate) fn fetched(
        &self,
        lease: Lease<FetchResult>,
        result: Result<SigningKeys, Error>,
        (patience, patient): (Patience, bool),
        random: u64,
        now: Now,
    ) -> (Result<Arc<Fetched>, Error>, bool) {
        let mut state = lock(&self.state);
        let (result, turned) = match result {
            Ok(set) => {
                let generation = match &state.keys {
                    Some(old) if old.set == set => old.generation,
                    Some(old) => old.generation + 1,
                    None => 0,
                };
                let keys = Arc::new(Fetched { set, generation, at: now });
                state.keys = Some(Arc::clone(&keys));
                (Ok(keys), state.failures.clear())
            }
            Err(error) => {
                let began = state.failures.failed(&error, patient, &self.limits, random, now);
                (Err(error), began)
            }
        };
        drop(state);
        let shared = result.as_ref().map(drop).map_err(Error::clone);
        lease.land(shared.map_err(|error| SharedFailure { error, patience }));
        (result, turned)
    }

    /// What is at hand, for one who does not wait.
    pub(crate) fn stock(&self, now: Now) -> Stock {
        let state = lock(&self.state);
        let limits = &self.limits.signing_keys;
        let serves = state.freshness(limits, now).serves(state.failures.is_unanswered());
        let due_in = match &state.keys {
            Some(_) if state.pinned => Duration::MAX,
            Some(keys) => limits.time_to_live.saturating_sub(now.since(keys.at)),
            None => Duration::ZERO,
        };
        let rests_for = state.failures.rests_for(limits.retry_interval, now);
        let failure = state.failures.cause(now).cloned();
        Stock { keys: state.keys.clone().filter(|_| serves), due_in, rests_for, failure }
    }

    /// Whether a `kid` that is not known may cause a fetch.
    pub(crate) fn may_refetch(&self, now: Now) -> bool {
        lock(&self.state).refetches.take(now.monotonic()).is_ok()
    }

    /// A part in a fetch of the signing keys, whatever is at hand; and whether the last one failed.
    pub(crate) fn refetch(&self) -> (Role<FetchResult>, bool) {
        let mut state = lock(&self.state);
        let again = state.failures.is_failing();
        (state.flight.join(), again)
    }

    /// The signing keys that serve a token with this `kid` although a refresh failed. `answered`: it
    /// failed by an answer.
    pub(crate) fn stale(&self, kid: &str, answered: bool, now: Now) -> Option<Arc<Fetched>> {
        let state = lock(&self.state);
        let keys = state.keys.as_ref()?;
        let serves = freshness(&self.limits.signing_keys, keys.at, now).serves(!answered);
        (serves && keys.set.contains(kid)).then(|| Arc::clone(keys))
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
