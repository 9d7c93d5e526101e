//! The emulator's clock: the system's, possibly shifted, or one that stands still until it is moved.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use descope_core::Now;

/// An emulator's clock, as a client can have it too; from
/// [`Emulator::clock`](crate::Emulator::clock). Cheap to clone; all clones are the same clock.
///
/// It is the real one plus an offset, which [`Emulator::advance`](crate::Emulator::advance) and
/// [`sleep`](Self::sleep) add to: a client that goes by it sees days pass in no time, and its pauses
/// take none. Where the emulator's time was set, the wall clock moves by these alone.
///
/// ```
/// use std::time::Duration;
/// use descope_emulator::Emulator;
///
/// let emulator = Emulator::builder().time(1_800_000_000).in_process();
/// let clock = emulator.clock();
/// emulator.advance(Duration::from_secs(13 * 86_400));
/// clock.sleep(Duration::from_secs(5));
/// assert_eq!(clock.now().unix_seconds(), 1_800_000_000 + 13 * 86_400 + 5);
/// ```
#[derive(Debug, Clone)]
pub struct Clock(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    origin: Instant,
    /// The wall clock at the start and after a reset.
    first: Wall,
    reading: Mutex<Reading>,
}

#[derive(Debug, Clone, Copy)]
struct Reading {
    /// How far the monotonic clock is ahead of the real one.
    ahead: Duration,
    wall: Wall,
}

#[derive(Debug, Clone, Copy)]
enum Wall {
    System { ahead: Duration },
    Fixed { unix: Duration },
}

impl Clock {
    pub(crate) fn system() -> Self {
        Self::new(Wall::System { ahead: Duration::ZERO })
    }

    pub(crate) fn fixed(unix: Duration) -> Self {
        Self::new(Wall::Fixed { unix })
    }

    fn new(first: Wall) -> Self {
        let reading = Mutex::new(Reading { ahead: Duration::ZERO, wall: first });
        Self(Arc::new(Shared { origin: Instant::now(), first, reading }))
    }

    /// The time. Its monotonic half never goes back, whatever the emulator's time is set to.
    #[must_use]
    pub fn now(&self) -> Now {
        let Reading { ahead, wall } = *self.reading();
        let unix = match wall {
            Wall::System { ahead } => system_time().saturating_add(ahead),
            Wall::Fixed { unix } => unix,
        };
        Now::new(self.0.origin.elapsed().saturating_add(ahead), unix)
    }

    /// Lets this much time pass at once, for everyone who goes by this clock.
    pub fn sleep(&self, time: Duration) {
        let mut reading = self.reading();
        reading.ahead = reading.ahead.saturating_add(time);
        match &mut reading.wall {
            Wall::System { ahead } => *ahead = ahead.saturating_add(time),
            Wall::Fixed { unix } => *unix = unix.saturating_add(time),
        }
    }

    /// The time since 1970-01-01 00:00 UTC.
    pub(crate) fn unix(&self) -> Duration {
        self.now().unix()
    }

    /// Sets the wall clock, which then stands still.
    pub(crate) fn set(&self, unix: Duration) {
        self.reading().wall = Wall::Fixed { unix };
    }

    /// Sets the wall clock as it was at the start.
    pub(crate) fn reset(&self) {
        self.reading().wall = self.0.first;
    }

    fn reading(&self) -> MutexGuard<'_, Reading> {
        self.0.reading.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl descope_core::Clock for Clock {
    fn now(&self) -> Now {
        self.now()
    }

    fn sleep(&self, time: Duration) {
        self.sleep(time);
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
        assert_eq!(clock.unix().as_secs(), 100);
        clock.sleep(Duration::from_secs(5));
        assert_eq!(clock.unix().as_secs(), 105);
        clock.set(Duration::from_secs(7));
        assert_eq!(clock.unix().as_secs(), 7);
        clock.sleep(Duration::MAX);
        assert_eq!(clock.unix(), Duration::MAX);
        clock.reset();
        assert_eq!(clock.unix().as_secs(), 100);
    }

    #[test]
    fn the_system_clock_can_be_shifted() {
        let clock = Clock::system();
        let before = clock.unix();
        clock.sleep(Duration::from_secs(1000));
        assert!(clock.unix() >= before + Duration::from_secs(1000));
        clock.reset();
        assert!(clock.unix() < before + Duration::from_secs(1000));
    }

    #[test]
    fn monotonic_time_passes_with_the_wall_clock_and_never_goes_back() {
        for clock in [Clock::system(), Clock::fixed(Duration::from_secs(100))] {
            let before = clock.now().monotonic();
            clock.clone().sleep(Duration::from_secs(1000));
            let after = clock.now().monotonic();
            assert!(after >= before + Duration::from_secs(1000));
            clock.set(Duration::ZERO);
            clock.reset();
            assert!(clock.now().monotonic() >= after);
        }
    }
}
