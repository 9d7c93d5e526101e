//! Machines of the core against an emulator in this process, under one clock that only the test
//! moves: no socket, no thread, no sleep.

use std::cell::Cell;
use std::time::Duration;

use descope_core::{Config, ConfigBuilder, Context, Error, Machine, Now, Step, Transport};
use descope_emulator::{Emulator, InProcess, Key};

/// When it begins: 2027-01-15 08:00:00 UTC.
pub const UNIX_START: u64 = 1_800_000_000;
/// The cleartext of the key that it knows.
pub const CLEARTEXT: &str = "K2-world-cleartext";

/// A service and a client in one place and at one time.
#[derive(Debug)]
pub struct World {
    /// The service.
    pub emulator: Emulator,
    /// The client.
    pub context: Context,
    transport: InProcess,
    elapsed: Cell<Duration>,
}

impl Default for World {
    fn default() -> Self {
        Self::new()
    }
}

impl World {
    /// With the ordinary configuration, and a key that can be exchanged.
    #[must_use]
    pub fn new() -> Self {
        Self::with(|config| config)
    }

    /// With another configuration.
    ///
    /// # Panics
    ///
    /// When the configuration is refused.
    #[must_use]
    pub fn with(configure: impl FnOnce(ConfigBuilder) -> ConfigBuilder) -> Self {
        let emulator = Emulator::builder()
            .time(UNIX_START)
            .key(Key::new("world").with_cleartext(CLEARTEXT))
            .in_process();
        let config = Config::builder(emulator.project_id())
            .base_url(emulator.base_url())
            .management_key(emulator.management_key());
        let context = Context::new(configure(config).build().unwrap(), [1; 32]);
        let transport = emulator.transport();
        Self { emulator, context, transport, elapsed: Cell::default() }
    }

    /// The clocks now.
    #[must_use]
    pub fn now(&self) -> Now {
        let elapsed = self.elapsed.get();
        Now::new(Duration::from_secs(5_000) + elapsed, Duration::from_secs(UNIX_START) + elapsed)
    }

    /// Lets time pass, for the service too.
    pub fn pass(&self, time: Duration) {
        self.elapsed.set(self.elapsed.get() + time);
        self.emulator.advance(time);
    }

    /// Drives a machine to its end. Pauses pass at once.
    ///
    /// # Errors
    ///
    /// The machine's.
    ///
    /// # Panics
    ///
    /// When it waits for another machine: nothing else runs.
    pub fn drive<M: Machine>(&self, step: Step<M>) -> Result<M::Output, Error> {
        self.drive_at(step, |now| now)
    }

    /// The same on a machine whose clocks are wrong.
    ///
    /// # Panics
    ///
    /// As [`drive`](Self::drive).
    pub fn drive_at<M: Machine>(
        &self,
        mut step: Step<M>,
        clock: impl Fn(Now) -> Now,
    ) -> Result<M::Output, Error> {
        let now = || clock(self.now());
        loop {
            step = match step {
                Step::Send(outgoing, sent) => sent.reply(self.transport.send(outgoing), now()),
                Step::Sleep(delay, asleep) => {
                    self.pass(delay);
                    asleep.wake(now())
                }
                Step::Wait(..) => panic!("it waits, and nobody else is there"),
                Step::Done(result) => return result,
            }
        }
    }
}

/// The result of a machine that needed nothing.
///
/// # Panics
///
/// When it is not done.
pub fn at_once<M: Machine>(step: Step<M>) -> Result<M::Output, Error> {
    match step {
        Step::Done(result) => result,
        other => panic!("not at once: {other:?}"),
    }
}

/// Asserts that a machine wants to send, and gives it back.
///
/// # Panics
///
/// When it wants something else.
#[must_use]
pub fn sends<M: Machine>(step: Step<M>) -> Step<M> {
    assert!(matches!(step, Step::Send(..)), "it sends nothing: {step:?}");
    step
}
