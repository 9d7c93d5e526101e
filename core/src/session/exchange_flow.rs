//! Exchanges an access key, and validates the token before anyone sees it.

use alloc::format;
use alloc::string::String;
use core::fmt;
use core::time::Duration;

use super::session_context::SessionContext;
use super::validate_flow::{ValidateFlow, ValidateToken};
use crate::base::{Now, Outcome, Span};
use crate::call::Call;
use crate::call::Reply;
use crate::call::step::{Machine, Resume, Step};
use crate::config::{CallOptions, Event};
use crate::endpoints::{ExchangeAccessKey, UnvalidatedToken};
use crate::error::Error;
use crate::jwt::{Audience, TokenError};
use crate::session::Session;

/// An exchange in progress, including the validation of its token: the machine of
/// [`Context::exchange`](crate::Context::exchange).
pub struct ExchangeFlow {
    flow: Flow,
    pending: Pending,
}

impl ExchangeFlow {
    /// Begins: hands out the exchange's request. The deadline is for all of the flow.
    pub(crate) fn start(
        context: SessionContext,
        endpoint: ExchangeAccessKey,
        options: CallOptions,
        now: Now,
    ) -> Step<Self> {
        // Of no use without signing keys, and billed.
        if let Some(error) = context.signing_keys().failure(now) {
            return Step::Done(Err(error));
        }
        let deadline = context.deadline(&options, now);
        let call_options = context.for_fetch(&options, deadline, false, now);
        let flow = Flow {
            deadline,
            options,
            audience: endpoint.accepted_audience().cloned(),
            key_id: endpoint.expected_key_id().map(String::from),
            attempts: 0,
            context: context.clone(),
        };
        let call = Call::start(context.calls().clone(), endpoint, call_options, now);
        flow.exchanging(call, now)
    }
}

struct Flow {
    context: SessionContext,
    /// Monotonic.
    deadline: Duration,
    options: CallOptions,
    audience: Option<Audience>,
    key_id: Option<String>,
    /// How often the exchange itself was sent.
    attempts: u32,
}

enum Pending {
    Exchange(Call<ExchangeAccessKey>),
    Validate(ValidateFlow<'static>, UnvalidatedToken),
}

impl Machine for ExchangeFlow {
    type Output = Session;
}

impl Resume for ExchangeFlow {
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
    fn exchanging(mut self, step: Step<Call<ExchangeAccessKey>>, now: Now) -> Step<ExchangeFlow> {
        self.attempts += u32::from(matches!(step, Step::Send(..)));
        match step.split() {
            Ok(suspended) => suspended
                .within(|call| ExchangeFlow { flow: self, pending: Pending::Exchange(call) }),
            Err(Err(error)) => self.ended(Err(error)),
            Err(Ok(issued)) => {
                let validate = ValidateToken::exchanged(&issued.token, self.audience.take());
                let options = self.context.for_fetch(&self.options, self.deadline, false, now);
                let step = ValidateFlow::start(self.context.clone(), validate, options, now);
                self.validating(step, issued)
            }
        }
    }

    /// The exchange was carried out, so an error here leaves a session that nobody will use.
    fn validating(
        self,
        step: Step<ValidateFlow<'static>>,
        issued: UnvalidatedToken,
    ) -> Step<ExchangeFlow> {
        match step.split() {
            Ok(suspended) => suspended.within(|machine| ExchangeFlow {
                flow: self,
                pending: Pending::Validate(machine, issued),
            }),
            Err(Ok(claims)) => {
                let session = Session::new(issued.token, claims, issued.key_id);
                match self.key_id.as_deref().is_none_or(|id| id == session.key_id()) {
                    true => self.ended(Ok(session)),
                    false => self.refused(Error::decode(
                        "the answer is about another key than the one exchanged",
                    )),
                }
            }
            Err(Err(error)) if error.attempts() > 0 => self.ended(Err(error)),
            Err(Err(error)) => {
                let leeway = self.context.config().token_rules().clock_leeway();
                self.refused(wrong_clock(error, issued.ahead, leeway))
            }
        }
    }

    /// By something else than the exchange, which has been carried out.
    fn refused(self, error: Error) -> Step<ExchangeFlow> {
        let operation = error.operation().unwrap_or(ExchangeAccessKey::OPERATION);
        let error = error.with_call(operation, Outcome::Unknown, self.attempts);
        self.ended(Err(error))
    }

    fn ended(self, result: Result<Session, Error>) -> Step<ExchangeFlow> {
        if self.attempts > 0 {
            let failed = result.as_ref().err();
            let (status, failure) = (failed.and_then(Error::status), failed.map(Error::kind));
            self.context.tell(Event::Exchange { status, failure });
        }
        Step::Done(result)
    }
}

/// A token that was just issued is of the service's time: where it is not of ours, it is our clock.
fn wrong_clock(error: Error, ahead: Option<i64>, leeway: Duration) -> Error {
    let is_of_time = matches!(
        error.token_error(),
        Some(TokenError::Expired { .. } | TokenError::NotYetValid { .. })
    );
    match ahead {
        Some(ahead) if is_of_time && ahead.unsigned_abs() > leeway.as_secs() => {
            let span = Span(ahead.unsigned_abs());
            let direction = if ahead > 0 { "behind" } else { "ahead of" };
            error.told(format!(
                "this machine's clock is {span} {direction} the service's; correct it"
            ))
        }
        _ => error,
    }
}

impl fmt::Debug for ExchangeFlow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExchangeFlow")
            .field("attempts", &self.flow.attempts)
            .finish_non_exhaustive()
    }
}
