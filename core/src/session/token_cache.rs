//! Valid tokens for a program that calls others: use the one at hand, refresh it in passing, or
//! wait for a new one.

mod token_flow;

use alloc::sync::Arc;
use core::fmt;
use core::time::Duration;

pub use self::token_flow::TokenFlow;
use super::secret_source::{ChosenSecret, ExchangedKey, SecretsTried};
use super::session_context::SessionContext;
use crate::base::std_parts::{Mutex, lock};
use crate::base::{Now, RequestKind};
use crate::call::flight::{Follower, Lease, SingleFlight};
use crate::call::patience::SharedFailure;
use crate::call::retry;
use crate::config::{Cache, Event, TokenLimits};
use crate::error::Error;
use crate::session::Session;
use crate::session::negative_cache::NegativeCache;

/// A cache of one access key's session. Made by
/// [`Context::token_cache`](crate::Context::token_cache). Cheap to clone; clones share it.
///
/// ```text
///            fresh                      refresh due              over, or none
///   ├──────────────────────────────┼──────────────────────────┼────────────────▶ age
///     everybody: the token at hand   one caller exchanges,      one exchanges,
///                                    the others go on           the others wait
/// ```
#[derive(Clone)]
pub struct TokenCache(Arc<Shared>);

struct Shared {
    context: SessionContext,
    key: ExchangedKey,
    limits: TokenLimits,
    state: Mutex<State>,
}

struct State {
    held: Option<Held>,
    secrets: SecretsTried,
    failures: NegativeCache,
    /// The version of the secret that they are about.
    failing: u64,
    flight: SingleFlight<ExchangeResult>,
}

/// What an exchange brings to those who waited for it.
type ExchangeResult = Result<Arc<Session>, SharedFailure>;

struct Held {
    session: Arc<Session>,
    /// Of the secret that it was exchanged for.
    version: u64,
    obtained: Now,
    /// The age at which it is to be refreshed.
    refresh_after: Duration,
    /// The age from which it is not used any more.
    usable_for: Duration,
}

impl Held {
    fn age(&self, now: Now) -> Duration {
        now.since(self.obtained)
    }
}

/// What a caller gets, or is to do.
enum Found {
    Session(Arc<Session>),
    /// Somebody exchanges.
    Wait(Follower<ExchangeResult>),
    Exchange {
        lease: Lease<ExchangeResult>,
        /// The last exchange failed.
        again: bool,
    },
    /// An exchange has failed, and is not tried again yet.
    Failed(Error),
}

const HIT: Event = Event::CacheHit { cache: Cache::Token };

/// The age at which a token is to be refreshed, and the one from which it is not used any more.
fn ages(limits: &TokenLimits, life: Duration, random: u64) -> (Duration, Duration) {
    let life = life.min(limits.max_age);
    let margin = (life / 5).min(limits.max_margin);
    // Between one and two margins before the end.
    let early = margin + margin.mul_f64(retry::fraction(random));
    // A token handed out in its last moments would expire on the way to the peer.
    let in_transit = (margin / 4).min(Duration::from_secs(10));
    (life.saturating_sub(early), life.saturating_sub(in_transit))
}

impl TokenCache {
    /// A cache that holds nothing yet.
    pub(crate) fn new(context: SessionContext, key: ExchangedKey, limits: TokenLimits) -> Self {
        let state = Mutex::new(State {
            held: None,
            secrets: SecretsTried::default(),
            failures: NegativeCache::default(),
            failing: 0,
            flight: SingleFlight::new(),
        });
        Self(Arc::new(Shared { context, key, limits, state }))
    }

    /// The session at hand, if it is fresh and no other thread is at the cache in this moment. This waits
    /// for nobody, for a lock neither: in a forked child it may be used on what the parent had.
    #[must_use]
    pub fn at_hand(&self, now: Now) -> Option<Arc<Session>> {
        let version = self.0.key.version(now);
        let state = self.0.state.try_lock().ok()?;
        let held = state.held.as_ref()?;
        let fresh = !self.is_due(&state, held, version, now);
        let session = fresh.then(|| Arc::clone(&held.session))?;
        drop(state);
        self.0.context.tell(HIT);
        Some(session)
    }

    /// Whether a session is to be refreshed: by its age, or because the secret is another.
    fn is_due(&self, state: &State, held: &Held, version: u64, now: Now) -> bool {
        let pause = self.0.limits.retry_interval;
        held.age(now) >= held.refresh_after
            || state.secrets.is_new(version, held.version, pause, now)
    }

    fn look_up(&self, now: Now) -> Found {
        let version = self.0.key.version(now);
        let mut guard = lock(&self.0.state);
        let state = &mut *guard;
        if state.failing != version {
            state.failures.clear();
        }
        if let Some(held) = &state.held {
            let due = self.is_due(state, held, version, now);
            if !due || (held.age(now) < held.usable_for && !self.refreshes(state, now)) {
                return Found::Session(Arc::clone(&held.session));
            }
        }
        if let Some(follower) = state.flight.follow() {
            return Found::Wait(follower);
        }
        match state.failures.answer(now) {
            Some(error) => Found::Failed(error),
            None => {
                Found::Exchange { lease: state.flight.lead(), again: state.failures.is_failing() }
            }
        }
    }

    /// Whether the caller is to replace a token that is still good.
    fn refreshes(&self, state: &State, now: Now) -> bool {
        let Shared { context, limits, .. } = &*self.0;
        state.flight.follow().is_none()
            && state.failures.rests_for(limits.retry_interval, now).is_zero()
            && !context.calls().cooldowns().holds(RequestKind::Exchange, now)
    }

    /// Forgets the session, as when a peer answers 401 to its token: only this one, since another
    /// caller may already have replaced it, and only when it is not younger than
    /// [`TokenLimits::min_age`].
    pub fn invalidate(&self, session: &Session, now: Now) {
        let mut state = lock(&self.0.state);
        let goes = |held: &Held| {
            held.age(now) >= self.0.limits.min_age && held.session.token() == session.token()
        };
        if state.held.as_ref().is_some_and(goes) {
            state.held = None;
        }
    }

    /// Forgets whatever session there is, and that exchanges have failed.
    pub fn clear(&self) {
        let mut state = lock(&self.0.state);
        state.held = None;
        state.failures.clear();
    }

    /// Takes a new session. Whether the one before it still serves, and whether exchanges had failed.
    fn keep(&self, session: &Arc<Session>, chosen: ChosenSecret, now: Now) -> (bool, bool) {
        let random = self.0.context.calls().random(now);
        let life = session.claims().lives_for(now.unix());
        let (refresh_after, usable_for) = ages(&self.0.limits, life, random);
        let mut state = lock(&self.0.state);
        let serves = state.held.as_ref().is_some_and(|held| held.age(now) < held.usable_for);
        state.held = Some(Held {
            session: Arc::clone(session),
            version: chosen.version,
            obtained: now,
            refresh_after,
            usable_for,
        });
        state.secrets.succeeded(chosen, session.key_id());
        (serves, state.failures.clear())
    }

    /// Takes the failure of an exchange: the session at hand, where that is still good, and whether
    /// exchanges began to fail.
    fn failed(&self, error: &Error, patient: bool, now: Now) -> (Option<Arc<Session>>, bool) {
        let context = &self.0.context;
        let (limits, random) = (context.config().limits(), context.calls().random(now));
        let version = self.0.key.version(now);
        let mut guard = lock(&self.0.state);
        let state = &mut *guard;
        state.failing = version;
        let began = state.failures.failed(error, patient, limits, random, now);
        let held = state.held.as_ref().filter(|held| held.age(now) < held.usable_for);
        (held.map(|held| Arc::clone(&held.session)), began)
    }

    /// The secret to exchange.
    fn choose(&self, now: Now) -> Result<ChosenSecret, Error> {
        let latest = self.0.key.latest();
        lock(&self.0.state).secrets.choose(latest, self.0.limits.retry_interval, now)
    }

    /// The service, or somebody in its place, refused this secret. The one to try in its stead, if any.
    fn refused(&self, version: u64, now: Now) -> Option<ChosenSecret> {
        lock(&self.0.state).secrets.refused(version, now);
        self.0.key.refused();
        self.0.key.version(now);
        let next = self.choose(now).ok().filter(|next| next.version != version)?;
        let state = lock(&self.0.state);
        let is_fresh =
            |held: &Held| held.version == next.version && held.age(now) < held.refresh_after;
        (!state.held.as_ref().is_some_and(is_fresh)).then_some(next)
    }
}

impl fmt::Debug for TokenCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = lock(&self.0.state);
        f.debug_struct("TokenCache")
            .field("session", &state.held.as_ref().map(|held| &held.session))
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_refreshed_in_good_time_and_not_handed_out_in_their_last_moments() {
        let limits = TokenLimits::default();
        // Life; when it is refreshed at the latest, and at the earliest; how long it is used.
        for (life, latest, earliest, used) in [
            (600, 480.0, 360.0, 590.0),
            (180, 144.0, 108.0, 171.0),
            (50, 40.0, 30.0, 47.5),
            (10, 8.0, 6.0, 9.5),
            (0, 0.0, 0.0, 0.0),
            // Margins of 5 minutes at most, and an upper age of an hour.
            (2_000, 1_700.0, 1_400.0, 1_990.0),
            (3_600, 3_300.0, 3_000.0, 3_590.0),
            (2_419_200, 3_300.0, 3_000.0, 3_590.0),
        ] {
            let ages = |random| {
                let (refresh, usable) = ages(&limits, Duration::from_secs(life), random);
                (refresh.as_secs_f64(), usable.as_secs_f64())
            };
            assert_eq!(ages(0), (latest, used), "{life}");
            assert_eq!(ages(1 << 63).0, (latest + earliest) / 2.0, "{life}");
            assert!((ages(u64::MAX).0 - earliest).abs() < 1e-6, "{life}");
        }
    }
}
