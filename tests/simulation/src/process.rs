//! A process that does one thing, a step at a time, and can be killed between any two.

use std::fmt;
use std::future::Future;
use std::ops::ControlFlow;
use std::pin::pin;
use std::task::{Context, Waker};
use std::time::Duration;

use descope_core::{Failure, FailureKind, Outgoing, Reply};

use crate::{OnReply, Task, World};

/// How long a request or an answer is on the wire.
const ON_THE_WIRE: Duration = Duration::from_millis(25);

/// A process with one task. Dropped, it is killed where it stands.
///
/// ```text
///   ready ──▶ sent ──▶ answered ──▶ ready ──▶ …
///         send     serve        learn
/// ```
///
/// Killed before the service has dealt with a request, it leaves that on the wire: see
/// [`kill`](Self::kill).
pub struct Process<T>(Position<T>);

enum Position<T> {
    /// Before whatever it does next.
    Ready(Task<T>),
    /// Its request is on the wire.
    Sent(Outgoing, OnReply<T>),
    /// The service has dealt with the request; the answer is on the wire.
    Answered(Reply, OnReply<T>),
}

impl<T> Process<T> {
    /// A process that has done nothing yet.
    #[must_use]
    pub fn new(task: Task<T>) -> Self {
        Self(Position::Ready(task))
    }

    /// Takes one step. It breaks with what the task ends in.
    pub fn step(self, world: &World) -> ControlFlow<T, Self> {
        let position = match self.0 {
            Position::Ready(Task::Done(result)) => return ControlFlow::Break(result),
            Position::Ready(Task::Send(outgoing, on_reply)) => Position::Sent(outgoing, on_reply),
            Position::Ready(Task::Sleep(delay, on_wake)) => {
                world.pass(delay);
                Position::Ready(on_wake(world.now()))
            }
            Position::Ready(Task::Wait(flight, limit, on_wake)) => {
                // Nobody else in this process could land it.
                if pin!(flight).poll(&mut Context::from_waker(Waker::noop())).is_pending() {
                    world.pass(limit);
                }
                Position::Ready(on_wake(world.now()))
            }
            Position::Sent(outgoing, on_reply) => {
                world.pass(ON_THE_WIRE);
                Position::Answered(world.serve(outgoing), on_reply)
            }
            Position::Answered(reply, on_reply) => {
                world.pass(ON_THE_WIRE);
                Position::Ready(on_reply(reply, world.now()))
            }
        };
        ControlFlow::Continue(Self(position))
    }

    /// Takes steps until the task ends.
    pub fn run(self, world: &World) -> T {
        let mut process = self;
        loop {
            match process.step(world) {
                ControlFlow::Continue(next) => process = next,
                ControlFlow::Break(result) => return result,
            }
        }
    }

    /// Takes a request with its answer in one step, for tests in which only the service's state
    /// matters: far fewer orders of steps are left.
    pub fn stride(self, world: &World) -> ControlFlow<T, Self> {
        let mut process = self.step(world)?;
        while process.is_on_the_wire() {
            process = process.step(world)?;
        }
        ControlFlow::Continue(process)
    }

    /// Whether a request or an answer is on the wire.
    #[must_use]
    pub fn is_on_the_wire(&self) -> bool {
        !matches!(self.0, Position::Ready(_))
    }

    /// Breaks the connection: what is on the wire is lost, request or answer, and the process learns
    /// that, and no more. One with nothing on the wire goes on unharmed.
    #[must_use]
    pub fn cut_connection(self, world: &World) -> Self {
        match self.0 {
            Position::Ready(_) => self,
            Position::Sent(_, on_reply) | Position::Answered(_, on_reply) => {
                let lost = Err(Failure::new(FailureKind::Closed));
                Self(Position::Ready(on_reply(lost, world.now())))
            }
        }
    }

    /// Kills it. What comes back is the request that is on the wire and has not reached the service:
    /// give it to [`World::serve`] at any later time, or drop it.
    pub fn kill(self) -> Option<Outgoing> {
        match self.0 {
            Position::Sent(outgoing, _) => Some(outgoing),
            Position::Ready(_) | Position::Answered(..) => None,
        }
    }
}

impl<T> fmt::Debug for Process<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Position::Ready(task) => f.debug_tuple("Ready").field(task).finish(),
            Position::Sent(outgoing, _) => f.debug_tuple("Sent").field(outgoing).finish(),
            Position::Answered(reply, _) => {
                let status = reply.as_ref().map(http::Response::status);
                f.debug_tuple("Answered").field(&status).finish()
            }
        }
    }
}
