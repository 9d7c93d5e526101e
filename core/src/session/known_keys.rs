//! The access keys that a server was shown, as far as it remembers them: good ones, refused ones, and
//! those that are being tried. Bounded; no key is kept in clear.

use alloc::collections::{BTreeMap, VecDeque};
use core::time::Duration;

use super::negative_cache::NegativeCache;
use super::token_bucket::TokenBucket;
use crate::base::Now;
use crate::call::flight::{Follower, Lease, SingleFlight};
use crate::call::patience::SharedFailure;
use crate::config::ExchangeCacheLimits;
use crate::error::Error;
use crate::jwt::Claims;

/// What stands for a key: an HMAC of it, under a secret of this process.
pub(crate) type Digest = [u8; 32];

/// What an exchange brings to those who waited for it.
pub(crate) type KeyResult = Result<Claims, SharedFailure>;

pub(crate) struct KnownKeys {
    limits: ExchangeCacheLimits,
    good: BTreeMap<Digest, Good>,
    /// The good ones in the order of their exchanges.
    order: BTreeMap<u64, Digest>,
    exchanges: u64,
    /// Of the good ones, roughly.
    bytes: usize,
    /// Of the good ones: those whose last exchange failed, and was no refusal.
    failing: BTreeMap<Digest, NegativeCache>,
    refused: BTreeMap<Digest, Refused>,
    /// In the order of their refusals; those that were tried again meanwhile are there twice.
    refused_order: VecDeque<(Digest, Now)>,
    flights: BTreeMap<Digest, SingleFlight<KeyResult>>,
    unseen: TokenBucket,
    unseen_under_way: u32,
}

struct Good {
    claims: Claims,
    at: Now,
    usable_for: Duration,
    exchange: u64,
}

struct Refused {
    error: Error,
    at: Now,
}

/// What is to be done for a key.
pub(crate) enum Known {
    /// It is good.
    Good(Claims),
    /// It was refused, and will be so for this time.
    Refused(Error, Duration),
    /// It was good, exchanging it again has failed, and is not tried again yet.
    Failed(Error),
    /// Somebody exchanges it.
    Wait(Follower<KeyResult>),
    /// It is to be exchanged, and [`KnownKeys::tried`] to be told.
    Try {
        lease: Lease<KeyResult>,
        unseen: bool,
        /// Its last exchange failed.
        again: bool,
    },
    /// Too many are being tried that were never good; the next may be after this time.
    TooMany(Duration),
}

/// What an entry takes beside its claims, roughly.
const ENTRY: usize = 2 * size_of::<Digest>() + size_of::<Good>() + 64;

impl KnownKeys {
    pub(crate) fn new(limits: ExchangeCacheLimits) -> Self {
        Self {
            unseen: TokenBucket::new(limits.unseen_burst, limits.unseen_interval),
            limits,
            good: BTreeMap::new(),
            order: BTreeMap::new(),
            exchanges: 0,
            bytes: 0,
            failing: BTreeMap::new(),
            refused: BTreeMap::new(),
            refused_order: VecDeque::new(),
            flights: BTreeMap::new(),
            unseen_under_way: 0,
        }
    }

    /// The claims of a key whose exchange is not too old.
    pub(crate) fn usable(&self, digest: &Digest, now: Now) -> Option<Claims> {
        let good = self.good.get(digest)?;
        (now.since(good.at) < good.usable_for).then(|| good.claims.clone())
    }

    pub(crate) fn look_up(&mut self, digest: &Digest, now: Now) -> Known {
        if let Some(claims) = self.usable(digest, now) {
            return Known::Good(claims);
        }
        if let Some(refused) = self.refused.get(digest) {
            let left = self.limits.refused_for.saturating_sub(now.since(refused.at));
            if !left.is_zero() {
                return Known::Refused(refused.error.clone(), left);
            }
        }
        if let Some(follower) = self.flights.get(digest).and_then(SingleFlight::follow) {
            return Known::Wait(follower);
        }
        let failures = self.failing.get(digest);
        if let Some(error) = failures.and_then(|failures| failures.answer(now)) {
            return Known::Failed(error);
        }
        let again = failures.is_some_and(NegativeCache::is_failing);
        let unseen = !self.good.contains_key(digest);
        if unseen {
            if self.unseen_under_way >= self.limits.unseen_under_way {
                return Known::TooMany(self.limits.unseen_interval);
            }
            if let Err(wait) = self.unseen.take(now.monotonic()) {
                return Known::TooMany(wait);
            }
            self.unseen_under_way += 1;
        }
        let lease = self.flights.entry(*digest).or_insert_with(SingleFlight::new).lead();
        Known::Try { lease, unseen, again }
    }

    /// The failures of a good key, to which another one is to be added. An unknown key has none: it is
    /// held back anyway, and what is kept of it must not grow with a flood.
    pub(crate) fn failing(&mut self, digest: &Digest) -> Option<&mut NegativeCache> {
        self.good.contains_key(digest).then(|| self.failing.entry(*digest).or_default())
    }

    /// An exchange is over, however it ended. Before its lease lands.
    pub(crate) fn tried(&mut self, digest: &Digest, unseen: bool) {
        self.flights.remove(digest);
        self.unseen_under_way -= u32::from(unseen);
    }

    pub(crate) fn keep(&mut self, digest: Digest, claims: &Claims, usable_for: Duration, now: Now) {
        self.refused.remove(&digest);
        self.forget(&digest);
        let size = ENTRY + claims.size();
        if size > self.limits.max_bytes || self.limits.max_keys == 0 {
            return;
        }
        while self.good.len() >= self.limits.max_keys || self.bytes + size > self.limits.max_bytes {
            let Some((_, oldest)) = self.order.first_key_value() else { break };
            let oldest = *oldest;
            self.forget(&oldest);
        }
        self.exchanges += 1;
        self.bytes += size;
        self.order.insert(self.exchanges, digest);
        let good = Good { claims: claims.clone(), at: now, usable_for, exchange: self.exchanges };
        self.good.insert(digest, good);
    }

    pub(crate) fn refuse(&mut self, digest: Digest, error: &Error, now: Now) {
        self.forget(&digest);
        while let Some((oldest, at)) = self.refused_order.front() {
            let over = now.since(*at) >= self.limits.refused_for;
            if !over && self.refused_order.len() < self.limits.max_refused {
                break;
            }
            if self.refused.get(oldest).is_some_and(|refused| refused.at == *at) {
                self.refused.remove(oldest);
            }
            self.refused_order.pop_front();
        }
        self.refused_order.push_back((digest, now));
        self.refused.insert(digest, Refused { error: error.clone(), at: now });
    }

    fn forget(&mut self, digest: &Digest) {
        self.failing.remove(digest);
        if let Some(good) = self.good.remove(digest) {
            self.order.remove(&good.exchange);
            self.bytes -= ENTRY + good.claims.size();
        }
    }

    /// How many are good, refused, and being tried; and the bytes that the good ones take, roughly.
    pub(crate) fn sizes(&self) -> [usize; 4] {
        [self.good.len(), self.refused.len(), self.flights.len(), self.bytes]
    }
}
