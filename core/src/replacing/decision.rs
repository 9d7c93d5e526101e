//! What follows from what was found. One rule: what is not proven is deployed again, and only then
//! everything earlier goes.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use super::found::{Found, Line, Proof, alike, counts, is_active};
use super::replace_access_key::ReplaceAccessKey;
use super::replace_error::ReplaceError;
use crate::endpoints::access_key::{AccessKey, Status};
use crate::error::Error;

/// With more successors than these, deploying fails each time: that is for a human.
const MOST_SUCCESSORS: usize = 5;

/// What follows.
#[derive(Debug)]
pub(super) enum Decision {
    /// Nothing is changed.
    Stop(ReplaceError),
    /// It was replaced by this key before; `left_over` are retired.
    Already { by: AccessKey, due: Option<i64>, left_over: Vec<String> },
    /// The old key is in use again: its due tag goes, and it is decided anew.
    TakeDueTagOff,
    /// The deployed secret tells what follows.
    ReadBack,
    /// This successor is in use: all that is earlier goes.
    Finish { successor: AccessKey, others: Vec<String>, old: OldKey },
    /// A new successor, like this key, is created and deployed; then all that is earlier goes.
    Run { like: AccessKey, others: Vec<String>, old: OldKey },
}

/// What becomes of the old key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OldKey {
    /// It is inactive, or gone.
    StaysAsItIs,
    /// It is retired, with the grace that is wanted.
    Goes,
    /// Its grace is over.
    GoesAtOnce,
}

/// The rows in their order; the first one that fits. `now` in Unix seconds.
pub(super) fn decide(found: &Found, replace: &ReplaceAccessKey, now: i64) -> Decision {
    match rows(found, replace, now) {
        Ok(decision) => decision,
        Err(stop) => Decision::Stop(stop),
    }
}

fn rows(found: &Found, replace: &ReplaceAccessKey, now: i64) -> Result<Decision, ReplaceError> {
    // 1
    let old = known(&found.old)?;
    let named = found.named.as_ref().map_err(|error| ReplaceError::Read(error.clone()))?;
    let status = old.map_or(Status::Inactive, AccessKey::status);
    let Line { successors, replaced, .. } = Line::of(&found.id, old, named);
    let in_progress = |key: &AccessKey| is_younger(key, replace.takeover.as_secs(), now);
    // Of creates that landed late, or that gave way: handed to nobody.
    let left_over = |by: &AccessKey| {
        let late = successors.iter().filter(|key| key.id() != by.id() && !in_progress(key));
        late.map(|key| key.id().to_owned()).collect()
    };
    if let Some(old) = old {
        // 2
        if let Some(replaces) = &found.replaces {
            if let Some(of) = known(replaces)?.filter(|key| is_active(key) && counts(old, key)) {
                return Err(ReplaceError::Unfinished { of: of.id().to_owned() });
            }
        }
        if let Some((at, successor)) = &found.due {
            match known(successor)?.filter(|key| is_active(key)).cloned() {
                // 3
                Some(by) if now < *at => {
                    return Ok(Decision::Already { by, due: Some(*at), left_over: Vec::new() });
                }
                // 4
                Some(successor) => {
                    let (others, old) = (left_over(&successor), OldKey::GoesAtOnce);
                    return Ok(Decision::Finish { successor, others, old });
                }
                // 5
                None if status != Status::Inactive => return Ok(Decision::TakeDueTagOff),
                None => {}
            }
        }
    }
    // 12
    if let (Status::Inactive, Some(by)) = (&status, replaced.last()) {
        let (by, left_over) = ((*by).clone(), left_over(by));
        return Ok(Decision::Already { by, due: None, left_over });
    }
    // 15
    if status == Status::Inactive && successors.is_empty() {
        return Err(ReplaceError::Read(match &found.old {
            Ok(_) => refusal("is that of an inactive key: activate it first"),
            Err(error) => error.clone(),
        }));
    }
    // 16
    if status == Status::Expired && replace.expiry.is_none() {
        let what = "is that of a key that has expired: give its successor an expiry";
        return Err(ReplaceError::Read(refusal(what)));
    }
    // 7
    if let Some(key) = successors.last().filter(|key| in_progress(key) && !replace.resume) {
        let (successor, since) = (key.id().to_owned(), key.created_time());
        return Err(ReplaceError::Busy { successor, since, left: None });
    }
    let others_than = |id: &str| {
        let others = successors.iter().filter(|key| key.id() != id);
        others.map(|key| key.id().to_owned()).collect()
    };
    let old_key = if status == Status::Inactive { OldKey::StaysAsItIs } else { OldKey::Goes };
    if !successors.is_empty() {
        match &found.proof {
            Proof::Unasked => return Ok(Decision::ReadBack),
            // 10
            Proof::Failed(error) => return Err(ReplaceError::Read(error.clone())),
            Proof::Key(id) => match successors.iter().find(|key| key.id() == id) {
                // 8, 13
                Some(key) => {
                    let (successor, others) = ((*key).clone(), others_than(id));
                    return Ok(Decision::Finish { successor, others, old: old_key });
                }
                None if *id == found.id => {}
                // 11
                None => return Err(ReplaceError::DeployedElsewhere { id: id.clone() }),
            },
            Proof::None => {}
        }
    }
    // 17
    if successors.len() > MOST_SUCCESSORS {
        let successors = successors.iter().map(|key| key.id().to_owned()).collect();
        return Err(ReplaceError::TooMany { successors });
    }
    // 6, 9, 14
    let like = match (old, successors.last()) {
        (Some(old), _) => old,
        // With no old key to compare with, one among them that was made up would be copied.
        (None, Some(youngest)) if successors.iter().all(|key| alike(key, youngest)) => youngest,
        (None, _) => {
            let what = "is that of a key that is gone, and those that say they replace it differ";
            return Err(ReplaceError::Read(refusal(what)));
        }
    };
    Ok(Decision::Run { like: like.clone(), others: others_than(""), old: old_key })
}

/// A key that was read, or that is gone by the service's word.
fn known(read: &Result<AccessKey, Error>) -> Result<Option<&AccessKey>, ReplaceError> {
    match read {
        Ok(key) => Ok(Some(key)),
        Err(error) if error.is_key_not_found() => Ok(None),
        Err(error) => Err(ReplaceError::Read(error.clone())),
    }
}

fn is_younger(key: &AccessKey, seconds: u64, now: i64) -> bool {
    let age = now.saturating_sub(key.created_time());
    u64::try_from(age).map_or(true, |age| age < seconds)
}

fn refusal(what: &'static str) -> Error {
    Error::invalid_argument("id", what)
}
