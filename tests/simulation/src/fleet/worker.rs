//! One worker: what it does, and what it waits for.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use descope_core::{
    CallOptions, CreateAccessKey, Error, Expiry, Flight, LoadAccessKey, Now, RotateAccessKey,
    Session, ValidateToken,
};

use super::member::Member;
use super::service::{KEY_ID, Service};
use super::{Ask, Job, RequestKind};
use crate::{OnReply, OnWake, Task};

pub(crate) struct Worker {
    pub(crate) member: usize,
    pub(crate) job: Job,
    pub(crate) doing: Doing,
    /// Counts what it waited for, so that what comes too late is known.
    pub(crate) ticket: u64,
    /// When its ask must have ended, on the monotonic clock.
    pub(crate) latest_end: Duration,
    /// How many requests, waits and pauses its ask has taken.
    pub(crate) steps: u64,
    asks: u64,
    /// The id of the last key that it created.
    created: Option<String>,
}

pub(crate) enum Doing {
    /// It pauses before the next ask.
    Nothing,
    AwaitingReply(RequestKind, OnReply<Answered>),
    Sleeping(OnWake<Answered>),
    /// The flight wakes it, as long as it is kept.
    AwaitingFlight(
        OnWake<Answered>,
        #[expect(dead_code, reason = "it holds the waker")] Pin<Box<Flight>>,
    ),
}

/// What an ask ends in.
pub(crate) type Answered = Result<Gain, Error>;

/// What an ask brings.
pub(crate) enum Gain {
    Token(Arc<Session>),
    /// The token that was presented is valid.
    Valid,
    /// The id of a key that was created.
    Created(String),
    Managed,
}

impl Worker {
    pub(crate) fn new(member: usize, job: Job) -> Self {
        Self {
            member,
            job,
            doing: Doing::Nothing,
            ticket: 0,
            latest_end: Duration::ZERO,
            steps: 0,
            asks: 0,
            created: None,
        }
    }

    /// Begins an ask. `name` makes the worker's requests those of nobody else.
    pub(crate) fn begin(
        &mut self,
        name: usize,
        member: &Member,
        service: &mut Service,
        now: Now,
    ) -> Task<Answered> {
        (self.asks, self.steps) = (self.asks + 1, 0);
        let context = &member.context;
        let limits = context.config().limits();
        let mut options = CallOptions::new();
        let mut deadline = match self.job.ask {
            Ask::Create => limits.one_shot_deadline,
            _ => limits.deadline,
        };
        if let Some(own) = self.job.deadline {
            options = options.deadline(own);
            deadline = own;
        }
        self.latest_end = now.monotonic() + deadline;
        let presented = match self.job.ask {
            Ask::Token => {
                return Task::drive(member.tokens.obtain(options, now), now, |result, _| {
                    Task::Done(result.map(Gain::Token))
                });
            }
            Ask::TokenInVain => {
                let tokens = member.tokens.clone();
                return Task::drive(tokens.obtain(options, now), now, move |result, now| {
                    if let Ok(session) = &result {
                        tokens.invalidate(session, now);
                    }
                    Task::Done(result.map(Gain::Token))
                });
            }
            Ask::Load => {
                let step = context.call(LoadAccessKey::new(KEY_ID), options, now);
                return Task::drive(step, now, |result, _| {
                    Task::Done(result.map(|_| Gain::Managed))
                });
            }
            Ask::Create => return self.create_or_rotate(name, member, options, now),
            Ask::Validate => service.honest(),
            Ask::ValidateForged => service.forged(),
            Ask::ValidateStolen => service.stolen(),
        };
        let validate = ValidateToken::new(&presented).into_owned();
        let step = context.validate(validate, options, now);
        Task::drive(step, now, |result, _| Task::Done(result.map(|_| Gain::Valid)))
    }

    /// The request tells its name, so that the service can count how often it is carried out.
    fn create_or_rotate(
        &mut self,
        name: usize,
        member: &Member,
        options: CallOptions,
        now: Now,
    ) -> Task<Answered> {
        let id = format!("{name}-{}", self.asks);
        let options = options.external_request_id(id.clone());
        match self.created.take() {
            Some(key) => {
                let step = member.context.call(RotateAccessKey::new(key), options, now);
                Task::drive(step, now, |result, _| Task::Done(result.map(|_| Gain::Managed)))
            }
            None => {
                let create = CreateAccessKey::new(id, Expiry::Never);
                let step = member.context.call(create, options, now);
                Task::drive(step, now, |result, _| {
                    let id = result.map(|created| created.key.id().to_owned());
                    Task::Done(id.map(Gain::Created))
                })
            }
        }
    }

    /// Takes note of a key that it has created.
    pub(crate) fn keep(&mut self, answered: &Answered) {
        if let Ok(Gain::Created(id)) = answered {
            self.created = Some(id.clone());
        }
    }
}
