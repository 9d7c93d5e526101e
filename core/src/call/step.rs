//! What a driver does next: the one loop that every call and flow is.

use core::fmt;
use core::time::Duration;

use crate::base::Now;
use crate::call::{Flight, Outgoing, Reply};
use crate::error::Error;

/// What to do next. See the [crate's docs](crate) for the loop and the states.
#[expect(clippy::large_enum_variant, reason = "it lives on the stack for one turn of the loop")]
pub enum Step<M: Machine> {
    /// Send the request, then give the reply to [`Sent::reply`].
    Send(Outgoing, Sent<M>),
    /// Let this much time pass, then call [`Asleep::wake`].
    Sleep(Duration, Asleep<M>),
    /// Wait until the flight has landed or this much time has passed, then call [`Waiting::wake`].
    Wait(Flight, Duration, Waiting<M>),
    /// The end.
    Done(Result<M::Output, Error>),
}

/// A call or a flow of several, between two steps. Its states are owned: a reply without a request
/// does not compile. Sealed: what is to be done in between is a driver's, not a machine's.
pub trait Machine: Resume {
    /// What success brings.
    type Output;
}

/// How a machine continues, for the states that hold it alone.
#[expect(unnameable_types, reason = "it seals machines")]
pub trait Resume: Sized {
    /// With the reply to the request it handed out.
    fn on_reply(self, reply: Reply, now: Now) -> Step<Self>
    where
        Self: Machine;

    /// After the pause it asked for.
    fn on_wake(self, now: Now) -> Step<Self>
    where
        Self: Machine;
}

/// A request in progress.
#[must_use = "a machine dropped here gives its call up, whatever became of the request"]
pub struct Sent<M>(pub(crate) M);

impl<M: Machine> Sent<M> {
    /// Goes on with what the transport answered. `now` is read after the answer.
    pub fn reply(self, reply: Reply, now: Now) -> Step<M> {
        self.0.on_reply(reply, now)
    }
}

/// A pause before the next attempt.
#[must_use = "a machine dropped here gives its call up"]
pub struct Asleep<M> {
    pub(crate) machine: M,
    pub(crate) reason: Error,
}

impl<M: Machine> Asleep<M> {
    /// Why the request is retried, for logs.
    pub fn reason(&self) -> &Error {
        &self.reason
    }

    /// Goes on when the time has passed.
    pub fn wake(self, now: Now) -> Step<M> {
        self.machine.on_wake(now)
    }
}

/// A wait for another caller that has the same request in progress.
#[must_use = "a machine dropped here gives its call up"]
pub struct Waiting<M>(pub(crate) M);

impl<M: Machine> Waiting<M> {
    /// Goes on when the flight has landed or the time has passed.
    pub fn wake(self, now: Now) -> Step<M> {
        self.0.on_wake(now)
    }
}

impl<M: Machine> Step<M> {
    /// Tells a machine that goes on from one that is done.
    pub(crate) fn split(self) -> Result<Suspended<M>, Result<M::Output, Error>> {
        match self {
            Self::Send(outgoing, Sent(machine)) => Ok(Suspended::Send(outgoing, machine)),
            Self::Sleep(delay, asleep) => Ok(Suspended::Sleep(delay, asleep)),
            Self::Wait(flight, limit, Waiting(machine)) => {
                Ok(Suspended::Wait(flight, limit, machine))
            }
            Self::Done(result) => Err(result),
        }
    }
}

/// A machine that goes on: what flows are made of.
#[expect(clippy::large_enum_variant, reason = "it lives on the stack for one turn of the loop")]
pub(crate) enum Suspended<M> {
    Send(Outgoing, M),
    Sleep(Duration, Asleep<M>),
    Wait(Flight, Duration, M),
}

impl<M: Machine> Suspended<M> {
    /// Makes this machine a part of a larger one, which `wrap` builds around it.
    pub(crate) fn within<L: Machine>(self, wrap: impl FnOnce(M) -> L) -> Step<L> {
        match self {
            Self::Send(outgoing, machine) => Step::Send(outgoing, Sent(wrap(machine))),
            Self::Sleep(delay, Asleep { machine, reason }) => {
                Step::Sleep(delay, Asleep { machine: wrap(machine), reason })
            }
            Self::Wait(flight, limit, machine) => Step::Wait(flight, limit, Waiting(wrap(machine))),
        }
    }
}

impl<M: Machine> fmt::Debug for Step<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Send(outgoing, _) => f.debug_tuple("Send").field(outgoing).finish(),
            Self::Sleep(delay, _) => f.debug_tuple("Sleep").field(delay).finish(),
            Self::Wait(_, limit, _) => f.debug_tuple("Wait").field(limit).finish(),
            Self::Done(Ok(_)) => f.write_str("Done(Ok)"),
            Self::Done(Err(error)) => f.debug_tuple("Done").field(error).finish(),
        }
    }
}

macro_rules! opaque_debug {
    ($($name:ident),*) => {$(
        impl<M> fmt::Debug for $name<M> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        }
    )*};
}
opaque_debug!(Sent, Asleep, Waiting);
