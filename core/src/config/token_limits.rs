//! When the tokens of a token source are replaced.

use core::time::Duration;

/// When tokens are refreshed.
///
/// | field | default |
/// |---|---|
/// | `max_age` | 1 hour |
/// | `max_margin` | 5 minutes |
/// | `retry_interval` | 10 s |
/// | `min_age` | 10 s |
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct TokenLimits {
    /// No token is used for longer than this, however late it expires. The token of a key that is
    /// deactivated is used until then.
    pub max_age: Duration,
    /// A token is refreshed when a fifth of its life is left, or this much if that is less. Jitter
    /// makes it up to twice as early.
    pub max_margin: Duration,
    /// After an early refresh failed, how long the next one waits.
    pub retry_interval: Duration,
    /// A token younger than this is kept although a peer refuses it. A peer that refuses it for
    /// another reason must not cause an exchange for each request.
    pub min_age: Duration,
}

impl Default for TokenLimits {
    fn default() -> Self {
        Self {
            max_age: Duration::from_secs(3600),
            max_margin: Duration::from_secs(300),
            retry_interval: Duration::from_secs(10),
            min_age: Duration::from_secs(10),
        }
    }
}
