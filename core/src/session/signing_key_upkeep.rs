//! What those who validate by the signing keys at hand leave for the one who fetches, so that they
//! never wait.

use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::time::Duration;

use super::signing_key_cache::{Fetched, SigningKeyCache};
use crate::base::Now;
use crate::base::std_parts::{Mutex, lock};
use crate::call::flight::{Follower, Lease, Role, SingleFlight};
use crate::config::SigningKeyLimits;
use crate::error::{Error, ErrorKind};

/// When somebody whose token cannot be judged yet may come back.
const SOON: Duration = Duration::from_secs(1);

const FOR_A_KID: &str = " for a `kid` that they lack";

/// What those who validate leave for the one who fetches.
pub(crate) struct Upkeep {
    /// For how long a fetch that ended without a `kid` proves that there is none.
    recent: Duration,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    sought: Vec<Sought>,
    /// The one who fetches waits on this until it is dropped.
    idle: SingleFlight<()>,
    bell: Option<Lease<()>>,
}

/// A `kid` that is not known.
struct Sought {
    kid: String,
    /// When a fetch ended without it. None: it is still to end.
    missed: Option<Now>,
}

impl State {
    /// As many are looked for at a time: more are forged.
    const SOUGHT: usize = 32;
    /// No `kid` is longer.
    const LONGEST: usize = 256;

    fn is_seeking(&self) -> bool {
        self.sought.iter().any(|sought| sought.missed.is_none())
    }
}

impl Upkeep {
    pub(crate) fn new(limits: &SigningKeyLimits) -> Self {
        Self { recent: limits.refetch_interval, state: Mutex::default() }
    }

    /// The signing keys to judge a token with this `kid` by; they may lack it once a fetch has ended
    /// without it.
    pub(crate) fn judges_by(
        &self,
        cache: &SigningKeyCache,
        kid: &str,
        now: Now,
    ) -> Result<Arc<Fetched>, Error> {
        let stock = cache.stock(now);
        let rests = !stock.rests_for.is_zero();
        if stock.due_in.is_zero() && !rests {
            self.ring();
        }
        let not_yet_known = |what| Err(not_yet_known(what, stock.rests_for, stock.failure.clone()));
        let Some(keys) = stock.keys else {
            return not_yet_known("");
        };
        if stock.due_in == Duration::MAX || keys.set.contains(kid) {
            return Ok(keys);
        }
        match self.seek(kid, now, || cache.may_refetch(now)) {
            true => {
                if !rests {
                    self.ring();
                }
                not_yet_known(FOR_A_KID)
            }
            // Nobody knows what the fetch that failed would have brought.
            false if rests => not_yet_known(FOR_A_KID),
            false => Ok(keys),
        }
    }

    /// Whether a fetch that is still to end may bring this `kid`.
    fn seek(&self, kid: &str, now: Now, may_refetch: impl FnOnce() -> bool) -> bool {
        let mut state = lock(&self.state);
        let is_proof = |missed| now.since(missed) < self.recent;
        state.sought.retain(|sought| sought.missed.is_none_or(is_proof));
        if let Some(sought) = state.sought.iter().find(|sought| sought.kid == kid) {
            return sought.missed.is_none();
        }
        let seeks = state.is_seeking() || may_refetch();
        if seeks && state.sought.len() < State::SOUGHT && kid.len() <= State::LONGEST {
            state.sought.push(Sought { kid: kid.into(), missed: None });
        }
        seeks
    }

    /// A fetch has ended well.
    pub(crate) fn fetched(&self, now: Now) {
        for sought in &mut lock(&self.state).sought {
            sought.missed.get_or_insert(now);
        }
    }

    pub(crate) fn is_seeking(&self) -> bool {
        lock(&self.state).is_seeking()
    }

    /// Wakes the one who fetches.
    pub(crate) fn ring(&self) {
        let bell = lock(&self.state).bell.take();
        drop(bell);
    }

    pub(crate) fn wait(&self) -> Follower<()> {
        let mut state = lock(&self.state);
        match state.idle.join() {
            Role::Follow(follower) => follower,
            Role::Lead(lease) => {
                state.bell = Some(lease);
                state.idle.follow().expect("it has just begun")
            }
        }
    }
}

/// `failure`: why none is fetched for `rests_for`, where that is known.
fn not_yet_known(what_for: &str, rests_for: Duration, failure: Option<Error>) -> Error {
    let what = match (&failure, rests_for.is_zero()) {
        (Some(failure), _) => {
            format!("the signing keys could not be fetched{what_for} ({failure})")
        }
        (None, false) => format!("the signing keys could not be fetched{what_for}"),
        (None, true) => format!("the signing keys are being fetched{what_for}"),
    };
    let error = Error::new(ErrorKind::NotYetKnown, what).with_wait(rests_for.max(SOON));
    match failure {
        Some(failure) => error.with_source(failure),
        None => error,
    }
}
