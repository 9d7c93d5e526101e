//! A driver's clock, for those that let their caller choose it.

use core::time::Duration;

use super::Now;

/// Tells the time, and lets time pass between attempts.
///
/// The core itself reads no clock: a driver that takes one hands the core what it says. The real one
/// is a driver's default; that of an emulator lets tests see days pass in no time. Waiting on sockets
/// and for other threads stays bounded in real time.
///
/// ```
/// use core::time::Duration;
/// use std::sync::Mutex;
/// use descope_core::{Clock, Now};
///
/// /// Stands still but for sleep.
/// struct Sleeping(Mutex<Duration>);
///
/// impl Clock for Sleeping {
///     fn now(&self) -> Now {
///         let passed = *self.0.lock().unwrap();
///         Now::new(passed, Duration::from_secs(1_800_000_000) + passed)
///     }
///
///     fn sleep(&self, time: Duration) {
///         *self.0.lock().unwrap() += time;
///     }
/// }
///
/// let clock = Sleeping(Mutex::default());
/// clock.sleep(Duration::from_secs(5));
/// assert_eq!(clock.now().unix_seconds(), 1_800_000_005);
/// ```
pub trait Clock: Send + Sync {
    /// The time. The monotonic half of a later reading is never less.
    fn now(&self) -> Now;

    /// Returns when this much time has passed on it.
    fn sleep(&self, time: Duration);
}
