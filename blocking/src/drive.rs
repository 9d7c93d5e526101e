//! The loop that drives the core: it sends, sleeps and waits, and decides nothing.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Wake, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use descope_core::{Clock, Error, Flight, Machine, Now, Step, Transport};

use crate::logging;

/// The machine's clocks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SystemClock {
    origin: Instant,
}

impl SystemClock {
    pub(crate) fn start() -> Self {
        Self { origin: Instant::now() }
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Now {
        // A clock set to before 1970 counts as 1970.
        #[expect(clippy::disallowed_methods, reason = "a driver is where clocks are read")]
        let unix = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Now::new(self.origin.elapsed(), unix)
    }

    fn sleep(&self, time: Duration) {
        thread::sleep(time);
    }
}

/// Drives a machine to its end.
pub(crate) fn drive<M: Machine>(
    transport: &dyn Transport,
    clock: &dyn Clock,
    mut step: Step<M>,
) -> Result<M::Output, Error> {
    loop {
        step = match step {
            Step::Send(outgoing, sent) => {
                sent.reply(logging::send(transport, outgoing), clock.now())
            }
            Step::Sleep(delay, asleep) => {
                logging::again(delay, asleep.reason());
                clock.sleep(delay);
                asleep.wake(clock.now())
            }
            Step::Wait(flight, limit, waiting) => {
                park(flight, limit);
                waiting.wake(clock.now())
            }
            Step::Done(result) => return result,
        }
    }
}

/// Parks the thread until the flight has landed or the time is over: real time, whatever the clock,
/// since those who are waited for take it.
fn park(flight: Flight, limit: Duration) {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    let mut flight = pin!(flight);
    let began = Instant::now();
    while flight.as_mut().poll(&mut context).is_pending() {
        match limit.checked_sub(began.elapsed()) {
            Some(left) if !left.is_zero() => thread::park_timeout(left),
            _ => return,
        }
    }
}
