//! How long a failed fetch is not tried again.

use core::time::Duration;

/// How long a failed fetch is not tried again: an exchange while there is no valid token, and a
/// fetch of the signing keys. Until then callers get the failure.
///
/// | field | default |
/// |---|---|
/// | `first` | 1 s |
/// | `longest` | 30 s |
/// | `refused` | 10 s |
/// | `attempts` | 2 |
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct PauseLimits {
    /// After the first failure; it doubles with each further one in a row. Half of it is jitter.
    pub first: Duration,
    /// The longest pause: a program recovers so much later than the service, at most.
    pub longest: Duration,
    /// The shortest pause after a 401 or 403: keys do not become good by themselves.
    pub refused: Duration,
    /// How often a request is sent when it is tried again. A pooled connection that died in the
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
