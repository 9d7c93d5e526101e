//! The loop that drives the core: it sends, sleeps and waits, and decides nothing.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Wake, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use descope_core::{Error, Flight, Machine, Now, Outgoing, Reply, Step, Transport};
use http::header::{AUTHORIZATION, HeaderValue};

use crate::LOG_TARGET;

/// Reads the machine's clocks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock {
    origin: Instant,
}

impl Clock {
    pub(crate) fn start() -> Self {
        Self { origin: Instant::now() }
    }

    pub(crate) fn now(&self) -> Now {
        // A clock set to before 1970 counts as 1970.
        #[expect(clippy::disallowed_methods, reason = "a driver is where clocks are read")]
        let unix = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Now::new(self.origin.elapsed(), unix)
    }
}

/// Drives a machine to its end.
pub(crate) fn drive<M: Machine>(
    transport: &dyn Transport,
    clock: &Clock,
    mut step: Step<M>,
) -> Result<M::Output, Error> {
    loop {
        step = match step {
            Step::Send(outgoing, sent) => sent.reply(send(transport, outgoing), clock.now()),
            Step::Sleep(delay, asleep) => {
                log::debug!(target: LOG_TARGET, "sending again in {delay:?}: {}", asleep.reason());
                thread::sleep(delay);
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

/// Sends, and logs what a request was and what came of it; never a header's value or a body.
fn send(transport: &dyn Transport, outgoing: Outgoing) -> Reply {
    if !log::log_enabled!(target: LOG_TARGET, log::Level::Debug) {
        return transport.send(outgoing);
    }
    let (method, uri) = (outgoing.request.method().clone(), outgoing.request.uri().clone());
    let authorization = outgoing.request.headers().get(AUTHORIZATION).cloned();
    let (operation, attempt) = (outgoing.operation.name, outgoing.attempt);
    let began = Instant::now();
    let reply = transport.send(outgoing);
    let took = began.elapsed();
    let path = uri.path();
    match &reply {
        Ok(response) => {
            let header = |name| response.headers().get(name)?.to_str().ok();
            let request_id = header("cf-ray").or_else(|| header("x-request-id")).unwrap_or("none");
            let status = response.status().as_u16();
            log::debug!(
                target: LOG_TARGET,
                "{operation}: {method} {path}, attempt {attempt}: status {status} in {took:?}, \
                 request id {}",
                unless_echo(request_id, authorization.as_ref()).escape_debug()
            );
        }
        Err(failure) => log::debug!(
            target: LOG_TARGET,
            "{operation}: {method} {path}, attempt {attempt}: {:?} in {took:?}{}",
            failure.kind,
            if failure.sent { "" } else { ", nothing was sent" }
        ),
    }
    reply
}

/// A request id, unless the server put a part of the credential there.
fn unless_echo<'a>(request_id: &'a str, authorization: Option<&HeaderValue>) -> &'a str {
    let bearer = authorization.and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut parts = bearer.split([' ', ':']).skip(1).filter(|part| !part.is_empty());
    if parts.any(|part| request_id.contains(part)) { "[redacted]" } else { request_id }
}

/// Parks the thread until the flight has landed or the time is over.
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
