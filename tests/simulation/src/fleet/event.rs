//! What is to come, in the order in which it comes.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::time::Duration;

use descope_core::{Outgoing, Reply};

use super::Happening;

/// What comes at some moment. A worker's ticket tells whether it still waits for this.
pub(crate) enum Event {
    /// A worker's pause or wait is over when its monotonic clock shows this.
    Wake { worker: usize, ticket: u64, due: Duration },
    /// The time for an answer is over when the monotonic clock shows this.
    GiveUp { worker: usize, ticket: u64, due: Duration },
    /// A request reaches the service.
    Arrival { worker: usize, ticket: u64, outgoing: Box<Outgoing> },
    /// An answer, or why there is none, reaches the worker.
    Reply { worker: usize, ticket: u64, reply: Box<Reply> },
    /// Something happens to all.
    Happening(Happening),
}

/// Events by time; of those at one moment, the one that was added first.
#[derive(Default)]
pub(crate) struct Agenda {
    events: BinaryHeap<Reverse<Entry>>,
    added: u64,
}

struct Entry {
    at: Duration,
    number: u64,
    event: Event,
}

impl Agenda {
    pub(crate) fn add(&mut self, at: Duration, event: Event) {
        self.added += 1;
        self.events.push(Reverse(Entry { at, number: self.added, event }));
    }

    /// The next event before this time.
    pub(crate) fn next_before(&mut self, end: Duration) -> Option<(Duration, Event)> {
        let Reverse(Entry { at, event, .. }) = self.events.pop()?;
        (at < end).then_some((at, event))
    }
}

impl Ord for Entry {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.at, self.number).cmp(&(other.at, other.number))
    }
}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Entry {}
