//! How many access keys of others a server remembers, and how fast it tries new ones.

use core::time::Duration;

/// How many clients' access keys a server remembers, and how fast it tries unknown ones.
///
/// | field | default |
/// |---|---|
/// | `max_keys` | 100,000 |
/// | `max_bytes` | 128 MiB |
/// | `max_refused` | 10,000 |
/// | `refused_for` | 10 s |
/// | `unseen_burst` | 20 |
/// | `unseen_interval` | 200 ms |
/// | `unseen_under_way` | 8 |
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ExchangeCacheLimits {
    /// Good keys that are remembered; the default suits a large project. When there are more, the one
    /// exchanged longest ago is forgotten.
    pub max_keys: usize,
    /// Bytes that they take, roughly. By default that is about a kilobyte of claims for each.
    pub max_bytes: usize,
    /// Refused keys that are remembered. New ones come no faster than
    /// [`unseen_interval`](Self::unseen_interval): the room is for good keys that all end at once.
    pub max_refused: usize,
    /// How long the service's refusal of a key is remembered: keys do not become good by
    /// themselves.
    pub refused_for: Duration,
    /// How many keys not seen good before may be tried at once, as when a server starts.
    pub unseen_burst: u32,
    /// After how long one more of them may be tried. The default of five a second is a twentieth of what
    /// the service allows one address (1,000 requests in 10 s).
    pub unseen_interval: Duration,
    /// How many of them are under way at most, so that slow answers to them leave connections and
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
