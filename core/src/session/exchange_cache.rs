//! The access keys that clients present to a server: exchanged once in a while, and otherwise known.

use alloc::sync::Arc;
use core::fmt;
use core::time::Duration;

use ring::hmac;

use super::known_keys::{Digest, KeyResult, Known, KnownKeys};
use super::session_context::SessionContext;
use super::word_on_key::refuses_key;
use crate::base::std_parts::{PoisonError, RwLock};
use crate::base::{Now, Outcome};
use crate::call::Reply;
use crate::call::flight::{Follower, Lease};
use crate::call::patience::{Patience, SharedFailure, Waited};
use crate::call::step::{Machine, Resume, Step, Waiting};
use crate::config::{CallOptions, ExchangeCacheLimits};
use crate::endpoints::ExchangeAccessKey;
use crate::error::{Error, ErrorKind};
use crate::jwt::Claims;
use crate::session::ExchangeFlow;

/// A cache of the access keys that clients send to a server. Made by
/// [`Context::exchange_cache`](crate::Context::exchange_cache). Cheap to clone; clones share it.
///
/// - One exchange at a time for each key and its login options and audience, and then none before the
///   age that was chosen: so long a key that is revoked is still let in.
/// - Keys are kept as an HMAC under a secret of this process, never in clear; bounded in number and
///   bytes.
/// - Where a good key cannot be exchanged again, its callers are answered with that failure until a pause
///   has passed, as those of a token source are.
/// - What cannot be a key (other than 20 to 512 characters of visible ASCII) is refused unsent. A
///   refusal of the service is remembered for 10 s.
/// - Keys not seen good before are exchanged at a rate of their own. Beyond it the answer is "rate
///   limited", not "refused", so that a flood of forged ones stops nobody whose key is known.
///
/// The service sees the server's address and not the client's, and judges the permitted addresses of a
/// key by that.
#[derive(Clone)]
pub struct ExchangeCache(Arc<Shared>);

struct Shared {
    context: SessionContext,
    digests: hmac::Key,
    revoked_within: Duration,
    known: RwLock<KnownKeys>,
}

impl ExchangeCache {
    pub(crate) fn new(
        context: SessionContext,
        revoked_within: Duration,
        limits: ExchangeCacheLimits,
        entropy: [u8; 32],
    ) -> Self {
        let digests = hmac::Key::new(hmac::HMAC_SHA256, &entropy);
        let known = RwLock::new(KnownKeys::new(limits));
        Self(Arc::new(Shared { context, digests, revoked_within, known }))
    }

    /// The claims of the session that this key is exchanged for: at once (`Step::Done`) where it is
    /// known.
    ///
    /// It ends in `InvalidArgument` for what cannot be a key, in `Api` where the service refuses it or
    /// has done so just now, in `RateLimited` where too many unknown keys are presented, else in the
    /// failures of [`Context::exchange`](crate::Context::exchange).
    pub fn exchange(
        &self,
        exchange: ExchangeAccessKey,
        options: CallOptions,
        now: Now,
    ) -> Step<PresentedKeyFlow> {
        let [key, login, audience] = exchange.identity();
        if !(20..=512).contains(&key.len()) || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
            let what = "is no access key: 20 to 512 characters of visible ASCII";
            return Step::Done(Err(Error::invalid_argument("access key", what)));
        }
        let mut digest = hmac::Context::with_key(&self.0.digests);
        for part in [&key, &login, &audience] {
            digest.update(&(part.len() as u64).to_le_bytes());
            digest.update(part.as_bytes());
        }
        let tag = digest.sign();
        let digest = Digest::try_from(tag.as_ref()).expect("an HMAC-SHA256 has 32 bytes");
        drop((key, login, audience));
        if let Some(claims) = self.read(|known| known.usable(&digest, now)) {
            return Step::Done(Ok(claims));
        }
        let deadline = self.0.context.deadline(&options, now);
        Seeking { cache: self.clone(), digest, exchange, options, deadline }.look_up(now)
    }

    fn read<T>(&self, read: impl FnOnce(&KnownKeys) -> T) -> T {
        read(&self.0.known.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn change<T>(&self, change: impl FnOnce(&mut KnownKeys) -> T) -> T {
        change(&mut self.0.known.write().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A look-up of an access key in progress: the machine of [`ExchangeCache::exchange`].
pub struct PresentedKeyFlow {
    seeking: Seeking,
    pending: Pending,
}

#[expect(clippy::large_enum_variant, reason = "one of them is under way at a time")]
enum Pending {
    Exchange(ExchangeFlow, Trial),
    Wait(Follower<KeyResult>),
}

struct Seeking {
    cache: ExchangeCache,
    digest: Digest,
    exchange: ExchangeAccessKey,
    options: CallOptions,
    /// Monotonic.
    deadline: Duration,
}

/// The right to exchange a key. Its end, by whatever way, is told before those who wait are woken.
struct Trial {
    cache: ExchangeCache,
    digest: Digest,
    unseen: bool,
    /// Its caller had as much patience as is configured when it began.
    patient: bool,
    lease: Option<Lease<KeyResult>>,
}

impl Trial {
    fn land(mut self, result: KeyResult) {
        let lease = self.lease.take();
        drop(self);
        if let Some(lease) = lease {
            lease.land(result);
        }
    }
}

impl Drop for Trial {
    fn drop(&mut self) {
        self.cache.change(|known| known.tried(&self.digest, self.unseen));
    }
}

impl Machine for PresentedKeyFlow {
    type Output = Claims;
}

impl Resume for PresentedKeyFlow {
    fn on_reply(self, reply: Reply, now: Now) -> Step<Self> {
        match self.pending {
            Pending::Exchange(flow, trial) => {
                self.seeking.exchanging(flow.on_reply(reply, now), trial, now)
            }
            Pending::Wait(_) => self.seeking.look_up(now),
        }
    }

    fn on_wake(self, now: Now) -> Step<Self> {
        match self.pending {
            Pending::Exchange(flow, trial) => {
                self.seeking.exchanging(flow.on_wake(now), trial, now)
            }
            Pending::Wait(follower) => match follower.waited(self.seeking.patience()) {
                Waited::Over(result) => Step::Done(result),
                Waited::Anew => self.seeking.look_up(now),
                Waited::TooLate => Step::Done(Err(Error::new(
                    ErrorKind::Timeout,
                    "the access key that another caller exchanges did not come to an end in time",
                ))),
            },
        }
    }
}

impl Seeking {
    fn look_up(self, now: Now) -> Step<PresentedKeyFlow> {
        let known = self.cache.change(|known| known.look_up(&self.digest, now));
        match known {
            Known::Good(claims) => Step::Done(Ok(claims)),
            Known::Failed(error) => Step::Done(Err(error)),
            Known::Refused(error, wait) => Step::Done(Err(error.remembered(wait))),
            Known::TooMany(wait) => {
                let what = "too many access keys that were not seen before are being tried";
                let error = Error::new(ErrorKind::RateLimited, what).with_wait(wait);
                let operation = ExchangeAccessKey::OPERATION;
                Step::Done(Err(error.with_call(operation, Outcome::NotSent, 0)))
            }
            Known::Wait(follower) => {
                let flight = follower.flight();
                let left = self.deadline.saturating_sub(now.monotonic());
                let pending = Pending::Wait(follower);
                Step::Wait(flight, left, Waiting(PresentedKeyFlow { seeking: self, pending }))
            }
            Known::Try { lease, unseen, again } => {
                let (cache, digest) = (self.cache.clone(), self.digest);
                let context = self.cache.0.context.clone();
                let patient = context.is_patient(self.patience(), now);
                let trial = Trial { cache, digest, unseen, patient, lease: Some(lease) };
                let options = context.for_fetch(&self.options, self.deadline, again, now);
                let step = ExchangeFlow::start(context, self.exchange.clone(), options, now);
                self.exchanging(step, trial, now)
            }
        }
    }

    fn exchanging(
        self,
        step: Step<ExchangeFlow>,
        trial: Trial,
        now: Now,
    ) -> Step<PresentedKeyFlow> {
        let result = match step.split() {
            Ok(suspended) => {
                return suspended.within(|flow| PresentedKeyFlow {
                    seeking: self,
                    pending: Pending::Exchange(flow, trial),
                });
            }
            Err(result) => result.map(|session| session.claims().clone()),
        };
        match &result {
            Ok(claims) => {
                let usable_for = self.cache.0.revoked_within.min(claims.lives_for(now.unix()));
                self.cache.change(|known| known.keep(self.digest, claims, usable_for, now));
            }
            Err(error) if refuses_key(error) => {
                self.cache.change(|known| known.refuse(self.digest, error, now));
            }
            Err(error) => self.remember(error, trial.patient, now),
        }
        let patience = self.patience();
        trial.land(result.clone().map_err(|error| SharedFailure { error, patience }));
        Step::Done(result)
    }

    fn remember(&self, error: &Error, patient: bool, now: Now) {
        let context = &self.cache.0.context;
        let (limits, random) = (context.config().limits(), context.calls().random(now));
        self.cache.change(|known| {
            if let Some(failures) = known.failing(&self.digest) {
                failures.failed(error, patient, limits, random, now);
            }
        });
    }

    fn patience(&self) -> Patience {
        self.cache.0.context.patience(&self.options, self.deadline)
    }
}

impl fmt::Debug for ExchangeCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [good, refused, under_way, bytes] = self.read(KnownKeys::sizes);
        f.debug_struct("ExchangeCache")
            .field("good", &good)
            .field("refused", &refused)
            .field("under_way", &under_way)
            .field("bytes", &bytes)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for PresentedKeyFlow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PresentedKeyFlow")
            .field("cache", &self.seeking.cache)
            .finish_non_exhaustive()
    }
}
