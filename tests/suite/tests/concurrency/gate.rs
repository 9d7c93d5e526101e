//! The order of events, forced: requests that are held back, and waiting for what has happened.

use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use descope_blocking::descope_core::{Transport, transport_fn};

/// Far longer than anything takes; a test that gets here fails.
pub(crate) const TOO_LONG: Duration = Duration::from_secs(30);

/// A count of events that threads can wait for.
#[derive(Debug, Default)]
pub(crate) struct Events {
    count: Mutex<usize>,
    changed: Condvar,
}

impl Events {
    pub(crate) fn happened(&self) {
        *self.count.lock().unwrap() += 1;
        self.changed.notify_all();
    }

    pub(crate) fn count(&self) -> usize {
        *self.count.lock().unwrap()
    }

    /// Waits until it has happened so many times.
    pub(crate) fn wait_for(&self, count: usize) {
        let guard = self.count.lock().unwrap();
        let (guard, timeout) =
            self.changed.wait_timeout_while(guard, TOO_LONG, |now| *now < count).unwrap();
        let now = *guard;
        drop(guard);
        assert!(!timeout.timed_out(), "it happened {now} times, not {count}");
    }
}

/// Holds requests of one operation back while it is closed.
#[derive(Debug, Clone)]
pub(crate) struct Gate(Arc<State>);

#[derive(Debug)]
struct State {
    operation: &'static str,
    arrived: Events,
    closed: Mutex<bool>,
    opened: Condvar,
}

impl Gate {
    pub(crate) fn closed_to(operation: &'static str) -> Self {
        let (arrived, opened) = (Events::default(), Condvar::new());
        Self(Arc::new(State { operation, arrived, closed: Mutex::new(true), opened }))
    }

    pub(crate) fn open(&self) {
        *self.0.closed.lock().unwrap() = false;
        self.0.opened.notify_all();
    }

    pub(crate) fn close(&self) {
        *self.0.closed.lock().unwrap() = true;
    }

    /// The requests that have come to it so far.
    pub(crate) fn arrived(&self) -> &Events {
        &self.0.arrived
    }

    fn pass(&self) {
        self.0.arrived.happened();
        let closed = self.0.closed.lock().unwrap();
        let (closed, timeout) =
            self.0.opened.wait_timeout_while(closed, TOO_LONG, |closed| *closed).unwrap();
        drop(closed);
        assert!(!timeout.timed_out(), "nobody opens the gate");
    }

    /// A transport that goes through it.
    pub(crate) fn before<T: Transport>(&self, transport: T) -> impl Transport + use<T> {
        let gate = self.clone();
        transport_fn(move |outgoing| {
            if outgoing.operation.name == gate.0.operation {
                gate.pass();
            }
            transport.send(outgoing)
        })
    }
}
