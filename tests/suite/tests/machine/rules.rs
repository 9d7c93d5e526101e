//! The rules as they are documented, written out a second time and apart from the code: what a
//! status or a failure of the transport means, and what may be sent again.

use descope_core::retry::{Ending, Word};
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
/// 4xx that mean the same whoever says them.
const ANYBODYS: [u16; 4] = [407, 408, 425, 429];

pub(crate) const WORDS: [Word; 4] =
    [Word::Unproven, Word::Service, Word::KeyNotFound, Word::TooManyRequests];

/// The service says that there is no such key, or that there were too many requests.
fn says(ending: Ending, code: Word) -> bool {
    matches!(ending, Ending::Status { status: 400..=599, word } if word == code)
}

/// Somebody answered a 4xx in the service's place.
fn in_its_place(ending: Ending) -> bool {
    match ending {
        Ending::Status { status: status @ 400..=499, word: Word::Unproven } => {
            !ANYBODYS.contains(&status)
        }
        _ => false,
    }
}

pub(crate) fn outcome(class: Class, ending: Ending) -> Outcome {
    if says(ending, Word::KeyNotFound) || says(ending, Word::TooManyRequests) {
        return Outcome::Rejected;
    }
    if in_its_place(ending) && class == Class::OneShot {
        return Outcome::Unknown;
    }
    match ending {
        Ending::Status { status, .. } if NOT_REJECTED.contains(&status) => Outcome::Unknown,
        Ending::Status { status: 300..=499, .. } => Outcome::Rejected,
        Ending::Status { status, .. } if NEVER_REACHED.contains(&status) => Outcome::Rejected,
        Ending::Failure { sent: false, .. } => Outcome::NotSent,
        _ => Outcome::Unknown,
    }
}

/// Whether the same would not just come back.
fn transient(ending: Ending) -> bool {
    match ending {
        _ if says(ending, Word::KeyNotFound) => false,
        _ if says(ending, Word::TooManyRequests) => true,
        Ending::Status { status, .. } => {
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
    transient(ending) && !(class == Class::OneShot && outcome(class, ending) == Outcome::Unknown)
}

pub(crate) fn kind(ending: Ending) -> ErrorKind {
    match ending {
        _ if says(ending, Word::TooManyRequests) => ErrorKind::RateLimited,
        _ if says(ending, Word::KeyNotFound) => ErrorKind::Api,
        _ if in_its_place(ending) => ErrorKind::Intermediary,
        Ending::Status { status, .. } => match status {
            407 => ErrorKind::Intermediary,
            429 => ErrorKind::RateLimited,
            304 => ErrorKind::Api,
            300..=399 => ErrorKind::RedirectRefused,
            200..=299 => ErrorKind::Decode,
            100..=199 => ErrorKind::Protocol,
            _ => ErrorKind::Api,
        },
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
    let statuses = (0..=1_000).chain([u16::MAX]);
    let statuses = statuses.flat_map(|status| WORDS.map(|word| Ending::Status { status, word }));
    let failures = FAILURES
        .into_iter()
        .flat_map(|kind| [true, false].map(|sent| Ending::Failure { kind, sent }));
    statuses.chain(failures)
}
