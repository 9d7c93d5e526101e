//! What is retried, and when: pure functions.

use core::time::Duration;

use crate::base::{Class, Outcome};
use crate::call::FailureKind;
use crate::config::Limits;
use crate::error::ErrorKind;
pub use crate::error::header_times::retry_after;
pub use crate::error::refusal::Word;

/// How an attempt ended without success.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ending {
    /// With a complete answer other than a usable 2xx.
    Status {
        /// Its status.
        status: u16,
        /// Whose word it is.
        word: Word,
    },
    /// Without a complete answer.
    Failure {
        /// What failed.
        kind: FailureKind,
        /// Whether a byte of the request may have been written.
        sent: bool,
    },
}

/// What an ending means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Verdict {
    /// What failed.
    pub kind: ErrorKind,
    /// What may be true on the server after this attempt.
    pub outcome: Outcome,
    /// Whether the operation may be retried, attempts and deadline permitting.
    pub again: bool,
}

/// Judges how an attempt of an operation ended. Every rule on what is retried is here.
///
/// ```
/// use descope_core::retry::{Ending, Word, judge};
/// use descope_core::{Class, Outcome};
///
/// let busy = Ending::Status { status: 503, word: Word::Unproven };
/// let verdict = judge(Class::OneShot, busy);
/// assert_eq!(verdict.outcome, Outcome::Unknown);
/// assert!(!verdict.again, "a create that may have been carried out is never sent twice");
/// assert!(judge(Class::Read, busy).again);
/// ```
#[must_use]
pub fn judge(class: Class, ending: Ending) -> Verdict {
    let (kind, outcome, transient) = match ending {
        Ending::Status { status, word } => status_meaning(class, status, word),
        Ending::Failure { kind, sent } => failure_meaning(kind, sent),
    };
    let again = transient && (class != Class::OneShot || outcome != Outcome::Unknown);
    Verdict { kind, outcome, again }
}

fn status_meaning(class: Class, status: u16, word: Word) -> (ErrorKind, Outcome, bool) {
    use Outcome::{Rejected, Unknown};
    match (status, word) {
        (400..=599, Word::KeyNotFound) => return (ErrorKind::Api, Rejected, false),
        (400..=599, Word::TooManyRequests) => return (ErrorKind::RateLimited, Rejected, true),
        _ => {}
    }
    match status {
        100..=199 => (ErrorKind::Protocol, Unknown, false),
        // A 2xx ends here only when its body cannot be used.
        200..=299 => (ErrorKind::Decode, Unknown, false),
        304 => (ErrorKind::Api, Unknown, false),
        300..=399 => (ErrorKind::RedirectRefused, Rejected, false),
        408 => (ErrorKind::Api, Unknown, true),
        425 => (ErrorKind::Api, Rejected, true),
        429 => (ErrorKind::RateLimited, Rejected, true),
        // A proxy's, which passes nothing on.
        407 => (ErrorKind::Intermediary, Rejected, false),
        400..=499 if word != Word::Unproven => (ErrorKind::Api, Rejected, false),
        // It may stand in the place of an answer that delivered a secret.
        400..=499 if class == Class::OneShot => (ErrorKind::Intermediary, Unknown, false),
        400..=499 => (ErrorKind::Intermediary, Rejected, false),
        500 | 502 | 503 | 504 | 520 | 522 | 523 | 524 => (ErrorKind::Api, Unknown, true),
        // The edge never got through to the origin.
        521 | 530 => (ErrorKind::Api, Rejected, true),
        525 | 526 => (ErrorKind::Api, Rejected, false),
        _ => (ErrorKind::Api, Unknown, false),
    }
}

fn failure_meaning(kind: FailureKind, sent: bool) -> (ErrorKind, Outcome, bool) {
    let (error, transient) = match kind {
        FailureKind::Resolve | FailureKind::Connect => (ErrorKind::Connect, true),
        FailureKind::Proxy => (ErrorKind::Connect, false),
        FailureKind::ConnectTimeout => (ErrorKind::ConnectTimeout, true),
        FailureKind::Tls => (ErrorKind::Tls, true),
        FailureKind::Certificate | FailureKind::NotTls => (ErrorKind::Tls, false),
        FailureKind::Timeout => (ErrorKind::Timeout, true),
        FailureKind::Closed => (ErrorKind::Transport, true),
        FailureKind::Malformed => (ErrorKind::Protocol, true),
        FailureKind::HeaderTooLarge => (ErrorKind::Protocol, false),
        FailureKind::BodyTooLarge => (ErrorKind::BodyTooLarge, false),
        FailureKind::Coding => (ErrorKind::Decode, false),
    };
    (error, if sent { Outcome::Unknown } else { Outcome::NotSent }, transient)
}

/// How long to wait before the next attempt: full jitter under an exponential edge; over what the
/// service asks for, jitter up to a tenth of it ([`Limits::retry_after_jitter_percent`]) and at least
/// up to that edge. `attempt` is the one that just failed, from 1; `random` is uniform.
#[must_use]
pub fn delay(
    limits: &Limits,
    attempt: u32,
    retry_after: Option<Duration>,
    random: u64,
) -> Duration {
    let doublings = attempt.saturating_sub(1).min(31);
    let edge = limits.backoff.saturating_mul(1 << doublings).min(limits.max_backoff);
    let asked = retry_after.unwrap_or_default();
    asked.saturating_add(jitter_over(limits, asked, edge, random))
}

/// Jitter over a time that many were told: up to a tenth of it, and at least up to `edge`.
pub(crate) fn jitter_over(
    limits: &Limits,
    told: Duration,
    edge: Duration,
    random: u64,
) -> Duration {
    let share = told.saturating_mul(limits.retry_after_jitter_percent.min(100)) / 100;
    share.max(edge).mul_f64(fraction(random))
}

/// A wait of `delay`, `least` of which has to be, within the time left: jitter is cut so that it leaves
/// half of what remains for the attempt. `None` where it does not fit.
pub(crate) fn fitting(least: Duration, delay: Duration, left: Duration) -> Option<Duration> {
    let spare = left.checked_sub(least).filter(|spare| !spare.is_zero())?;
    match least.is_zero() {
        true => (delay < left).then_some(delay),
        false => Some(delay.min(least + spare / 2)),
    }
}

/// A number in [0, 1) from a uniform one: an `f64` holds its top 53 bits exactly.
pub(crate) fn fraction(random: u64) -> f64 {
    (random >> 11) as f64 / (1_u64 << 53) as f64
}

/// Spreads a seed and a counter over 64 bits (SplitMix64's finaliser).
pub(crate) fn mix(seed: u64, counter: u64) -> u64 {
    let mut z = seed ^ counter.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_spread_as_splitmix64_does() {
        // The first outputs of the published generator for the seed 0.
        let published = [0xe220_a839_7b1d_cdaf, 0x6e78_9e6a_a1b9_65f4, 0x06c4_5d18_8009_454f];
        assert_eq!([1, 2, 3].map(|counter| mix(0, counter)), published);
        // One bit of the seed turns half of the bits, one way or the other.
        for bit in 0..64 {
            let turned: u32 =
                (1..=100).map(|n| (mix(7, n) ^ mix(7 ^ 1 << bit, n)).count_ones()).sum();
            assert!((2_800..=3_600).contains(&turned), "{bit}: {turned}");
        }
    }

    #[test]
    fn fractions_are_from_nothing_to_one() {
        assert_eq!((fraction(0), fraction(1 << 63)), (0.0, 0.5));
        assert!(fraction(u64::MAX) < 1.0 && fraction(u64::MAX) > 0.999_999);
    }

    #[test]
    fn what_has_to_be_waited_fits_or_not_and_jitter_leaves_half_of_the_rest() {
        let ms = Duration::from_millis;
        for (least, delay, left, fits) in [
            (0, 50, 100, Some(50)),
            (0, 99, 100, Some(99)),
            (0, 100, 100, None),
            (0, 0, 0, None),
            (50, 55, 100, Some(55)),
            (50, 75, 100, Some(75)),
            (50, 76, 100, Some(75)),
            (98, 200, 100, Some(99)),
            (100, 100, 100, None),
            (200, 220, 100, None),
        ] {
            assert_eq!(fitting(ms(least), ms(delay), ms(left)), fits.map(ms), "{least} {delay}");
        }
    }
}
