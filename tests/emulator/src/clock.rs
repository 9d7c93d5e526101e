//! The emulator's clock: the system's, possibly shifted, or one that stands still until it is moved.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Gives the time since 1970-01-01 00:00 UTC.
#[derive(Debug)]
pub(crate) struct Clock(Mutex<Reading>);

#[derive(Debug, Clone, Copy)]
enum Reading {
    System { ahead: Duration },
    Fixed(Duration),
}

impl Clock {
    pub(crate) fn system() -> Self {
        Self(Mutex::new(Reading::System { ahead: Duration::ZERO }))
    }

    pub(crate) fn fixed(unix: Duration) -> Self {
        Self(Mutex::new(Reading::Fixed(unix)))
    }

    pub(crate) fn now(&self) -> Duration {
        match *self.reading() {
            Reading::System { ahead } => system_time().saturating_add(ahead),
            Reading::Fixed(unix) => unix,
        }
    }

    pub(crate) fn advance(&self, by: Duration) {
        match &mut *self.reading() {
            Reading::System { ahead } => *ahead = ahead.saturating_add(by),
            Reading::Fixed(unix) => *unix = unix.saturating_add(by),
        }
    }

    /// Sets the time, at which the clock then stands still.
    pub(crate) fn set(&self, unix: Duration) {
        *self.reading() = Reading::Fixed(unix);
    }

    fn reading(&self) -> std::sync::MutexGuard<'_, Reading> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place where the emulator reads a clock")]
fn system_time() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fixed_clock_moves_only_when_told() {
        let clock = Clock::fixed(Duration::from_secs(100));
        assert_eq!(clock.now().as_secs(), 100);
        clock.advance(Duration::from_secs(5));
        assert_eq!(clock.now().as_secs(), 105);
        clock.set(Duration::from_secs(7));
        assert_eq!(clock.now().as_secs(), 7);
        clock.advance(Duration::MAX);
        assert_eq!(clock.now(), Duration::MAX);
    }

    #[test]
    fn the_system_clock_can_be_shifted() {
        let clock = Clock::system();
        let before = clock.now();
        clock.advance(Duration::from_secs(1000));
        assert!(clock.now() >= before + Duration::from_secs(1000));
    }
}
