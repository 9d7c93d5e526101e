//! Exchanges an access key, and validates the token before anyone sees it.

use core::fmt;
use core::time::Duration;

use super::validate::{Validate, Validating};
use crate::CallOptions;
use crate::call::Attempts;
use crate::exchange::{ExchangeAccessKey, ExchangedToken};
use crate::jwt::Audience;
use crate::step::{Machine, Step};
use crate::{Context, Now, Outcome, Reply, Session};

/// An exchange that has not begun. Made by [`Context::exchange`].
#[must_use = "a flow does nothing until it is started and driven"]
#[derive(Debug)]
pub struct Exchange {
    context: Context,
    endpoint: ExchangeAccessKey,
    options: CallOptions,
}

impl Exchange {
    pub(crate) fn new(context: Context, endpoint: ExchangeAccessKey) -> Self {
        Self { context, endpoint, options: CallOptions::default() }
    }

    /// Sets what this flow has otherwise than the configuration; the deadline is for all of it.
    pub fn with(mut self, options: CallOptions) -> Self {
        self.options = options;
        self
    }

    /// Begins: hands out the exchange's request.
    pub fn start(self, now: Now) -> Step<Exchanging> {
        let deadline = self.options.deadline_or(self.context.config().limits().deadline);
        let flow = Flow {
            context: self.context.clone(),
            deadline: now.monotonic().saturating_add(deadline),
            options: self.options.clone(),
            audience: self.endpoint.accepted_audience().cloned(),
            attempts: 0,
        };
        let call = self.context.call(self.endpoint).with(self.options.deadline(deadline));
        flow.exchanging(call.start(now), now)
    }
}

/// An exchange under way: the machine of [`Exchange`].
pub struct Exchanging {
    flow: Flow,
    pending: Pending,
}

struct Flow {
    context: Context,
    /// Monotonic.
    deadline: Duration,
    options: CallOptions,
    audience: Option<Audience>,
    /// How often the exchange itself was sent.
    attempts: u32,
}

enum Pending {
    Exchange(Attempts<ExchangeAccessKey>),
    Validate(Validating<'static>, ExchangedToken),
}

impl Machine for Exchanging {
    type Output = Session;

    fn on_reply(self, reply: Reply, now: Now) -> Step<Self> {
        match self.pending {
            Pending::Exchange(call) => self.flow.exchanging(call.on_reply(reply, now), now),
            Pending::Validate(machine, issued) => {
                self.flow.validating(machine.on_reply(reply, now), issued)
            }
        }
    }

    fn on_wake(self, now: Now) -> Step<Self> {
        match self.pending {
            Pending::Exchange(call) => self.flow.exchanging(call.on_wake(now), now),
            Pending::Validate(machine, issued) => {
                self.flow.validating(machine.on_wake(now), issued)
            }
        }
    }
}

impl Flow {
    fn exchanging(mut self, step: Step<Attempts<ExchangeAccessKey>>, now: Now) -> Step<Exchanging> {
        self.attempts += u32::from(matches!(step, Step::Send(..)));
        match step.split() {
            Ok(suspended) => {
                suspended.within(|call| Exchanging { flow: self, pending: Pending::Exchange(call) })
            }
            Err(Err(error)) => Step::Done(Err(error)),
            Err(Ok(issued)) => {
                let left = self.deadline.saturating_sub(now.monotonic());
                let validate = Validate::exchanged(
                    self.context.clone(),
                    issued.token.clone(),
                    self.audience.take(),
                    self.options.clone().deadline(left),
                );
                self.validating(validate.start(now), issued)
            }
        }
    }

    /// The exchange was carried out, so an error here leaves a session that nobody will use.
    fn validating(
        self,
        step: Step<Validating<'static>>,
        issued: ExchangedToken,
    ) -> Step<Exchanging> {
        match step.split() {
            Ok(suspended) => suspended.within(|machine| Exchanging {
                flow: self,
                pending: Pending::Validate(machine, issued),
            }),
            Err(Ok(claims)) => Step::Done(Ok(Session::new(issued.token, claims, issued.key_id))),
            Err(Err(error)) if error.operation().is_some() => Step::Done(Err(error)),
            Err(Err(error)) => Step::Done(Err(error.with_call(
                ExchangeAccessKey::OPERATION,
                Outcome::Unknown,
                self.attempts,
            ))),
        }
    }
}

impl fmt::Debug for Exchanging {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exchanging").field("attempts", &self.flow.attempts).finish_non_exhaustive()
    }
}
