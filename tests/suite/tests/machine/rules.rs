//! The rules as they are documented, written out a second time and apart from the code: what a
//! status or a failure of the transport means, and what may be sent again.

use descope_core::retry::Ending;
use descope_core::{Class, ErrorKind, FailureKind, Outcome};

pub(crate) const CLASSES: [Class; 3] = [Class::Read, Class::Convergent, Class::OneShot];

pub(crate) const FAILURES: [FailureKind; 13] = [
    FailureKind::Resolve,
    FailureKind::Connect,
    FailureKind::Proxy,
    FailureKind::ConnectTimeout,
    FailureKind::Tls,
    FailureKind::Certificate,
    FailureKind::NotTls,
    FailureKind::Timeout,
    FailureKind::Closed,
    FailureKind::Malformed,
    FailureKind::HeaderTooLarge,
    FailureKind::BodyTooLarge,
    FailureKind::Coding,
];

/// Complete answers that say that nothing was done, besides 3xx and 4xx.
const NEVER_REACHED: [u16; 4] = [521, 525, 526, 530];
/// Statuses of the 3xx and 4xx that do not say so.
const NOT_REJECTED: [u16; 2] = [304, 408];
/// Rejected, and worth another attempt.
const REJECTED_FOR_NOW: [u16; 4] = [425, 429, 521, 530];
/// In doubt, and worth another attempt where that is safe.
const UNKNOWN_FOR_NOW: [u16; 9] = [408, 500, 502, 503, 504, 520, 522, 523, 524];

pub(crate) fn outcome(ending: Ending) -> Outcome {
    match ending {
        Ending::Status(status) if NOT_REJECTED.contains(&status) => Outcome::Unknown,
        Ending::Status(300..=499) => Outcome::Rejected,
        Ending::Status(status) if NEVER_REACHED.contains(&status) => Outcome::Rejected,
        Ending::Failure { sent: false, .. } => Outcome::NotSent,
        _ => Outcome::Unknown,
    }
}

/// Whether the same would not just come back.
fn transient(ending: Ending) -> bool {
    match ending {
        Ending::Status(status) => {
            REJECTED_FOR_NOW.contains(&status) || UNKNOWN_FOR_NOW.contains(&status)
        }
        Ending::Failure { kind, .. } => !matches!(
            kind,
            FailureKind::Proxy
                | FailureKind::Certificate
                | FailureKind::NotTls
                | FailureKind::HeaderTooLarge
                | FailureKind::BodyTooLarge
                | FailureKind::Coding
        ),
        _ => unreachable!("there are two endings"),
    }
}

pub(crate) fn again(class: Class, ending: Ending) -> bool {
    transient(ending) && !(class == Class::OneShot && outcome(ending) == Outcome::Unknown)
}

pub(crate) fn kind(ending: Ending) -> ErrorKind {
    match ending {
        Ending::Status(429) => ErrorKind::RateLimited,
        Ending::Status(304) => ErrorKind::Api,
        Ending::Status(300..=399) => ErrorKind::RedirectRefused,
        Ending::Status(200..=299) => ErrorKind::Decode,
        Ending::Status(100..=199) => ErrorKind::Protocol,
        Ending::Status(_) => ErrorKind::Api,
        Ending::Failure { kind, .. } => match kind {
            FailureKind::Resolve | FailureKind::Connect | FailureKind::Proxy => ErrorKind::Connect,
            FailureKind::ConnectTimeout => ErrorKind::ConnectTimeout,
            FailureKind::Tls | FailureKind::Certificate | FailureKind::NotTls => ErrorKind::Tls,
            FailureKind::Timeout => ErrorKind::Timeout,
            FailureKind::Closed => ErrorKind::Transport,
            FailureKind::Malformed | FailureKind::HeaderTooLarge => ErrorKind::Protocol,
            FailureKind::BodyTooLarge => ErrorKind::BodyTooLarge,
            FailureKind::Coding => ErrorKind::Decode,
            other => unreachable!("{other:?}"),
        },
        _ => unreachable!("there are two endings"),
    }
}

/// Every status there may be, and every failure, sent and not.
pub(crate) fn endings() -> impl Iterator<Item = Ending> {
    let statuses = (0..=1_000).chain([u16::MAX]).map(Ending::Status);
    let failures = FAILURES
        .into_iter()
        .flat_map(|kind| [true, false].map(|sent| Ending::Failure { kind, sent }));
    statuses.chain(failures)
}
