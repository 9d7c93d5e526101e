//! Flows of many requests, each written as one function from its first step to its last.
//!
//! The compiler makes a machine of it: an `async` function that waits for nothing but what the driver
//! tells it. It is polled when it was told something, and by then it has asked for the next thing.
//! (The flows that a server runs for each of its requests are written by hand: they allocate less.)

use alloc::boxed::Box;
use alloc::sync::Arc;
use core::future::{Future, poll_fn};
use core::pin::Pin;
use core::task::{Context, Poll, Waker};
use core::time::Duration;

use crate::base::Now;
use crate::base::std_parts::{Mutex, lock};
use crate::call::step::{Asleep, Machine, Resume, Sent, Step, Waiting};
use crate::call::{Flight, Outgoing, Reply};
use crate::error::Error;

/// A place for one value between the two sides.
pub(super) struct Slot<T>(Arc<Mutex<Option<T>>>);

impl<T> Slot<T> {
    pub(super) fn new() -> Self {
        Self(Arc::new(Mutex::new(None)))
    }

    pub(super) fn put(&self, value: T) {
        *lock(&self.0) = Some(value);
    }

    fn take(&self) -> Option<T> {
        lock(&self.0).take()
    }

    async fn filled(&self) -> T {
        poll_fn(|_| self.take().map_or(Poll::Pending, Poll::Ready)).await
    }
}

impl<T> Clone for Slot<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

/// What a flow asks of its driver; `S` is what only this flow asks for.
#[expect(clippy::large_enum_variant, reason = "there is one at a time")]
enum Ask<S> {
    Send(Outgoing),
    Sleep(Duration, Error),
    Wait(Flight, Duration),
    Stage(S),
}

/// The flow's side.
pub(super) struct Driver<S> {
    asks: Slot<Ask<S>>,
    replies: Slot<Reply>,
    wakes: Slot<()>,
    now: Arc<Mutex<Now>>,
}

impl<S> Driver<S> {
    /// The time when it was last told something.
    pub(super) fn now(&self) -> Now {
        *lock(&self.now)
    }

    /// Drives a call, or a flow, to its end.
    pub(super) async fn drive<M: Machine>(&self, mut step: Step<M>) -> Result<M::Output, Error> {
        loop {
            step = match step {
                Step::Send(outgoing, sent) => {
                    self.asks.put(Ask::Send(outgoing));
                    let reply = self.replies.filled().await;
                    sent.reply(reply, self.now())
                }
                Step::Sleep(delay, asleep) => {
                    self.asks.put(Ask::Sleep(delay, asleep.reason().clone()));
                    self.wakes.filled().await;
                    asleep.wake(self.now())
                }
                Step::Wait(flight, limit, waiting) => {
                    self.asks.put(Ask::Wait(flight, limit));
                    self.wakes.filled().await;
                    waiting.wake(self.now())
                }
                Step::Done(result) => return result,
            }
        }
    }

    /// Hands something to the driver that is no request, and waits for what it puts into `answer`.
    pub(super) async fn ask<T>(&self, stage: S, answer: &Slot<T>) -> T {
        self.asks.put(Ask::Stage(stage));
        answer.filled().await
    }
}

impl<S> Clone for Driver<S> {
    fn clone(&self) -> Self {
        Self {
            asks: self.asks.clone(),
            replies: self.replies.clone(),
            wakes: self.wakes.clone(),
            now: Arc::clone(&self.now),
        }
    }
}

/// The machine's side of a flow that ends in `T`.
pub(super) struct Script<T, S> {
    flow: Pin<Box<dyn Future<Output = T> + Send>>,
    driver: Driver<S>,
}

/// Where a script is no machine any more.
pub(super) enum Pause<T, S> {
    /// It asks for something that is no request, and goes on by [`Script::go_on`].
    Stage(S, Script<T, S>),
    /// It has ended.
    Done(T),
}

impl<T, S> Script<T, S> {
    /// Runs a flow up to what it asks for first.
    pub(super) fn begin<F>(flow: impl FnOnce(Driver<S>) -> F, now: Now) -> Step<Self>
    where
        F: Future<Output = T> + Send + 'static,
    {
        let driver = Driver {
            asks: Slot::new(),
            replies: Slot::new(),
            wakes: Slot::new(),
            now: Arc::new(Mutex::new(now)),
        };
        Self { flow: Box::pin(flow(driver.clone())), driver }.go_on(now)
    }

    /// Runs it up to what it asks for next; it was told what it waits for.
    pub(super) fn go_on(mut self, now: Now) -> Step<Self> {
        *lock(&self.driver.now) = now;
        if let Poll::Ready(end) = self.flow.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return Step::Done(Ok(Pause::Done(end)));
        }
        match self.driver.asks.take().expect("a flow waits only after it has asked") {
            Ask::Send(outgoing) => Step::Send(outgoing, Sent(self)),
            Ask::Sleep(delay, reason) => Step::Sleep(delay, Asleep { machine: self, reason }),
            Ask::Wait(flight, limit) => Step::Wait(flight, limit, Waiting(self)),
            Ask::Stage(stage) => Step::Done(Ok(Pause::Stage(stage, self))),
        }
    }
}

impl<T, S> Machine for Script<T, S> {
    type Output = Pause<T, S>;
}

impl<T, S> Resume for Script<T, S> {
    fn on_reply(self, reply: Reply, now: Now) -> Step<Self> {
        self.driver.replies.put(reply);
        self.go_on(now)
    }

    fn on_wake(self, now: Now) -> Step<Self> {
        self.driver.wakes.put(());
        self.go_on(now)
    }
}
