//! How long a failed fetch is not tried again.

use core::time::Duration;

/// How long a fetch that failed is not tried again: an exchange while there is no valid token, and a
/// fetch of the signing keys. Callers are answered with the failure meanwhile.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct PauseLimits {
    /// After the first failure: 1 s, doubled with each further one in a row. Half of it is jitter.
    pub first: Duration,
    /// At most: 30 s. So much later than the service itself is a program back.
    pub longest: Duration,
    /// At least, after a 401 or 403: 10 s. Keys do not become good by themselves.
    pub refused: Duration,
    /// How often a request is sent when it is tried again: 2. A pooled connection that died in the
    /// pause costs one, and more than two are a load on a service that is down.
    pub attempts: u32,
}

impl Default for PauseLimits {
    fn default() -> Self {
        Self {
            first: Duration::from_secs(1),
            longest: Duration::from_secs(30),
            refused: Duration::from_secs(10),
            attempts: 2,
        }
    }
}
