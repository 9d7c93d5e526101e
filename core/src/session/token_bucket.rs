//! A rate with a burst.

use core::time::Duration;

/// So many at once, then one more in each interval.
#[derive(Debug)]
pub(crate) struct TokenBucket {
    burst: u32,
    interval: Duration,
    left: u32,
    /// Monotonic: when the last one came in.
    refilled: Duration,
}

impl TokenBucket {
    pub(crate) fn new(burst: u32, interval: Duration) -> Self {
        Self { burst, interval, left: burst, refilled: Duration::ZERO }
    }

    /// Takes one; where there is none, the time until there is. `now` is monotonic.
    pub(crate) fn take(&mut self, now: Duration) -> Result<(), Duration> {
        let interval = self.interval.as_nanos().max(1);
        let gained = now.saturating_sub(self.refilled).as_nanos() / interval;
        match u32::try_from(gained) {
            Ok(gained) if gained < self.burst.saturating_sub(self.left) => {
                self.left += gained;
                self.refilled += self.interval * gained;
            }
            _ => (self.left, self.refilled) = (self.burst, now),
        }
        match self.left.checked_sub(1) {
            Some(left) => self.left = left,
            None => return Err((self.refilled + self.interval).saturating_sub(now)),
        }
        Ok(())
    }
}
