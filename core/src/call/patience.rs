//! How long a caller can wait: the failure of one who had less of it is no verdict for the others.

use core::time::Duration;

use crate::call::flight::Follower;
use crate::error::Error;

/// Until when a caller can wait, and how often it would have a request sent.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience {
    /// Monotonic.
    pub(crate) until: Duration,
    pub(crate) attempts: u32,
    /// A difference in `until` that is only that of callers who began together.
    pub(crate) slack: Duration,
}

impl Patience {
    /// Whether there is a point in trying again where the other one failed.
    pub(crate) fn outlasts(self, other: Self) -> bool {
        self.attempts > other.attempts || self.until > other.until.saturating_add(self.slack)
    }
}

/// A failure as those who waited for the flight see it.
#[derive(Debug, Clone)]
pub(crate) struct SharedFailure {
    pub(crate) error: Error,
    /// That of the one who led.
    pub(crate) patience: Patience,
}

/// What it came to that a caller waited for another one.
pub(crate) enum Waited<T> {
    Over(Result<T, Error>),
    /// The leader gave up, or failed with less patience than this caller has, which may lead now.
    Anew,
    TooLate,
}

impl<T: Clone> Follower<Result<T, SharedFailure>> {
    pub(crate) fn waited(&self, patience: Patience) -> Waited<T> {
        match self.result() {
            Some(Some(Ok(brought))) => Waited::Over(Ok(brought)),
            Some(Some(Err(failure))) if !patience.outlasts(failure.patience) => {
                Waited::Over(Err(failure.error))
            }
            Some(_) => Waited::Anew,
            None => Waited::TooLate,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_time_than_callers_who_began_together_or_more_attempts_outlast() {
        let patience = |millis, attempts| Patience {
            until: Duration::from_millis(millis),
            attempts,
            slack: Duration::from_secs(1),
        };
        let failed = patience(10_000, 3);
        for (until, attempts, outlasts) in [
            (10_000, 3, false),
            (11_000, 3, false),
            (11_001, 3, true),
            (1, 3, false),
            (10_000, 2, false),
            (1, 4, true),
            (11_001, 1, true),
        ] {
            assert_eq!(patience(until, attempts).outlasts(failed), outlasts, "{until} {attempts}");
        }
    }
}
