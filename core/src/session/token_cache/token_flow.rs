//! How a session is obtained: at once, by an exchange, or from the caller who exchanges.

use alloc::sync::Arc;
use core::fmt;
use core::time::Duration;

use super::{ExchangeResult, Found, HIT, TokenCache};
use crate::base::Now;
use crate::call::Reply;
use crate::call::flight::{Follower, Lease};
use crate::call::patience::{Patience, SharedFailure, Waited};
use crate::call::step::{Machine, Resume, Step, Waiting};
use crate::config::{Cache, CallOptions, Event};
use crate::error::{Error, ErrorKind};
use crate::session::secret_source::ChosenSecret;
use crate::session::word_on_key::is_refusal;
use crate::session::{ExchangeFlow, Session};

impl TokenCache {
    /// A session whose token is valid: at once (`Step::Done`) where there is one.
    ///
    /// # Errors
    ///
    /// Those of [`Context::exchange`](crate::Context::exchange), and only when no valid token is at hand.
    pub fn obtain(&self, options: CallOptions, now: Now) -> Step<TokenFlow> {
        let found = match self.look_up(now) {
            Found::Session(session) => {
                self.0.context.tell(HIT);
                return Step::Done(Ok(session));
            }
            found => found,
        };
        let deadline = self.0.context.deadline(&options, now);
        Seeking { cache: self.clone(), options, deadline }.go_on(found, now)
    }
}

/// A session being obtained: the machine of [`TokenCache::obtain`].
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
    second: bool,
    /// The exchange before it failed.
    again: bool,
    /// The caller had as much patience as is configured when it began.
    patient: bool,
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
            Pending::Wait(follower) => match follower.waited(self.seeking.patience()) {
                Waited::Over(result) => Step::Done(result),
                Waited::Anew => self.seeking.look_up(now),
                Waited::TooLate => Step::Done(Err(Error::new(
                    ErrorKind::Timeout,
                    "the token that another caller exchanges did not come in time",
                ))),
            },
        }
    }
}

impl Seeking {
    fn look_up(self, now: Now) -> Step<TokenFlow> {
        let found = self.cache.look_up(now);
        self.go_on(found, now)
    }

    fn go_on(self, found: Found, now: Now) -> Step<TokenFlow> {
        match found {
            Found::Session(session) => Step::Done(Ok(session)),
            Found::Failed(error) => {
                self.cache.0.context.tell(Event::FailureRemembered { cache: Cache::Token });
                Step::Done(Err(error))
            }
            Found::Wait(follower) => {
                let flight = follower.flight();
                let left = self.deadline.saturating_sub(now.monotonic());
                let pending = Pending::Wait(follower);
                Step::Wait(flight, left, Waiting(TokenFlow { seeking: self, pending }))
            }
            Found::Exchange { lease, again } => {
                let patient = self.cache.0.context.is_patient(self.patience(), now);
                match self.cache.choose(now) {
                    Ok(chosen) => {
                        let leading = Leading { lease, chosen, second: false, again, patient };
                        self.exchange(leading, now)
                    }
                    Err(error) => self.failed(error, lease, patient, now),
                }
            }
        }
    }

    fn exchange(self, leading: Leading, now: Now) -> Step<TokenFlow> {
        let shared = &self.cache.0;
        let exchange = shared.key.exchange(&leading.chosen);
        let context = &shared.context;
        let options = context.for_fetch(&self.options, self.deadline, leading.again, now);
        let step = ExchangeFlow::start(context.clone(), exchange, options, now);
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
                let (early, turned) = self.cache.keep(&session, leading.chosen, now);
                leading.lease.land(Ok(Arc::clone(&session)));
                self.tell(None, early, turned);
                return Step::Done(Ok(session));
            }
            Err(Err(error)) => error,
        };
        let Leading { lease, chosen, second, again, patient } = leading;
        if is_refusal(&error) {
            match self.cache.refused(chosen.version, now) {
                Some(chosen) if !second => {
                    let leading = Leading { lease, chosen, second: true, again, patient };
                    return self.exchange(leading, now);
                }
                _ => {}
            }
        }
        self.failed(error, lease, patient, now)
    }

    fn failed(
        self,
        error: Error,
        lease: Lease<ExchangeResult>,
        patient: bool,
        now: Now,
    ) -> Step<TokenFlow> {
        let (held, turned) = self.cache.failed(&error, patient, now);
        let patience = self.patience();
        lease.land(Err(SharedFailure { error: error.clone(), patience }));
        self.tell(Some(&error), held.is_some(), turned);
        // Harmless while the token at hand lives.
        Step::Done(held.ok_or(error))
    }

    fn tell(&self, failed: Option<&Error>, early: bool, turned: bool) {
        let context = &self.cache.0.context;
        if failed.is_none_or(|error| error.attempts() > 0) {
            context.tell(Event::TokenRefresh { early, failure: failed.map(Error::kind) });
        }
        if turned {
            context.tell_turn(Cache::Token, failed, early);
        }
    }

    fn patience(&self) -> Patience {
        self.cache.0.context.patience(&self.options, self.deadline)
    }
}

impl fmt::Debug for TokenFlow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenFlow").field("cache", &self.seeking.cache).finish_non_exhaustive()
    }
}
