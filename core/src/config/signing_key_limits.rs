//! How long signing keys are used, and how often they are fetched.

use core::time::Duration;

/// How long keys are used, and how often they are fetched. Every bound has a default.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SigningKeyLimits {
    /// Keys older than this are refreshed by one caller while the others use them: 10 minutes.
    pub time_to_live: Duration,
    /// How much longer they are used while the service is unreachable: 1 hour.
    pub max_stale: Duration,
    /// After a failed refresh, how long none is tried while stale keys serve: 10 s.
    pub retry_interval: Duration,
    /// How many fetches unknown `kid`s may cause at once: 2.
    pub refetch_burst: u32,
    /// In what time one more of them becomes possible: 30 s.
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
