//! Bounds of time and size.

use core::time::Duration;

#[cfg(feature = "jwt")]
use super::{PauseLimits, SigningKeyLimits};

/// Bounds of time and size, and how often a request is sent. Every one has a default.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Limits {
    /// Attempts of one call, the first included: 3.
    pub max_attempts: u32,
    /// The first backoff's upper edge, doubled with each further attempt: 100 ms.
    pub backoff: Duration,
    /// The upper edge of any backoff: 2 s.
    pub max_backoff: Duration,
    /// The upper edge of the jitter over a `Retry-After`, in percent of it: 10. Programs that were told
    /// the same number at once do not come back at once. (It is the backoff's edge at least.)
    pub retry_after_jitter_percent: u32,
    /// After a 429, or a 503 with `Retry-After`, the longest time for which calls of that kind are held
    /// back: 5 minutes. A number out of all proportion must not close a client for days.
    pub max_cooldown: Duration,
    /// The same on the word of another than the service, which knows nothing of its limits: 30 s.
    pub max_cooldown_by_others: Duration,
    /// How long a fetch that failed is not tried again.
    #[cfg(feature = "jwt")]
    pub pauses: PauseLimits,
    /// Until a connection stands, TLS included: 5 s.
    pub connect_timeout: Duration,
    /// A whole call, retries included: 10 s.
    pub deadline: Duration,
    /// A whole search: 60 s.
    pub bulk_deadline: Duration,
    /// A whole create or rotate: 30 s. Cutting one short leaves its outcome unknown.
    pub one_shot_deadline: Duration,
    /// Bytes of an answer's body, decoded: 1 MiB.
    pub max_body: usize,
    /// The same for a search: 64 MiB.
    pub max_bulk_body: usize,
    /// Bytes of an answer's headers, interim answers included: 64 KiB.
    pub max_header: usize,
    /// How long keys are used, and how often they are fetched.
    #[cfg(feature = "jwt")]
    pub signing_keys: SigningKeyLimits,
    /// How many verified tokens are remembered, for a server that sees the same ones again and
    /// again: none. Everything but the signature is still checked at each use.
    #[cfg(feature = "jwt")]
    pub verified_tokens: usize,
    /// How many used DPoP proofs are remembered; when more come within their minute, they are
    /// refused: 65,536.
    #[cfg(feature = "jwt")]
    pub dpop_proofs: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_attempts: 3,
            backoff: Duration::from_millis(100),
            max_backoff: Duration::from_secs(2),
            retry_after_jitter_percent: 10,
            max_cooldown: Duration::from_secs(300),
            max_cooldown_by_others: Duration::from_secs(30),
            #[cfg(feature = "jwt")]
            pauses: PauseLimits::default(),
            connect_timeout: Duration::from_secs(5),
            deadline: Duration::from_secs(10),
            bulk_deadline: Duration::from_secs(60),
            one_shot_deadline: Duration::from_secs(30),
            max_body: 1 << 20,
            max_bulk_body: 64 << 20,
            max_header: 64 << 10,
            #[cfg(feature = "jwt")]
            signing_keys: SigningKeyLimits::default(),
            #[cfg(feature = "jwt")]
            verified_tokens: 0,
            #[cfg(feature = "jwt")]
            dpop_proofs: 1 << 16,
        }
    }
}
