//! Many threads on one client, over HTTP: what they share is fetched once, and nobody is held up.

mod gate;
mod keys;
mod rotation;
mod tokens;

use std::sync::Barrier;
use std::thread::{self, ScopedJoinHandle};

use descope_blocking::descope_core::Transport;
use descope_blocking::{Client, ClientBuilder, UreqTransport};
use descope_emulator::{Builder, Emulator, Key};

use crate::gate::TOO_LONG;

const CLEARTEXT: &str = "the-cleartext";

fn project() -> Builder {
    Emulator::builder().key(Key::new("k").with_cleartext(CLEARTEXT))
}

/// A client of the service whose requests go through something of the test's own. One who waits for
/// another waits longer than a test does for an event: a wake-up that gets lost is noticed.
fn client_through<T: Transport + 'static>(
    emulator: &Emulator,
    wrap: impl FnOnce(UreqTransport) -> T,
) -> Client {
    let transport = wrap(UreqTransport::new());
    configured(emulator).deadline(2 * TOO_LONG).transport(transport).build().unwrap()
}

fn configured(emulator: &Emulator) -> ClientBuilder {
    Client::builder(emulator.project_id()).base_url(emulator.base_url())
}

/// Runs it in so many threads that begin at the same moment, and collects what they return; a
/// thread that panics returns its panic.
fn together<T: Send>(threads: usize, run: impl Fn(usize) -> T + Sync) -> Vec<thread::Result<T>> {
    let (barrier, run) = (&Barrier::new(threads), &run);
    thread::scope(|scope| {
        let start = |number| {
            scope.spawn(move || {
                barrier.wait();
                run(number)
            })
        };
        let threads: Vec<_> = (0..threads).map(start).collect();
        threads.into_iter().map(ScopedJoinHandle::join).collect()
    })
}

/// The same, where none may panic.
fn all_together<T: Send>(threads: usize, run: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let results = together(threads, run).into_iter();
    results.map(|result| result.unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect()
}
