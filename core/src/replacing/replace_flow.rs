//! The machine of a replacement, and where its driver takes over.

use alloc::sync::Arc;
use core::fmt;

use super::key_changes::Service;
use super::replace_access_key::ReplaceAccessKey;
use super::replace_error::{DeployError, ReplaceError};
use super::replaced::Replaced;
use super::run::{Ask, Run};
use super::script::{Pause, Script, Slot};
use crate::base::{Now, Secret};
use crate::call::Reply;
use crate::call::call_context::CallContext;
use crate::call::step::{Machine, Resume, Step};
use crate::config::CallOptions;
use crate::endpoints::access_key::CreatedAccessKey;
#[cfg(feature = "jwt")]
use crate::session::session_context::SessionContext;

/// What a replacement takes of its client.
pub(crate) struct ReplaceContext {
    pub(crate) calls: CallContext,
    pub(crate) options: CallOptions,
    #[cfg(feature = "jwt")]
    pub(crate) sessions: SessionContext,
}

/// A replacement in progress: the machine of [`Context::replace`](crate::Context::replace). Besides
/// sending requests, its driver has to do what [`Replacing`] says.
pub struct ReplaceFlow(Script<Result<Replaced, ReplaceError>, Ask>);

/// What the driver of a replacement does when the machine has no request to send.
#[derive(Debug)]
pub enum Replacing {
    /// Tell which secret is deployed, if that can be told: [`ReadBack::secret`].
    ReadBack(ReadBack),
    /// Deploy the new secret, and tell how that ended: [`Deploy::deployed`]. A driver that is dropped
    /// here leaves both keys, and the next run goes on from there.
    Deploy(Deploy),
    /// The end.
    Done(Result<Replaced, ReplaceError>),
}

/// The machine asks which secret is deployed.
#[must_use = "a machine dropped here gives the replacement up"]
pub struct ReadBack {
    flow: ReplaceFlow,
    answer: Slot<Option<Secret>>,
}

impl ReadBack {
    /// Goes on with the secret that is deployed in every place, or with none where that cannot be told:
    /// a new one is deployed then.
    pub fn secret(self, secret: Option<Secret>, now: Now) -> Step<ReplaceFlow> {
        self.answer.put(secret);
        at_pause(self.flow.0.go_on(now))
    }
}

/// The new secret is to be deployed.
#[must_use = "a machine dropped here gives the replacement up"]
pub struct Deploy {
    flow: ReplaceFlow,
    answer: Slot<Result<(), DeployError>>,
    successor: Arc<CreatedAccessKey>,
}

impl Deploy {
    /// The new key with its secret.
    #[must_use]
    pub fn successor(&self) -> &CreatedAccessKey {
        &self.successor
    }

    /// Goes on when it is deployed in every place, or when that has failed.
    pub fn deployed(self, result: Result<(), DeployError>, now: Now) -> Step<ReplaceFlow> {
        self.answer.put(result);
        at_pause(self.flow.0.go_on(now))
    }
}

impl ReplaceFlow {
    /// Begins: hands out the first request.
    pub(crate) fn start(
        context: ReplaceContext,
        replace: ReplaceAccessKey,
        now: Now,
    ) -> Step<Self> {
        let ReplaceContext { calls, options, .. } = context;
        let flow = |driver| {
            let service = Service { driver, calls, options };
            let run = Run {
                service,
                replace,
                #[cfg(feature = "jwt")]
                sessions: context.sessions,
            };
            run.replace()
        };
        at_pause(Script::begin(flow, now))
    }
}

impl Machine for ReplaceFlow {
    type Output = Replacing;
}

impl Resume for ReplaceFlow {
    fn on_reply(self, reply: Reply, now: Now) -> Step<Self> {
        at_pause(self.0.on_reply(reply, now))
    }

    fn on_wake(self, now: Now) -> Step<Self> {
        at_pause(self.0.on_wake(now))
    }
}

fn at_pause(step: Step<Script<Result<Replaced, ReplaceError>, Ask>>) -> Step<ReplaceFlow> {
    match step.split() {
        Ok(suspended) => suspended.within(ReplaceFlow),
        Err(end) => Step::Done(end.map(|pause| match pause {
            Pause::Done(result) => Replacing::Done(result),
            Pause::Stage(Ask::ReadBack(answer), flow) => {
                Replacing::ReadBack(ReadBack { flow: ReplaceFlow(flow), answer })
            }
            Pause::Stage(Ask::Deploy(successor, answer), flow) => {
                Replacing::Deploy(Deploy { flow: ReplaceFlow(flow), answer, successor })
            }
        })),
    }
}

impl fmt::Debug for ReplaceFlow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReplaceFlow").finish_non_exhaustive()
    }
}

impl fmt::Debug for ReadBack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReadBack").finish_non_exhaustive()
    }
}

impl fmt::Debug for Deploy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Deploy").field("successor", &self.successor).finish_non_exhaustive()
    }
}
