//! Negative caching: a failed fetch is not tried again before a pause has passed, and callers are
//! answered with its failure.

use core::time::Duration;

use crate::base::Now;
use crate::call::cooldown::heeded;
use crate::call::retry;
use crate::config::Limits;
use crate::error::Error;

/// How long a fetch is not tried again after so many failures in a row, from 1. `asked` is what the
/// answer asks for, as far as it is heeded; `refused`: it was a 401 or 403; `random` is uniform.
pub(crate) fn pause(
    limits: &Limits,
    failures: u32,
    asked: Duration,
    refused: bool,
    random: u64,
) -> Duration {
    let pauses = &limits.pauses;
    let doublings = failures.saturating_sub(1).min(31);
    let edge = pauses.first.saturating_mul(1 << doublings).min(pauses.longest);
    let backoff = edge / 2 + (edge / 2).mul_f64(retry::fraction(random));
    let least = if refused { asked.max(pauses.refused) } else { asked };
    if backoff >= least {
        return backoff;
    }
    least.saturating_add(retry::jitter_over(limits, least, limits.backoff, random))
}

/// Whether a failure says what any caller would have met: a request was sent, and more patience than
/// that of its caller would not have helped, or it had as much as is configured.
pub(crate) fn is_remembered(attempts: u32, gave_up: bool, patient: bool) -> bool {
    attempts > 0 && (patient || !gave_up)
}

/// The failures of one fetch since it last succeeded. Lives under its owner's lock.
#[derive(Default)]
pub(crate) struct NegativeCache {
    /// How many are remembered.
    failures: u32,
    last: Option<Remembered>,
    /// When it last failed, remembered or not.
    failed: Option<Now>,
}

struct Remembered {
    error: Error,
    at: Now,
    pause: Duration,
}

impl Remembered {
    fn left(&self, now: Now) -> Option<Duration> {
        self.pause.checked_sub(now.since(self.at)).filter(|left| !left.is_zero())
    }
}

impl NegativeCache {
    /// What callers are answered with while the pause lasts.
    pub(crate) fn answer(&self, now: Now) -> Option<Error> {
        let last = self.last.as_ref()?;
        last.left(now).map(|left| last.error.remembered(left))
    }

    /// The failure that is remembered, while the pause lasts.
    pub(crate) fn cause(&self, now: Now) -> Option<&Error> {
        self.last.as_ref().filter(|last| last.left(now).is_some()).map(|last| &last.error)
    }

    pub(crate) fn is_pausing(&self, now: Now) -> bool {
        self.last.as_ref().is_some_and(|last| last.left(now).is_some())
    }

    /// For how long no refresh is tried of what is still good: while the pause lasts, and for
    /// `interval` after any failure.
    pub(crate) fn rests_for(&self, interval: Duration, now: Now) -> Duration {
        let pause = self.last.as_ref().and_then(|last| last.left(now)).unwrap_or_default();
        let since = self.failed.map_or(Duration::MAX, |failed| now.since(failed));
        pause.max(interval.saturating_sub(since))
    }

    /// Whether the last failure that is remembered was none by an answer.
    pub(crate) fn is_unanswered(&self) -> bool {
        self.last.as_ref().is_some_and(|last| !last.error.is_answer())
    }

    /// Whether the next fetch follows one that failed.
    pub(crate) fn is_failing(&self) -> bool {
        self.failures > 0
    }

    /// Takes a failure. `patient`: its caller had as much patience as is configured. True where it is
    /// the first one that is remembered.
    pub(crate) fn failed(
        &mut self,
        error: &Error,
        patient: bool,
        limits: &Limits,
        random: u64,
        now: Now,
    ) -> bool {
        self.failed = Some(now);
        if !is_remembered(error.attempts(), error.has_given_up(), patient) {
            return false;
        }
        self.failures = self.failures.saturating_add(1);
        let asked = error.retry_after().unwrap_or_default();
        let asked = heeded(limits, asked, error.is_from_service());
        let pause = pause(limits, self.failures, asked, error.is_refusal(), random);
        self.last = Some(Remembered { error: error.clone(), at: now, pause });
        self.failures == 1
    }

    /// Forgets them. True where there were some.
    pub(crate) fn clear(&mut self) -> bool {
        core::mem::take(self).failures > 0
    }
}
