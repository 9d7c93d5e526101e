//! How long signing keys are used, and how often they are fetched.

use core::time::Duration;

/// How long signing keys are used, and how often they are fetched.
///
/// | field | default |
/// |---|---|
/// | `time_to_live` | 10 minutes |
/// | `max_stale` | 1 hour |
/// | `retry_interval` | 10 s |
/// | `refetch_burst` | 2 |
/// | `refetch_interval` | 30 s |
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SigningKeyLimits {
    /// Keys older than this are refreshed by one caller while the others use them.
    pub time_to_live: Duration,
    /// How much longer they are used while the service is unreachable.
    pub max_stale: Duration,
    /// After a failed refresh, how long none is tried while older keys go on being used.
    pub retry_interval: Duration,
    /// How many fetches unknown `kid`s may cause at once.
    pub refetch_burst: u32,
    /// After how long one more such fetch is allowed.
    pub refetch_interval: Duration,
}

impl Default for SigningKeyLimits {
    fn default() -> Self {
        Self {
            time_to_live: Duration::from_secs(600),
            max_stale: Duration::from_secs(3600),
            retry_interval: Duration::from_secs(10),
            refetch_burst: 2,
            refetch_interval: Duration::from_secs(30),
        }
    }
}
