//! Valid tokens for a program that calls others: use the one at hand, refresh it in passing, or
//! wait for a new one.

use alloc::sync::Arc;
use core::fmt;
use core::time::Duration;

use super::secret_source::{ChosenSecret, ExchangedKey, SecretsTried};
use super::session_context::SessionContext;
use super::word_on_key::is_refusal;
use crate::base::Now;
use crate::base::std_parts::{Mutex, lock};
use crate::call::flight::{Follower, Lease, Role, SingleFlight};
use crate::call::patience::{Patience, SharedFailure};
use crate::call::step::{Machine, Resume, Step, Waiting};
use crate::call::{Reply, retry};
use crate::config::{CallOptions, TokenLimits};
use crate::error::{Error, ErrorKind};
use crate::session::ExchangeFlow;
use crate::session::Session;

/// A cache of one access key's session. Made by
/// [`Context::token_cache`](crate::Context::token_cache). Cheap to clone; the clones share.
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
    /// No early refresh before this, on the monotonic clock.
    refresh_from: Duration,
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
    /// By the clock that moved further: the monotonic one may stop while a machine sleeps.
    fn age(&self, now: Now) -> Duration {
        let monotonic = now.monotonic().saturating_sub(self.obtained.monotonic());
        monotonic.max(now.unix().saturating_sub(self.obtained.unix()))
    }
}

impl TokenCache {
    /// A cache that holds nothing yet.
    pub(crate) fn new(context: SessionContext, key: ExchangedKey, limits: TokenLimits) -> Self {
        let state = Mutex::new(State {
            held: None,
            secrets: SecretsTried::default(),
            refresh_from: Duration::ZERO,
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
        (!self.is_due(&state, held, version, now)).then(|| Arc::clone(&held.session))
    }

    /// A session whose token is valid: at once (`Step::Done`) where there is one.
    ///
    /// # Errors
    ///
    /// Those of [`Context::exchange`](crate::Context::exchange), and only when no valid token is at hand.
    pub fn obtain(&self, options: CallOptions, now: Now) -> Step<TokenFlow> {
        let role = match self.look_up(now) {
            Ok(session) => return Step::Done(Ok(session)),
            Err(role) => role,
        };
        let default = self.0.context.config().limits().deadline;
        let deadline = now.monotonic().saturating_add(options.deadline_or(default));
        Seeking { cache: self.clone(), options, deadline }.play(role, now)
    }

    /// Whether a session is to be refreshed: by its age, or because the secret is another.
    fn is_due(&self, state: &State, held: &Held, version: u64, now: Now) -> bool {
        let pause = self.0.limits.retry_interval;
        held.age(now) >= held.refresh_after
            || state.secrets.is_new(version, held.version, pause, now)
    }

    /// The session at hand, or the caller's part in getting another one.
    fn look_up(&self, now: Now) -> Result<Arc<Session>, Role<ExchangeResult>> {
        let version = self.0.key.version(now);
        let mut guard = lock(&self.0.state);
        let state = &mut *guard;
        if let Some(held) = &state.held {
            let age = held.age(now);
            let somebody_else =
                || now.monotonic() < state.refresh_from || state.flight.follow().is_some();
            let due = self.is_due(state, held, version, now);
            if !due || (age < held.usable_for && somebody_else()) {
                return Ok(Arc::clone(&held.session));
            }
        }
        Err(state.flight.join())
    }

    /// Forgets the session, as when a peer answers 401 to its token. Only this one: another caller
    /// may already have replaced it.
    pub fn invalidate(&self, session: &Session) {
        let mut state = lock(&self.0.state);
        if state.held.as_ref().is_some_and(|held| held.session.token() == session.token()) {
            state.held = None;
        }
    }

    /// Forgets whatever session there is.
    pub fn clear(&self) {
        lock(&self.0.state).held = None;
    }

    fn keep(&self, session: &Arc<Session>, chosen: ChosenSecret, now: Now) {
        let limits = &self.0.limits;
        let expires = session.claims().expires_at().unix_seconds();
        let expires = Duration::from_secs(u64::try_from(expires).unwrap_or(0));
        let life = expires.saturating_sub(now.unix()).min(limits.max_age);
        let margin = (life / 5).min(limits.max_margin);
        // Between one and two margins before the end.
        let early = margin + margin.mul_f64(retry::fraction(self.0.context.calls().random(now)));
        // A token handed out in its last moments would expire on the way to the peer.
        let in_transit = (margin / 4).min(Duration::from_secs(10));
        let mut state = lock(&self.0.state);
        state.held = Some(Held {
            session: Arc::clone(session),
            version: chosen.version,
            obtained: now,
            refresh_after: life.saturating_sub(early),
            usable_for: life.saturating_sub(in_transit),
        });
        state.secrets.succeeded(chosen, session.key_id());
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
        self.choose(now).ok().filter(|next| next.version != version)
    }
}

/// A session is being obtained: the machine of [`TokenCache::obtain`].
pub struct TokenFlow {
    seeking: Seeking,
    pending: Pending,
}

#[expect(clippy::large_enum_variant, reason = "one of them is under way at a time")]
enum Pending {
    Exchange(ExchangeFlow, Leading),
    Wait(Follower<ExchangeResult>),
}

/// The right to exchange, and with which secret.
struct Leading {
    lease: Lease<ExchangeResult>,
    chosen: ChosenSecret,
    /// It is the second one: the first was refused.
    again: bool,
}

struct Seeking {
    cache: TokenCache,
    options: CallOptions,
    /// Monotonic.
    deadline: Duration,
}

impl Machine for TokenFlow {
    type Output = Arc<Session>;
}

impl Resume for TokenFlow {
    fn on_reply(self, reply: Reply, now: Now) -> Step<Self> {
        match self.pending {
            Pending::Exchange(flow, leading) => {
                self.seeking.exchanging(flow.on_reply(reply, now), leading, now)
            }
            Pending::Wait(_) => self.seeking.look_up(now),
        }
    }

    fn on_wake(self, now: Now) -> Step<Self> {
        match self.pending {
            Pending::Exchange(flow, leading) => {
                self.seeking.exchanging(flow.on_wake(now), leading, now)
            }
            Pending::Wait(follower) => match follower.result() {
                Some(Some(Ok(session))) => Step::Done(Ok(session)),
                Some(Some(Err(failure))) => match failure.of(self.seeking.patience()) {
                    Some(error) => Step::Done(Err(error)),
                    None => self.seeking.look_up(now),
                },
                // The leader gave up: then this caller may lead.
                Some(None) => self.seeking.look_up(now),
                None => Step::Done(Err(Error::new(
                    ErrorKind::Timeout,
                    "the token that another caller exchanges did not come in time",
                ))),
            },
        }
    }
}

impl Seeking {
    fn look_up(self, now: Now) -> Step<TokenFlow> {
        match self.cache.look_up(now) {
            Ok(session) => Step::Done(Ok(session)),
            Err(role) => self.play(role, now),
        }
    }

    fn play(self, role: Role<ExchangeResult>, now: Now) -> Step<TokenFlow> {
        let left = self.deadline.saturating_sub(now.monotonic());
        match role {
            Role::Follow(follower) => {
                let flight = follower.flight();
                let pending = Pending::Wait(follower);
                Step::Wait(flight, left, Waiting(TokenFlow { seeking: self, pending }))
            }
            Role::Lead(lease) => match self.cache.choose(now) {
                Ok(chosen) => self.exchange(Leading { lease, chosen, again: false }, now),
                Err(error) => self.failed(error, lease, now),
            },
        }
    }

    fn exchange(self, leading: Leading, now: Now) -> Step<TokenFlow> {
        let shared = &self.cache.0;
        let exchange = shared.key.exchange(&leading.chosen);
        let options = self.options.clone().deadline(self.deadline.saturating_sub(now.monotonic()));
        let step = ExchangeFlow::start(shared.context.clone(), exchange, options, now);
        self.exchanging(step, leading, now)
    }

    fn exchanging(self, step: Step<ExchangeFlow>, leading: Leading, now: Now) -> Step<TokenFlow> {
        let error = match step.split() {
            Ok(suspended) => {
                return suspended.within(|flow| TokenFlow {
                    seeking: self,
                    pending: Pending::Exchange(flow, leading),
                });
            }
            Err(Ok(session)) => {
                let session = Arc::new(session);
                self.cache.keep(&session, leading.chosen, now);
                leading.lease.land(Ok(Arc::clone(&session)));
                return Step::Done(Ok(session));
            }
            Err(Err(error)) => error,
        };
        let Leading { lease, chosen, again } = leading;
        if is_refusal(&error) {
            match self.cache.refused(chosen.version, now) {
                Some(chosen) if !again => {
                    return self.exchange(Leading { lease, chosen, again: true }, now);
                }
                _ => {}
            }
        }
        self.failed(error, lease, now)
    }

    fn failed(self, error: Error, lease: Lease<ExchangeResult>, now: Now) -> Step<TokenFlow> {
        let patience = self.patience();
        lease.land(Err(SharedFailure { error: error.clone(), patience }));
        Step::Done(self.held_despite(error, now))
    }

    fn patience(&self) -> Patience {
        self.cache.0.context.patience(&self.options, self.deadline)
    }

    /// The refresh failed: harmless while the token at hand lives.
    fn held_despite(&self, error: Error, now: Now) -> Result<Arc<Session>, Error> {
        let shared = &self.cache.0;
        let mut state = lock(&shared.state);
        state.refresh_from = now.monotonic().saturating_add(shared.limits.retry_interval);
        match &state.held {
            Some(held) if held.age(now) < held.usable_for => Ok(Arc::clone(&held.session)),
            _ => Err(error),
        }
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

impl fmt::Debug for TokenFlow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenFlow").field("cache", &self.seeking.cache).finish_non_exhaustive()
    }
}
