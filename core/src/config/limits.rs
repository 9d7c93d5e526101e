//! Bounds of time and size.

use core::time::Duration;

#[cfg(feature = "jwt")]
use super::{PauseLimits, SigningKeyLimits};

/// Limits of time and size, and the number of attempts.
///
/// | field | default |
/// |---|---|
/// | `max_attempts` | 3 |
/// | `backoff` | 100 ms |
/// | `max_backoff` | 2 s |
/// | `retry_after_jitter_percent` | 10 |
/// | `max_cooldown` | 5 minutes |
/// | `max_cooldown_by_others` | 30 s |
/// | `connect_timeout` | 5 s |
/// | `deadline` | 10 s |
/// | `bulk_deadline` | 60 s |
/// | `one_shot_deadline` | 30 s |
/// | `max_body` | 1 MiB |
/// | `max_bulk_body` | 64 MiB |
/// | `max_header` | 64 KiB |
/// | `verified_tokens` | 0 |
/// | `dpop_proofs` | 65,536 |
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Limits {
    /// Attempts of one call, the first included.
    pub max_attempts: u32,
    /// The longest first backoff; it doubles with each further attempt.
    pub backoff: Duration,
    /// The longest backoff.
    pub max_backoff: Duration,
    /// The longest jitter after a `Retry-After`, in percent of it, so that programs that were told the
    /// same number do not come back at once. (It is never shorter than the backoff's.)
    pub retry_after_jitter_percent: u32,
    /// The longest time for which calls of one kind are held back after a 429, or a 503 with
    /// `Retry-After`. A far too large number must not stop a client for days.
    pub max_cooldown: Duration,
    /// The same where not the service said so but a gateway or proxy, which does not know its limits.
    pub max_cooldown_by_others: Duration,
    /// How long a fetch that failed is not tried again.
    #[cfg(feature = "jwt")]
    pub pauses: PauseLimits,
    /// Until a connection is established, TLS included.
    pub connect_timeout: Duration,
    /// A whole call, retries included, unless one of the next two is for it.
    pub deadline: Duration,
    /// A whole search.
    pub bulk_deadline: Duration,
    /// A whole create or rotate. Cutting one short leaves its outcome unknown.
    pub one_shot_deadline: Duration,
    /// Bytes of an answer's body, decoded.
    pub max_body: usize,
    /// The same for a search.
    pub max_bulk_body: usize,
    /// Bytes of an answer's headers, interim answers included.
    pub max_header: usize,
    /// How long keys are used, and how often they are fetched.
    #[cfg(feature = "jwt")]
    pub signing_keys: SigningKeyLimits,
    /// How many verified tokens are remembered, for a server that sees the same ones again and
    /// again. Everything but the signature is still checked at each use.
    #[cfg(feature = "jwt")]
    pub verified_tokens: usize,
    /// How many used DPoP proofs are remembered; when more come within their minute, they are
    /// refused.
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
