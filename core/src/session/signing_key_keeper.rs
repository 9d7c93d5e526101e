//! Keeps the signing keys fresh aside from those who validate, who then never wait for them.

use alloc::sync::Arc;
use core::fmt;
use core::sync::atomic::{AtomicBool, Ordering};
use core::time::Duration;

use super::session_context::SessionContext;
use super::signing_key_cache::FetchResult;
use super::signing_key_fetch::SigningKeyFetch;
use crate::base::Now;
use crate::call::flight::{Follower, Role};
use crate::call::step::{Machine, Resume, Step, Waiting};
use crate::call::{Call, Reply};
use crate::config::{Cache, CallOptions, Event};
use crate::endpoints::FetchSigningKeys;
use crate::error::Error;

/// Keeps the signing keys fresh for validations that use the keys [at
/// hand](crate::ValidateToken::keys_at_hand). Made by
/// [`Context::signing_key_keeper`](crate::Context::signing_key_keeper). Its machines end when it is
/// dropped.
pub struct SigningKeyKeeper {
    context: SessionContext,
    dismissed: Arc<AtomicBool>,
}

impl SigningKeyKeeper {
    pub(crate) fn new(context: SessionContext) -> Self {
        Self { context, dismissed: Arc::default() }
    }

    /// Begins to keep them fresh, in a thread or a task of its own: it goes on until the keeper is
    /// dropped. A fetch that fails is tried again. The options are those of each fetch.
    pub fn keep(&self, options: CallOptions, now: Now) -> Step<KeepSigningKeys> {
        let (context, dismissed) = (self.context.clone(), Some(Arc::clone(&self.dismissed)));
        Keeping { context, options, dismissed }.go_on(now)
    }
}

impl Drop for SigningKeyKeeper {
    fn drop(&mut self) {
        self.dismissed.store(true, Ordering::Release);
        self.context.upkeep().ring();
    }
}

/// The signing keys are being kept fresh: the machine of [`SigningKeyKeeper::keep`], and of
/// [`Context::fetch_signing_keys`](crate::Context::fetch_signing_keys), which ends after one fetch.
pub struct KeepSigningKeys {
    keeping: Keeping,
    pending: Pending,
}

#[expect(clippy::large_enum_variant, reason = "one of them is under way at a time")]
enum Pending {
    Fetch(Call<FetchSigningKeys>, SigningKeyFetch),
    FetchOfAnother(Follower<FetchResult>),
    Idle,
}

struct Keeping {
    context: SessionContext,
    options: CallOptions,
    /// None: it ends after one fetch.
    dismissed: Option<Arc<AtomicBool>>,
}

impl KeepSigningKeys {
    pub(crate) fn once(context: SessionContext, options: CallOptions, now: Now) -> Step<Self> {
        if let Some(error) = context.signing_keys().failure(now) {
            context.tell(Event::FailureRemembered { cache: Cache::SigningKeys });
            return Step::Done(Err(error));
        }
        Keeping { context, options, dismissed: None }.go_on(now)
    }
}

impl Machine for KeepSigningKeys {
    type Output = ();
}

impl Resume for KeepSigningKeys {
    fn on_reply(self, reply: Reply, now: Now) -> Step<Self> {
        match self.pending {
            Pending::Fetch(call, fetch) => {
                self.keeping.fetching(call.on_reply(reply, now), fetch, now)
            }
            Pending::FetchOfAnother(_) | Pending::Idle => self.keeping.go_on(now),
        }
    }

    fn on_wake(self, now: Now) -> Step<Self> {
        match self.pending {
            Pending::Fetch(call, fetch) => self.keeping.fetching(call.on_wake(now), fetch, now),
            Pending::FetchOfAnother(follower) => match follower.result() {
                Some(Some(Ok(()))) => {
                    self.keeping.context.upkeep().fetched(now);
                    self.keeping.ended(Ok(()), now)
                }
                Some(Some(Err(failure))) => self.keeping.ended(Err(failure.error), now),
                _ => self.keeping.go_on(now),
            },
            Pending::Idle => self.keeping.go_on(now),
        }
    }
}

impl Keeping {
    /// Fetches what is due, else waits until it is.
    fn go_on(self, now: Now) -> Step<KeepSigningKeys> {
        if self.dismissed.as_ref().is_some_and(|dismissed| dismissed.load(Ordering::Acquire)) {
            return Step::Done(Ok(()));
        }
        // Before the look at what is due: who finds something after it rings, and ends the wait.
        let bell = self.context.upkeep().wait();
        let cache = self.context.signing_keys();
        let stock = cache.stock(now);
        let due_in = match self.context.upkeep().is_seeking() {
            true if self.dismissed.is_some() => Duration::ZERO,
            _ => stock.due_in,
        };
        let wait = match self.dismissed {
            Some(_) => due_in.max(stock.rests_for),
            None if due_in.is_zero() => Duration::ZERO,
            None => return Step::Done(Ok(())),
        };
        if !wait.is_zero() {
            let flight = bell.flight();
            let pending = Pending::Idle;
            return Step::Wait(flight, wait, Waiting(KeepSigningKeys { keeping: self, pending }));
        }
        let deadline = self.context.deadline(&self.options, now);
        match cache.refetch() {
            (Role::Lead(lease), again) => {
                let (context, leads) = (&self.context, (lease, again));
                let (fetch, step) =
                    SigningKeyFetch::start(context, leads, &self.options, deadline, now);
                self.fetching(step, fetch, now)
            }
            (Role::Follow(follower), _) => {
                let flight = follower.flight();
                let left = deadline.saturating_sub(now.monotonic());
                let pending = Pending::FetchOfAnother(follower);
                let waiting = Waiting(KeepSigningKeys { keeping: self, pending });
                Step::Wait(flight, left, waiting)
            }
        }
    }

    fn fetching(
        self,
        step: Step<Call<FetchSigningKeys>>,
        fetch: SigningKeyFetch,
        now: Now,
    ) -> Step<KeepSigningKeys> {
        let result = match step.split() {
            Err(result) => result,
            Ok(suspended) => {
                return suspended.within(|call| KeepSigningKeys {
                    keeping: self,
                    pending: Pending::Fetch(call, fetch),
                });
            }
        };
        let result = fetch.end(&self.context, result, now);
        if result.is_ok() {
            self.context.upkeep().fetched(now);
        }
        self.ended(result.map(drop), now)
    }

    fn ended(self, result: Result<(), Error>, now: Now) -> Step<KeepSigningKeys> {
        match self.dismissed {
            None => Step::Done(result),
            Some(_) => self.go_on(now),
        }
    }
}

impl fmt::Debug for SigningKeyKeeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKeyKeeper").finish_non_exhaustive()
    }
}

impl fmt::Debug for KeepSigningKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeepSigningKeys").finish_non_exhaustive()
    }
}
