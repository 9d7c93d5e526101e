//! How many access keys of others a server remembers, and how fast it tries new ones.

use core::time::Duration;

/// How many access keys of others a server remembers, and how fast it tries new ones. Every bound has
/// a default.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ExchangeCacheLimits {
    /// Good keys that are remembered: 100,000, the size of a large project. When there are more, the one
    /// exchanged longest ago is forgotten.
    pub max_keys: usize,
    /// Bytes that they take, roughly: 128 MiB, a kilobyte or so of claims for each of them.
    pub max_bytes: usize,
    /// Refused keys that are remembered: 10,000. New ones come at [`unseen_interval`](Self::unseen_interval)
    /// at most, so that it is good keys which all die at once that need room.
    pub max_refused: usize,
    /// How long the service's refusal of a key is remembered: 10 s, as keys do not become good by
    /// themselves.
    pub refused_for: Duration,
    /// How many keys not seen good before may be tried at once: 20, what a server meets as it starts.
    pub unseen_burst: u32,
    /// In what time one more of them may be tried: 200 ms. Five a second are a twentieth of what the
    /// service allows the address of a server (1,000 requests in 10 s).
    pub unseen_interval: Duration,
    /// How many of them are under way at most: 8, so that slow answers to them leave connections and
    /// threads to the good keys.
    pub unseen_under_way: u32,
}

impl Default for ExchangeCacheLimits {
    fn default() -> Self {
        Self {
            max_keys: 100_000,
            max_bytes: 128 << 20,
            max_refused: 10_000,
            refused_for: Duration::from_secs(10),
            unseen_burst: 20,
            unseen_interval: Duration::from_millis(200),
            unseen_under_way: 8,
        }
    }
}
