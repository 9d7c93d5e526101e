//! What holds over every ask of every run.

use std::time::Duration;

use descope_core::{Error, ErrorKind, Now, Outcome};

use super::Ask;
use super::worker::{Answered, Gain, Worker};

/// For how long a signing key may be used after it has left the set: ten minutes of freshness, and an
/// hour while the service cannot be reached. The fetch itself may end as late as its call's deadline.
const SIGNING_KEY_TIME: Duration = Duration::from_secs(600 + 3600 + 10);

/// How an ask ended, and when.
pub(crate) struct Ending<'a> {
    pub(crate) worker: &'a Worker,
    pub(crate) answered: &'a Answered,
    pub(crate) now: Now,
    pub(crate) elapsed: Duration,
}

/// Which rule an ask has broken, in words. `first_key_retired`: when the first signing key left the
/// set.
pub(crate) fn broken(ending: &Ending<'_>, first_key_retired: Option<Duration>) -> Option<String> {
    let Ending { worker, answered, now, elapsed } = *ending;
    let ask = worker.job.ask;
    let late = now.monotonic().saturating_sub(worker.latest_end);
    if !late.is_zero() {
        return Some(format!("{} ended {late:?} after its deadline", ask.name()));
    }
    match (answered, ask) {
        (Ok(Gain::Token(session)), _) => {
            let end = session.claims().expires_at().unix_seconds();
            (end <= now.unix_seconds())
                .then(|| format!("a token that ended at {end} is handed out at {now:?}"))
        }
        (Ok(_), Ask::ValidateForged) => Some("a forged token is valid".to_owned()),
        (Ok(_), Ask::ValidateStolen) => {
            let since = elapsed - first_key_retired?;
            (since > SIGNING_KEY_TIME)
                .then(|| format!("a signing key is used {since:?} after it was retired"))
        }
        (Err(error), _) if worker.steps == 0 => untold(error),
        _ => None,
    }
}

/// A failure at once, with no request and no wait, says so, and when to try again.
fn untold(error: &Error) -> Option<String> {
    let told = error.attempts() == 0 && error.outcome() == Outcome::NotSent;
    let is_fine = error.kind() == ErrorKind::InvalidToken || told && error.retry_after().is_some();
    (!is_fine).then(|| format!("nothing was sent, and the error does not say so: {error}"))
}

/// Whether a valid token of the service is called invalid.
pub(crate) fn is_misjudged(ask: Ask, answered: &Answered) -> bool {
    let invalid = |error: &Error| error.kind() == ErrorKind::InvalidToken;
    ask == Ask::Validate && answered.as_ref().is_err_and(invalid)
}
