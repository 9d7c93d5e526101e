//! One endpoint with its attempts.

mod cooldown_gate;
mod read_reply;

use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

use http::{Response, StatusCode};

use crate::base::{Class, Now, Operation, Outcome, RequestKind};
use crate::call::call_context::CallContext;
use crate::call::cooldown::Entry;
use crate::call::flight::Lease;
use crate::call::license::FetchLicense;
use crate::call::outgoing::outgoing;
use crate::call::retry::{self, Ending, Verdict, Word};
use crate::call::step::{Asleep, Machine, Resume, Sent, Step, Waiting};
use crate::call::{Auth, Endpoint, Outgoing, Proof, Reply};
use crate::config::{CallOptions, Event};
use crate::error::refusal::Answer;
use crate::error::{Error, ErrorKind, OutcomeUnknown};

/// A call of one endpoint in progress: the machine of [`Context::call`](crate::Context::call).
pub struct Call<E: Endpoint> {
    context: CallContext,
    endpoint: E,
    options: CallOptions,
    max_attempts: u32,
    /// The monotonic time at which the call must be over.
    deadline: Duration,
    first: Now,
    /// When the current attempt was sent.
    sent: Now,
    attempts: u32,
    worst: Outcome,
    /// The attempts that may have been carried out, as far as known.
    doubt: Option<OutcomeUnknown>,
    /// How the attempt before this one failed.
    last: Option<Error>,
    /// The license tier is being fetched, in front of the next attempt.
    fetches_tier: bool,
    /// The request that is under way is the first one after a cooldown.
    probe: Option<Lease<()>>,
    /// Another call's probe is waited for; the cooldown has lasted so long.
    waits_for_probe: Option<Duration>,
    /// The state is being looked at, after an answer that proves nothing.
    settling: Option<Settling<E::Output>>,
}

/// How a request ended: with a success, or what it means that it did not.
type End = Result<Response<Vec<u8>>, (Error, Verdict)>;

struct Settling<T> {
    proof: Proof<T>,
    /// What the call ends in where the state is another one.
    error: Error,
}

impl<E: Endpoint> Machine for Call<E> {
    type Output = E::Output;
}

impl<E: Endpoint> Resume for Call<E> {
    fn on_reply(mut self, reply: Reply, now: Now) -> Step<Self> {
        let end = self.read(reply, now);
        self.learn(&end, now);
        if core::mem::take(&mut self.fetches_tier) {
            return self.learnt_tier(end.ok().as_ref(), now);
        }
        if let Some(settling) = self.settling.take() {
            return self.looked(settling, end, now);
        }
        match end {
            Ok(response) => self.succeeded(&response, now),
            Err((error, verdict)) => self.failed(error, verdict, now),
        }
    }

    fn on_wake(mut self, now: Now) -> Step<Self> {
        match self.waits_for_probe.take() {
            Some(lasted) => self.after_probe(lasted, now),
            None => self.send(now),
        }
    }
}

impl<E: Endpoint> Call<E> {
    /// Begins: checks the arguments and credentials, and hands out the first request.
    pub(crate) fn start(
        context: CallContext,
        endpoint: E,
        options: CallOptions,
        now: Now,
    ) -> Step<Self> {
        let limits = context.config().limits();
        let operation = endpoint.operation();
        let deadline = options.deadline.unwrap_or(match operation.class {
            Class::OneShot => limits.one_shot_deadline,
            Class::Read | Class::Convergent if operation.bulk => limits.bulk_deadline,
            Class::Read | Class::Convergent => limits.deadline,
        });
        let max_attempts = options.max_attempts.unwrap_or(limits.max_attempts).max(1);
        Self {
            deadline: now.monotonic().saturating_add(deadline),
            context,
            endpoint,
            options,
            max_attempts,
            first: now,
            sent: now,
            attempts: 0,
            worst: Outcome::NotSent,
            doubt: None,
            last: None,
            fetches_tier: false,
            probe: None,
            waits_for_probe: None,
            settling: None,
        }
        .send(now)
    }

    /// The next request, once no cooldown holds it back.
    fn send(mut self, now: Now) -> Step<Self> {
        let (first, left) = (self.first, self.left(now));
        if left.is_zero() {
            return self.too_late(now);
        }
        let outgoing = match outgoing(&self.context, &self.endpoint, &self.options, first, left) {
            Ok(outgoing) => outgoing,
            Err(error) => return Step::Done(Err(self.finish(error, now))),
        };
        if !self.options.through_cooldown && self.probe.is_none() {
            match self.context.cooldowns().enter(self.kind(), now) {
                Entry::Open(probe) => self.probe = probe,
                Entry::Cooling { left, lasts } => return self.cool_down(left, lasts, now),
                Entry::Probed { probe, lasted } => {
                    self.waits_for_probe = Some(lasted);
                    return Step::Wait(probe.flight(), left, Waiting(self));
                }
            }
        }
        if self.wants_tier() && self.context.tier().claim() {
            return self.fetch_tier(outgoing, now);
        }
        self.attempt(outgoing, now)
    }

    fn attempt(mut self, mut outgoing: Outgoing, now: Now) -> Step<Self> {
        self.attempts += 1;
        self.sent = now;
        outgoing.attempt = self.attempts;
        // After an answer the connection is as good as any, but for a 408: so a balancer ends one that
        // was idle, and others of the pool may be as old (RFC 9110 15.5.9).
        outgoing.fresh_connection |= self.last.as_ref().is_some_and(|error| {
            use ErrorKind::{Api, Protocol, Timeout, Transport};
            match error.kind() {
                Api => error.status() == Some(StatusCode::REQUEST_TIMEOUT),
                kind => matches!(kind, Transport | Timeout | Protocol),
            }
        });
        if self.attempts < self.max_attempts && !outgoing.operation.bulk {
            outgoing.reused_timeout = outgoing.timeout / 2;
        }
        Step::Send(outgoing, Sent(self))
    }

    fn left(&self, now: Now) -> Duration {
        self.deadline.saturating_sub(now.monotonic())
    }

    fn kind(&self) -> RequestKind {
        self.endpoint.auth().request_kind()
    }

    /// A driver that slept for too long, or a probe that took all the time; what failed before says
    /// more.
    fn too_late(mut self, now: Now) -> Step<Self> {
        let error = self.last.take().unwrap_or_else(|| {
            Error::new(ErrorKind::Timeout, "the deadline passed before it was sent")
        });
        Step::Done(Err(self.finish(error.gave_up(), now)))
    }

    /// The operation of the request that is under way.
    fn operation(&self) -> Operation {
        let looks = self.settling.as_ref().map(|settling| &settling.proof.looks);
        match looks.and_then(|looks| looks.front()) {
            _ if self.fetches_tier => FetchLicense::OPERATION,
            Some(look) => look.operation(),
            None => self.endpoint.operation(),
        }
    }

    fn succeeded(mut self, response: &Response<Vec<u8>>, now: Now) -> Step<Self> {
        let error = match self.endpoint.parse_answer(response, now) {
            Ok(output) => return Step::Done(Ok(output)),
            Err(error) => error,
        };
        let status = response.status().as_u16();
        let verdict = self.judge(Ending::Status { status, word: Word::Unproven });
        let head = self.head(response, now);
        self.note(verdict.outcome, Some(&head), now);
        let error = self.with_salvaged(error.with_answer(head), response.body());
        self.ended(error, now)
    }

    /// After an attempt that brought no success: again, or the end.
    fn failed(mut self, error: Error, verdict: Verdict, now: Now) -> Step<Self> {
        let doubtful_before = self.worst == Outcome::Unknown;
        self.note(verdict.outcome, error.answer(), now);
        if doubtful_before {
            if let Some(output) = self.endpoint.settled_by(&error) {
                return Step::Done(Ok(output));
            }
        }
        if !verdict.again {
            return self.ended(error, now);
        }
        let limits = self.context.config().limits();
        let asked = error.retry_after();
        let delay = retry::delay(limits, self.attempts, asked, self.context.random(now));
        match retry::fitting(asked.unwrap_or_default(), delay, self.left(now)) {
            Some(delay) if self.attempts < self.max_attempts => {
                let operation = self.endpoint.operation();
                self.context.tell(Event::Retry {
                    kind: self.kind(),
                    operation: operation.name,
                    attempt: self.attempts,
                    delay,
                    failure: verdict.kind,
                });
                let reason = error.with_call(operation, self.worst, self.attempts);
                self.last = Some(reason.clone());
                self.sleep(delay, reason)
            }
            _ => Step::Done(Err(self.finish(error.gave_up(), now))),
        }
    }

    fn sleep(self, delay: Duration, reason: Error) -> Step<Self> {
        Step::Sleep(delay, Asleep { machine: self, reason })
    }

    /// After a 429 the service wants to be told the tier.
    fn wants_tier(&self) -> bool {
        self.last.as_ref().is_some_and(Error::is_rate_limited)
            && matches!(self.endpoint.auth(), Auth::Management)
            && self.endpoint.operation() != FetchLicense::OPERATION
    }

    /// The last attempt brought no success. Where somebody else answered it, the state itself may.
    fn ended(mut self, error: Error, now: Now) -> Step<Self> {
        let in_its_place = matches!(error.kind(), ErrorKind::Intermediary | ErrorKind::Decode);
        let proof = if in_its_place { self.endpoint.proof() } else { None };
        let error = self.finish(error, now);
        match proof {
            Some(proof) => self.look(Settling { proof, error }, now),
            None => Step::Done(Err(error)),
        }
    }

    /// Takes the next look at the state; after the last one, all of them have told that it is the one
    /// asked for.
    fn look(mut self, settling: Settling<E::Output>, now: Now) -> Step<Self> {
        let timeout = self.left(now);
        let Some(look) = settling.proof.looks.front() else {
            return Step::Done(Ok(settling.proof.output));
        };
        let held_back =
            !self.options.through_cooldown && self.context.cooldowns().holds(self.kind(), now);
        match outgoing(&self.context, &**look, &self.options, now, timeout) {
            Ok(mut outgoing) if !timeout.is_zero() && !held_back => {
                outgoing.attempt = self.attempts;
                self.sent = now;
                self.settling = Some(settling);
                Step::Send(outgoing, Sent(self))
            }
            _ => Step::Done(Err(settling.error)),
        }
    }

    fn looked(self, mut settling: Settling<E::Output>, end: End, now: Now) -> Step<Self> {
        let is_as_asked = settling.proof.looks.pop_front().and_then(|look| match end {
            Ok(answer) => look.parse_answer(&answer, now).ok(),
            Err((error, _)) => look.settled_by(&error),
        });
        match is_as_asked {
            Some(true) => self.look(settling, now),
            _ => Step::Done(Err(settling.error)),
        }
    }

    /// The call's own next attempt still has to fit, so the fetch has half of the time left.
    fn fetch_tier(mut self, instead_of: Outgoing, now: Now) -> Step<Self> {
        let timeout = self.left(now) / 2;
        match outgoing(&self.context, &FetchLicense::new(), &self.options, now, timeout) {
            Ok(mut outgoing) => {
                outgoing.attempt = self.attempts;
                (self.sent, self.fetches_tier) = (now, true);
                Step::Send(outgoing, Sent(self))
            }
            Err(_) => self.attempt(instead_of, now),
        }
    }

    /// Failure to learn the tier is never fatal.
    fn learnt_tier(self, answer: Option<&Response<Vec<u8>>>, now: Now) -> Step<Self> {
        if let Some(tier) = answer.and_then(FetchLicense::tier_of) {
            let _ = self.context.tier().set(&tier);
        }
        self.send(now)
    }

    /// Records how an attempt ended.
    fn note(&mut self, outcome: Outcome, answer: Option<&Answer>, now: Now) {
        self.worst = self.worst.max(outcome);
        if outcome != Outcome::Unknown {
            return;
        }
        let doubt = self.doubt.get_or_insert_with(|| OutcomeUnknown {
            operation: self.endpoint.operation(),
            target: self.endpoint.target(),
            sent: self.sent,
            failed: now,
            status: None,
            request_id: None,
            service_time: None,
            cleartext_arrived: false,
        });
        if let Some(answer) = answer {
            doubt.status = answer.status;
            doubt.request_id.clone_from(&answer.request_id);
            doubt.service_time = answer.date;
        }
    }

    fn finish(&mut self, error: Error, now: Now) -> Error {
        let operation = self.endpoint.operation();
        let error = error
            .with_call(operation, self.worst, self.attempts)
            .with_target(self.endpoint.target());
        match self.doubt.take() {
            Some(doubt) if operation.class != Class::Read => {
                let cleartext_arrived = error.cleartext().is_some();
                error.with_unknown(OutcomeUnknown { failed: now, cleartext_arrived, ..doubt })
            }
            _ => error,
        }
    }
}

impl<E: Endpoint> fmt::Debug for Call<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("attempts", &self.attempts)
            .field("worst", &self.worst)
            .finish_non_exhaustive()
    }
}
