//! What a process does, as a chain of the core's machines.

use std::fmt;
use std::time::Duration;

use descope_core::{Error, Flight, Machine, Now, Outgoing, Reply, Step};

/// How a task goes on with the reply to its request.
pub type OnReply<T> = Box<dyn FnOnce(Reply, Now) -> Task<T>>;
/// How a task goes on after a pause or a wait.
pub type OnWake<T> = Box<dyn FnOnce(Now) -> Task<T>>;

/// What a process does, between two steps: a [`Step`] whose machine's type does not show, so that
/// calls of all sorts follow each other. A task that is dropped drops its machine: the process died.
#[expect(clippy::large_enum_variant, reason = "it is moved from step to step")]
pub enum Task<T> {
    /// It has a request to send.
    Send(Outgoing, OnReply<T>),
    /// It lets time pass.
    Sleep(Duration, OnWake<T>),
    /// It waits for another task of its process.
    Wait(Flight, Duration, OnWake<T>),
    /// It is over.
    Done(T),
}

impl<T: 'static> Task<T> {
    /// Drives a machine, and goes on with `then` when it is done: with another machine, a pause or
    /// [`Task::Done`].
    pub fn drive<M: Machine + 'static>(
        step: Step<M>,
        now: Now,
        then: impl FnOnce(Result<M::Output, Error>, Now) -> Self + 'static,
    ) -> Self {
        match step {
            Step::Send(outgoing, sent) => {
                let on_reply = |reply, now| Self::drive(sent.reply(reply, now), now, then);
                Self::Send(outgoing, Box::new(on_reply))
            }
            Step::Sleep(delay, asleep) => {
                Self::Sleep(delay, Box::new(|now| Self::drive(asleep.wake(now), now, then)))
            }
            Step::Wait(flight, limit, waiting) => {
                let on_wake = |now| Self::drive(waiting.wake(now), now, then);
                Self::Wait(flight, limit, Box::new(on_wake))
            }
            Step::Done(result) => then(result, now),
        }
    }

    /// A point at which the process can be killed, or another one have its turn, with no request
    /// under way: before and after what `then` does at once, such as storing a secret.
    pub fn point(then: impl FnOnce(Now) -> Self + 'static) -> Self {
        Self::Sleep(Duration::ZERO, Box::new(then))
    }
}

impl<T> fmt::Debug for Task<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Send(outgoing, _) => f.debug_tuple("Send").field(outgoing).finish(),
            Self::Sleep(delay, _) => f.debug_tuple("Sleep").field(delay).finish(),
            Self::Wait(_, limit, _) => f.debug_tuple("Wait").field(limit).finish(),
            Self::Done(_) => f.write_str("Done"),
        }
    }
}
