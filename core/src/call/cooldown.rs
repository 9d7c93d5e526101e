//! Cooldowns: the service has asked to wait, and every call of that kind does.
//!
//! ```text
//!   429, or 503 with Retry-After          it has passed            an answer
//!   ├───────────────────────────────────────┼────────────────────────┼──────▶
//!     nobody sends: a call sleeps within      one call probes,         open
//!     its deadline, or fails at once          the others wait for it
//! ```

use core::time::Duration;

use crate::base::std_parts::{Mutex, lock};
use crate::base::{Now, RequestKind};
use crate::call::flight::{Follower, Lease, Role, SingleFlight};
use crate::config::Limits;

/// How long no request of a kind is sent after a failed one; `None` where it asks for nothing.
/// `rate_limited`: it was refused as one too many. `by_service`: the answer is the service's own.
#[must_use]
pub(crate) fn asked(
    limits: &Limits,
    rate_limited: bool,
    status: u16,
    retry_after: Option<Duration>,
    by_service: bool,
) -> Option<Duration> {
    let retry_after = retry_after.filter(|wait| !wait.is_zero())?;
    (rate_limited || status == 503).then(|| heeded(limits, retry_after, by_service))
}

/// As much of a `Retry-After` as other calls heed.
pub(crate) fn heeded(limits: &Limits, retry_after: Duration, by_service: bool) -> Duration {
    let most = match by_service {
        true => limits.max_cooldown,
        false => limits.max_cooldown_by_others,
    };
    retry_after.min(most)
}

/// The cooldowns of one client, one for each kind of request.
#[derive(Default)]
pub(crate) struct Cooldowns([Mutex<State>; 3]);

#[derive(Default)]
struct State {
    cooling: Option<Cooling>,
    probe: SingleFlight<()>,
}

#[derive(Clone, Copy)]
struct Cooling {
    since: Now,
    lasts: Duration,
}

impl Cooling {
    fn left(self, now: Now) -> Duration {
        self.lasts.saturating_sub(now.since(self.since))
    }
}

/// Whether a request may be sent.
pub(crate) enum Entry {
    /// It may. The lease is that of a probe: it goes to [`Cooldowns::learn`] with the answer.
    Open(Option<Lease<()>>),
    /// Not before this time has passed.
    Cooling {
        left: Duration,
        /// How long it lasts in all.
        lasts: Duration,
    },
    /// Somebody probes.
    Probed {
        probe: Follower<()>,
        /// How long the cooldown has lasted.
        lasted: Duration,
    },
}

impl Cooldowns {
    fn state(&self, kind: RequestKind) -> &Mutex<State> {
        let Self([management, exchange, signing_keys]) = self;
        match kind {
            RequestKind::Management => management,
            RequestKind::Exchange => exchange,
            RequestKind::SigningKeys => signing_keys,
        }
    }

    pub(crate) fn enter(&self, kind: RequestKind, now: Now) -> Entry {
        let state = &mut *lock(self.state(kind));
        let Some(cooling) = state.cooling else { return Entry::Open(None) };
        let (left, lasts) = (cooling.left(now), cooling.lasts);
        if !left.is_zero() {
            return Entry::Cooling { left, lasts };
        }
        match state.probe.join() {
            Role::Lead(lease) => Entry::Open(Some(lease)),
            Role::Follow(probe) => Entry::Probed { probe, lasted: lasts },
        }
    }

    /// Whether requests of this kind wait. It makes nobody the one who probes.
    pub(crate) fn holds(&self, kind: RequestKind, now: Now) -> bool {
        lock(self.state(kind)).cooling.is_some_and(|cooling| !cooling.left(now).is_zero())
    }

    /// Takes what the end of an attempt asks for ([`asked`]), and the lease where it was a probe. True
    /// when a cooldown began by it, or ended.
    pub(crate) fn learn(
        &self,
        kind: RequestKind,
        asked: Option<Duration>,
        probe: Option<Lease<()>>,
        now: Now,
    ) -> bool {
        let mut state = lock(self.state(kind));
        let before = state.cooling;
        match asked {
            // Of several, that which ends last.
            Some(lasts) if before.is_none_or(|before| before.left(now) < lasts) => {
                state.cooling = Some(Cooling { since: now, lasts });
            }
            // What was sent before the cooldown, or through it, does not end it.
            None if probe.is_some() => state.cooling = None,
            _ => {}
        }
        let changed = before.is_some() != state.cooling.is_some();
        drop(state);
        // Those who wait for it find the new state.
        drop(probe);
        changed
    }
}
