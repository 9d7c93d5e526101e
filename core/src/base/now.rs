//! The time, as the driver reads it.

use core::time::Duration;

/// One reading of the driver's two clocks.
///
/// ```
/// use core::time::Duration;
/// use descope_core::Now;
///
/// let now = Now::new(Duration::from_millis(1500), Duration::from_secs(1_800_000_000));
/// assert_eq!(now.unix_seconds(), 1_800_000_000);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    monotonic: Duration,
    unix: Duration,
}

impl Now {
    /// `monotonic`: time since any fixed origin, never going back; deadlines and delays are
    /// measured on it. `unix`: time since 1970-01-01 00:00 UTC, as the system believes it.
    #[must_use]
    pub const fn new(monotonic: Duration, unix: Duration) -> Self {
        Self { monotonic, unix }
    }

    /// Time since the driver's origin.
    #[must_use]
    pub const fn monotonic(&self) -> Duration {
        self.monotonic
    }

    /// Time since 1970-01-01 00:00 UTC.
    #[must_use]
    pub const fn unix(&self) -> Duration {
        self.unix
    }

    /// Time since an earlier reading, by the clock that moved further: the monotonic one stands while
    /// a machine sleeps, and the wall clock can be set back. Every age is taken so.
    #[must_use]
    pub const fn since(&self, earlier: Self) -> Duration {
        let monotonic = self.monotonic.saturating_sub(earlier.monotonic);
        let unix = self.unix.saturating_sub(earlier.unix);
        if monotonic.as_nanos() > unix.as_nanos() { monotonic } else { unix }
    }

    /// Whole seconds since 1970-01-01 00:00 UTC.
    #[must_use]
    pub const fn unix_seconds(&self) -> i64 {
        let seconds = self.unix.as_secs();
        if seconds > i64::MAX as u64 { i64::MAX } else { seconds as i64 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_passes_by_the_clock_that_moved_further() {
        let now =
            |monotonic, unix| Now::new(Duration::from_secs(monotonic), Duration::from_secs(unix));
        let earlier = now(100, 1_000);
        for (later, seconds) in [
            (now(100, 1_000), 0),
            (now(107, 1_007), 7),
            (now(101, 1_300), 300),
            (now(160, 1_007), 60),
            // Set back; and a driver whose clock is none.
            (now(160, 0), 60),
            (now(0, 1_007), 7),
            (now(0, 0), 0),
        ] {
            assert_eq!(later.since(earlier), Duration::from_secs(seconds), "{later:?}");
        }
    }
}
