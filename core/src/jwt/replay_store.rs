//! Which DPoP proofs were used.

use alloc::collections::{BTreeSet, VecDeque};
use core::fmt;
use core::time::Duration;

use super::{NumericDate, ProofError};
use crate::base::std_parts::{Mutex, lock};

/// Remembers recently accepted DPoP proofs, so that none is accepted twice.
///
/// Bounded: about 100 bytes for each proof of the last window (60 s by default, and the leeway), of
/// at most `capacity` proofs. It fails closed: where it is full, proofs are refused until the
/// oldest can be forgotten. Only a proof that passed every other check takes a place. One store
/// serves one process; a proof can be used once at each server that has a store of its own.
pub struct ReplayStore {
    capacity: usize,
    window: Duration,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    digests: BTreeSet<Digest>,
    /// In the order of arrival, with the time from which on each may be forgotten.
    order: VecDeque<(NumericDate, Digest)>,
}

/// Half a SHA-256 of key and `jti`: a collision would refuse a proof, not accept one.
pub(super) type Digest = [u8; 16];

impl ReplayStore {
    /// A store for at most so many proofs. What a server needs is its highest rate of requests
    /// times the window: 65,000 for 1,000 requests in a second.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self { capacity, window: Duration::from_secs(60), seen: Mutex::default() }
    }

    /// How old a proof may be by its `iat`.
    #[must_use]
    pub fn window(mut self, window: Duration) -> Self {
        self.window = window;
        self
    }

    /// Checks the age of a proof.
    pub(super) fn check_age(
        &self,
        issued_at: NumericDate,
        now: NumericDate,
        leeway: Duration,
    ) -> Result<(), ProofError> {
        if now >= issued_at.plus(self.window) || now < issued_at.minus(leeway) {
            return Err(ProofError::NotFresh { issued_at, now });
        }
        Ok(())
    }

    /// Takes note of a proof, which must not have been seen before. What is old is forgotten only
    /// where its place is needed, so that a clock which jumps ahead and back opens nothing.
    pub(super) fn insert(
        &self,
        digest: Digest,
        now: NumericDate,
        leeway: Duration,
    ) -> Result<(), ProofError> {
        let mut seen = lock(&self.seen);
        if seen.digests.contains(&digest) {
            return Err(ProofError::Replayed);
        }
        if seen.order.len() >= self.capacity {
            seen.forget(now);
            if seen.order.len() >= self.capacity {
                return Err(ProofError::ReplayStoreFull);
            }
        }
        // A proof may be dated ahead by the leeway, and is accepted for the window from then on.
        seen.order.push_back((now.plus(self.window).plus(leeway), digest));
        seen.digests.insert(digest);
        Ok(())
    }
}

impl Seen {
    fn forget(&mut self, now: NumericDate) {
        while self.order.front().is_some_and(|(until, _)| *until <= now) {
            if let Some((_, digest)) = self.order.pop_front() {
                self.digests.remove(&digest);
            }
        }
    }
}

impl fmt::Debug for ReplayStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReplayStore")
            .field("capacity", &self.capacity)
            .field("window", &self.window)
            .field("seen", &lock(&self.seen).order.len())
            .finish()
    }
}
