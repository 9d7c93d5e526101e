//! What must come of a fault.

use std::ops::RangeInclusive;
use std::time::Duration;

use descope_core::{ErrorKind, FailureKind, Outcome};

/// What one request handed to a transport must bring.
#[derive(Debug, Clone)]
pub struct Sent {
    /// The status of a complete answer, or what failed.
    pub reply: Result<u16, FailureKind>,
    /// Whether the failure counts as sent.
    pub sent: bool,
    /// Status and body of the part of an answer that the failure holds. Of a longer part, this is
    /// the beginning.
    pub partial: Option<(u16, Vec<u8>)>,
    /// How long it takes.
    pub took: Took,
}

/// How long something takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Took {
    /// No limit of time passes.
    AtOnce,
    /// Until the limit for connecting.
    Connect,
    /// Until the limit of all.
    Deadline,
    /// Anything up to the limit of all.
    Within,
}

impl Took {
    /// Whether this much time fits, given the two limits.
    #[must_use]
    pub fn fits(self, took: Duration, connect: Duration, deadline: Duration) -> bool {
        // Sockets count their timeouts in ticks of the system, which may round down.
        const EARLY: Duration = Duration::from_millis(15);
        const LATE: Duration = Duration::from_millis(500);
        match self {
            Self::AtOnce => took + EARLY < deadline,
            Self::Connect => took + EARLY >= connect && took < connect + LATE,
            Self::Deadline => took + EARLY >= deadline && took < deadline + LATE,
            Self::Within => took < deadline + LATE,
        }
    }
}

/// A complete answer.
pub(super) fn answered(status: u16) -> Sent {
    Sent { reply: Ok(status), sent: true, partial: None, took: Took::AtOnce }
}

/// Nothing was sent.
pub(super) fn unsent(kind: FailureKind) -> Sent {
    Sent { reply: Err(kind), sent: false, partial: None, took: Took::AtOnce }
}

/// It was sent, and no head of an answer arrived.
pub(super) fn lost(kind: FailureKind) -> Sent {
    Sent { sent: true, ..unsent(kind) }
}

impl Sent {
    /// A head of this status did arrive, and a body that begins like this.
    pub(super) fn with(self, status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self { partial: Some((status, body.into())), ..self }
    }

    /// It takes until a limit.
    pub(super) fn until(self, took: Took) -> Self {
        Self { took, ..self }
    }
}

/// What a call through the client must bring.
#[derive(Debug, Clone)]
pub struct Called {
    /// What failed, if anything.
    pub result: Result<(), ErrorKind>,
    /// What may be true on the server after a failure.
    pub outcome: Outcome,
    /// How often it was sent.
    pub attempts: RangeInclusive<u32>,
    /// Whether the error carries the cleartext that did arrive.
    pub secret: bool,
    /// How long it takes.
    pub took: Took,
}

/// Success with this attempt.
pub(super) fn succeeds(attempts: u32) -> Called {
    Called {
        result: Ok(()),
        outcome: Outcome::NotSent,
        attempts: attempts..=attempts,
        secret: false,
        took: Took::AtOnce,
    }
}

/// Failure after so many attempts.
pub(super) fn fails(kind: ErrorKind, outcome: Outcome, attempts: u32) -> Called {
    Called { result: Err(kind), outcome, ..succeeds(attempts) }
}

impl Called {
    /// The error carries the cleartext.
    pub(super) fn with_secret(self) -> Self {
        Self { secret: true, ..self }
    }

    /// It takes until a limit; how many attempts fit before it is a matter of the clock.
    pub(super) fn until(self, took: Took, attempts: RangeInclusive<u32>) -> Self {
        Self { took, attempts, ..self }
    }
}
