//! The core's threaded parts under a model checker: `cargo test -p descope-loom`.
//!
//! The core's own source files are compiled here against loom's locks, and every order in which
//! threads can take them is tried. A wake-up that gets lost shows as a deadlock, which ends the
//! process.
#![cfg(test)]

extern crate alloc;

#[path = "../../../core/src/call/cooldown.rs"]
#[allow(dead_code, reason = "the core's, used here in part")]
mod cooldown;
mod cooldown_models;
#[path = "../../../core/src/call/flight.rs"]
#[allow(dead_code, unreachable_pub, reason = "the core's, used here in part")]
mod flight;
mod flight_models;
#[path = "../../../core/src/config/limits.rs"]
#[allow(dead_code, unreachable_pub, reason = "the core's, used here in part")]
mod limits;
#[path = "../../../core/src/session/negative_cache.rs"]
#[allow(dead_code, reason = "the core's, used here in part")]
mod negative_cache;
#[path = "../../../core/src/base/now.rs"]
#[allow(dead_code, unreachable_pub, reason = "the core's, used here in part")]
mod now;
#[path = "../../../core/src/call/patience.rs"]
#[allow(dead_code, reason = "the core's, used here in part")]
mod patience;
#[path = "../../../core/src/config/pause_limits.rs"]
#[allow(dead_code, unreachable_pub, reason = "the core's, used here in part")]
mod pause_limits;
#[path = "../../../core/src/base/request_kind.rs"]
#[allow(dead_code, unreachable_pub, reason = "the core's, used here in part")]
mod request_kind;
#[path = "../../../core/src/session/signing_key_cache.rs"]
#[allow(dead_code, unreachable_pub, reason = "the core's, used here in part")]
mod signing_key_cache;
mod signing_key_cache_models;
#[path = "../../../core/src/config/signing_key_limits.rs"]
#[allow(unreachable_pub, reason = "the core's, used here in part")]
mod signing_key_limits;
#[path = "../../../core/src/session/token_bucket.rs"]
#[allow(unreachable_pub, reason = "the core's, used here in part")]
mod token_bucket;

use pause_limits::PauseLimits;
use signing_key_limits::SigningKeyLimits;

/// The files above as the core's rooms name them.
mod call {
    pub(crate) use crate::{cooldown, flight, patience};

    /// No jitter.
    pub(crate) mod retry {
        use core::time::Duration;

        use crate::config::Limits;

        pub(crate) fn fraction(_random: u64) -> f64 {
            0.0
        }

        pub(crate) fn jitter_over(_: &Limits, _: Duration, _: Duration, _: u64) -> Duration {
            Duration::ZERO
        }
    }
}

mod config {
    pub(crate) use crate::limits::Limits;
    pub(crate) use crate::signing_key_limits::SigningKeyLimits;
}

mod session {
    pub(crate) use crate::{negative_cache, token_bucket};
}

/// What these files take from the core's lowest room, with loom's lock in place of std's.
mod base {
    pub(crate) use crate::now::Now;
    pub(crate) use crate::request_kind::RequestKind;

    pub(crate) mod std_parts {
        pub(crate) use loom::sync::{Mutex, MutexGuard};

        pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
            mutex.lock().expect("no thread of a model panics")
        }

        pub(crate) fn shielded(call: impl FnOnce()) {
            call();
        }
    }
}

/// What they take from elsewhere in the core, as plain as can be.
mod error {
    use core::time::Duration;

    /// A failure that any caller would have met.
    #[derive(Debug, Clone)]
    pub(crate) struct Error {
        pub(crate) remembered: bool,
    }

    impl Error {
        pub(crate) const FRESH: Self = Self { remembered: false };

        pub(crate) fn remembered(&self, _left: Duration) -> Self {
            Self { remembered: true }
        }

        pub(crate) fn attempts(&self) -> u32 {
            1
        }

        pub(crate) fn has_given_up(&self) -> bool {
            false
        }

        pub(crate) fn retry_after(&self) -> Option<Duration> {
            None
        }

        pub(crate) fn is_from_service(&self) -> bool {
            true
        }

        pub(crate) fn is_answer(&self) -> bool {
            true
        }

        pub(crate) fn is_refusal(&self) -> bool {
            false
        }
    }
}

mod jwt {
    /// The signing keys are the `kid`s of them.
    #[derive(Debug, Clone, PartialEq)]
    pub(crate) struct SigningKeys(pub(crate) Vec<&'static str>);

    impl SigningKeys {
        pub(crate) fn contains(&self, kid: &str) -> bool {
            self.0.contains(&kid)
        }

        pub(crate) fn len(&self) -> usize {
            self.0.len()
        }
    }
}

/// Runs a model in every order of its threads in which the checker switches from one that could go
/// on at most this often; three are enough for every known kind of fault.
fn model(switches: usize, run: impl Fn() + Send + Sync + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(switches);
    builder.check(run);
}
