//! Single flight: one leads, the others wait for what it brings.
#![cfg_attr(
    not(feature = "jwt"),
    expect(dead_code, reason = "only token flows have what to wait for")
)]

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};

use crate::base::std_parts::{Mutex, lock, shielded};

/// Resolves when the request that another caller has in progress ends, in success or failure.
///
/// A plain [`Future`]: async drivers await it, threads park on it.
pub struct Flight {
    signal: Arc<Signal>,
    /// This waiter's place among the wakers.
    place: Option<usize>,
}

#[derive(Default)]
struct Signal(Mutex<State>);

#[derive(Default)]
struct State {
    landed: bool,
    /// Cloned, dropped and called outside the lock: they are foreign code.
    wakers: Vec<Option<Waker>>,
}

impl State {
    /// Gives a waiter its place.
    fn enter(&mut self) -> usize {
        self.wakers.iter().position(Option::is_none).unwrap_or_else(|| {
            self.wakers.push(None);
            self.wakers.len() - 1
        })
    }
}

impl Signal {
    fn land(&self) {
        let mut state = lock(&self.0);
        state.landed = true;
        let wakers = core::mem::take(&mut state.wakers);
        drop(state);
        // One that panics leaves none of the others asleep, and its leader alone.
        wakers.into_iter().flatten().for_each(|waker| shielded(|| waker.wake()));
    }
}

impl Future for Flight {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let waker = context.waker().clone();
        let signal = Arc::clone(&self.signal);
        let mut state = lock(&signal.0);
        if state.landed {
            return Poll::Ready(());
        }
        let place = self.place.unwrap_or_else(|| state.enter());
        let replaced = state.wakers[place].replace(waker);
        drop(state);
        drop(replaced);
        self.place = Some(place);
        Poll::Pending
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        let Some(place) = self.place else { return };
        // Once it has landed the wakers are gone.
        let waker = lock(&self.signal.0).wakers.get_mut(place).and_then(Option::take);
        drop(waker);
    }
}

impl fmt::Debug for Flight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Flight").field("landed", &lock(&self.signal.0).landed).finish()
    }
}

/// At most one flight at a time. Lives under its owner's lock, beside what the flight will change.
#[derive(Default)]
pub(crate) struct SingleFlight<T>(Option<Arc<Slot<T>>>);

struct Slot<T> {
    signal: Arc<Signal>,
    result: Mutex<Option<T>>,
}

/// What a caller is to do.
pub(crate) enum Role<T> {
    /// Do it, and land the lease.
    Lead(Lease<T>),
    /// Wait for the one who does it.
    Follow(Follower<T>),
}

impl<T: Clone> SingleFlight<T> {
    pub(crate) const fn new() -> Self {
        Self(None)
    }

    /// Follows the flight under way, else leads a new one.
    pub(crate) fn join(&mut self) -> Role<T> {
        match self.follow() {
            Some(follower) => Role::Follow(follower),
            None => Role::Lead(self.lead()),
        }
    }

    /// Follows the flight under way. It may land at any moment, the owner's lock or not; but when
    /// there is none, there is none until somebody leads.
    pub(crate) fn follow(&self) -> Option<Follower<T>> {
        self.0.as_ref().filter(|slot| !lock(&slot.signal.0).landed).cloned().map(Follower)
    }

    /// Leads a new flight, when there is none.
    pub(crate) fn lead(&mut self) -> Lease<T> {
        let slot = Arc::new(Slot { signal: Arc::default(), result: Mutex::new(None) });
        self.0 = Some(Arc::clone(&slot));
        Lease(slot)
    }
}

/// The leader's. Dropped without landing, it wakes the others, of whom one leads.
pub(crate) struct Lease<T>(Arc<Slot<T>>);

impl<T> Lease<T> {
    /// Shares the result with those who waited for it.
    pub(crate) fn land(self, result: T) {
        *lock(&self.0.result) = Some(result);
    }
}

impl<T> Drop for Lease<T> {
    fn drop(&mut self) {
        self.0.signal.land();
    }
}

/// One who waits.
pub(crate) struct Follower<T>(Arc<Slot<T>>);

impl<T: Clone> Follower<T> {
    pub(crate) fn flight(&self) -> Flight {
        Flight { signal: Arc::clone(&self.0.signal), place: None }
    }

    /// `None` while it is under way; `Some(None)` when its leader gave up without a result.
    pub(crate) fn result(&self) -> Option<Option<T>> {
        let landed = lock(&self.0.signal.0).landed;
        landed.then(|| lock(&self.0.result).clone())
    }
}
