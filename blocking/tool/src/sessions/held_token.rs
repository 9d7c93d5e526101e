//! A session token that is kept, and until when it serves.

use std::time::Duration;

use descope_blocking::TokenLimits;
use serde::{Deserialize, Serialize};

/// What is kept.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Held {
    pub(crate) token: String,
    pub(crate) key_id: String,
    /// Unix seconds, by this machine's clock.
    pub(crate) obtained_at: i64,
    /// Unix seconds: the token's `exp`.
    pub(crate) expires_at: i64,
}

/// When a token is replaced. In seconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// None is used for longer than this.
    pub(crate) max_age: i64,
    /// What has no more left than this is replaced; by default, as the SDK's token source does it.
    pub(crate) min_left: Option<i64>,
}

impl Held {
    /// Whether it can be used with no thought of a new one.
    pub(crate) fn is_fresh(&self, now: i64, limits: Limits) -> bool {
        let max_margin = seconds(TokenLimits::default().max_margin);
        let margin = (self.life(limits) / 5).min(max_margin);
        self.has_left(limits.min_left.unwrap_or(margin), now, limits)
    }

    /// Whether it still serves when there is no new one: it must not expire on the way to a peer.
    pub(crate) fn is_usable(&self, now: i64, limits: Limits) -> bool {
        self.has_left((self.life(limits) / 20).min(10), now, limits)
    }

    fn has_left(&self, margin: i64, now: i64, limits: Limits) -> bool {
        // A token from the future is one from before the clock was set back.
        now >= self.obtained_at && now < self.obtained_at + self.life(limits) - margin
    }

    fn life(&self, limits: Limits) -> i64 {
        self.expires_at.saturating_sub(self.obtained_at).min(limits.max_age)
    }
}

/// Whole seconds, few enough for their sums with times to stay within 64 bits.
pub(crate) fn seconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_secs()).unwrap_or(i64::MAX).min(1 << 40)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(obtained_at: i64, expires_at: i64) -> Held {
        Held { token: String::new(), key_id: String::new(), obtained_at, expires_at }
    }

    #[test]
    fn a_token_is_fresh_until_a_fifth_of_its_life_is_left() {
        let (held, limits) = (held(1000, 1600), Limits { max_age: 3600, min_left: None });
        let fresh = |now| held.is_fresh(now, limits);
        assert_eq!([999, 1000, 1479, 1480].map(fresh), [false, true, true, false]);
        let usable = |now| held.is_usable(now, limits);
        assert_eq!([999, 1480, 1589, 1590].map(usable), [false, true, true, false]);
    }

    #[test]
    fn the_limits_bound_age_and_what_is_left() {
        let held = held(0, i64::MAX);
        let fresh = |now, max_age, min_left| held.is_fresh(now, Limits { max_age, min_left });
        assert_eq!([3299, 3300].map(|now| fresh(now, 3600, None)), [true, false]);
        assert_eq!([3599, 3600].map(|now| fresh(now, 3600, Some(0))), [true, false]);
        assert_eq!([99, 100].map(|now| fresh(now, 3600, Some(3500))), [true, false]);
        assert!(fresh(1 << 39, seconds(Duration::MAX), None));
    }
}
