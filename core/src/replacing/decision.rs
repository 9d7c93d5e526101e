//! What follows from what was found. One rule: what is not proven is deployed again, and only then
//! everything earlier goes.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use super::findings::{Found, Line, Proof, alike, counts, is_active, order, refuse_hidden};
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
    /// The old key is in use again: its due tag goes, and it is decided again.
    TakeDueTagOff { old: AccessKey },
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
    State::new(found, replace, now).and_then(|state| state.decide()).unwrap_or_else(Decision::Stop)
}

/// What was found, once it is known for certain.
struct State<'a> {
    found: &'a Found,
    replace: &'a ReplaceAccessKey,
    now: i64,
    old: Option<&'a AccessKey>,
    /// It is inactive or gone.
    is_retired: bool,
    line: Line<'a>,
}

impl<'a> State<'a> {
    /// Row 1.
    fn new(
        found: &'a Found,
        replace: &'a ReplaceAccessKey,
        now: i64,
    ) -> Result<Self, ReplaceError> {
        let old = known(&found.old)?;
        let named = found.named.as_deref().map_err(|error| ReplaceError::Read(error.clone()))?;
        refuse_hidden(&found.unreadable, old)?;
        let is_retired = old.is_none_or(|old| old.status() == Status::Inactive);
        let line = Line::of(&found.id, old, named);
        Ok(Self { found, replace, now, old, is_retired, line })
    }

    fn decide(&self) -> Result<Decision, ReplaceError> {
        if let Some(old) = self.old {
            self.refuse_unfinished(old)?;
            if let Some(decision) = self.in_grace(old)? {
                return Ok(decision);
            }
        }
        if let Some(by) = self.line.replaced.last().filter(|_| self.is_retired) {
            return self.was_replaced(by);
        }
        self.refuse_unusable()?;
        self.refuse_busy()?;
        if !self.line.successors.is_empty() {
            match self.in_use(&self.line.successors)? {
                InUse::Unasked => return Ok(Decision::ReadBack),
                // 8, 13
                InUse::Key(key) => {
                    return Ok(self.finish(key, ids_but(key.id(), &self.line.successors)));
                }
                InUse::Unknown => self.refuse_too_many()?,
            }
        }
        // 6, 9, 14
        self.run(&self.line.successors)
    }

    /// Row 2.
    fn refuse_unfinished(&self, old: &AccessKey) -> Result<(), ReplaceError> {
        let replaces = self.found.replaces.as_ref().map(known).transpose()?.flatten();
        match replaces.filter(|key| is_active(key) && counts(old, key)) {
            Some(of) => Err(ReplaceError::Unfinished { of: of.id().to_owned() }),
            None => Ok(()),
        }
    }

    fn in_grace(&self, old: &AccessKey) -> Result<Option<Decision>, ReplaceError> {
        let Some((at, successor)) = &self.found.due else {
            return Ok(None);
        };
        let successor = known(successor)?.filter(|key| is_active(key));
        let is_marked =
            |key: &AccessKey| self.line.successors.iter().all(|other| other.id() != key.id());
        Ok(match successor.cloned() {
            // Nothing of the grace time is left to be done: row 12.
            Some(by) if self.is_retired && is_marked(&by) => None,
            // 3
            Some(by) if self.now < *at => {
                Some(Decision::Already { by, due: Some(*at), left_over: Vec::new() })
            }
            // 4
            Some(successor) => {
                let others = self.left_over(&successor);
                Some(Decision::Finish { successor, others, old: OldKey::GoesAtOnce })
            }
            // 5
            None if !self.is_retired => Some(Decision::TakeDueTagOff { old: old.clone() }),
            None => None,
        })
    }

    /// Row 12. After two runs at once, of which one was told to resume or did not see the other, several
    /// keys can have replaced it, or what is deployed can be refused.
    fn was_replaced(&self, by: &AccessKey) -> Result<Decision, ReplaceError> {
        let ended = self.line.successors.iter().copied().filter(|key| !self.may_be_deploying(key));
        let mut all = self.line.replaced.clone();
        all.extend(ended);
        match self.in_use(&all)? {
            InUse::Unasked => return Ok(Decision::ReadBack),
            InUse::Key(key) if all.len() > 1 => {
                return Ok(self.finish(key, ids_but(key.id(), &all)));
            }
            InUse::Key(_) => {}
            InUse::Unknown if all.iter().any(|key| order(key) > order(by)) => {
                self.refuse_too_many()?;
                return self.run(&all);
            }
            InUse::Unknown if matches!(self.found.proof, Proof::Refused) => return self.run(&all),
            InUse::Unknown => {}
        }
        Ok(Decision::Already { by: by.clone(), due: None, left_over: self.left_over(by) })
    }

    /// Rows 15 and 16.
    fn refuse_unusable(&self) -> Result<(), ReplaceError> {
        let nothing = self.is_retired && self.line.successors.is_empty();
        let is_expired = self.old.is_some_and(|old| old.status() == Status::Expired);
        Err(ReplaceError::Read(match &self.found.old {
            Err(error) if nothing => error.clone(),
            Ok(_) if nothing => refusal("is that of an inactive key: activate it first"),
            _ if is_expired && self.replace.expiry.is_none() => {
                refusal("is that of a key that has expired: give its successor an expiry")
            }
            _ => return Ok(()),
        }))
    }

    /// Row 7.
    fn refuse_busy(&self) -> Result<(), ReplaceError> {
        match self.line.successors.last().filter(|key| self.may_be_deploying(key)) {
            Some(key) => Err(ReplaceError::Busy {
                successor: key.id().to_owned(),
                since: key.created_time(),
                left: None,
            }),
            None => Ok(()),
        }
    }

    /// Row 17.
    fn refuse_too_many(&self) -> Result<(), ReplaceError> {
        match self.line.successors.len() > MOST_SUCCESSORS {
            true => Err(ReplaceError::TooMany { successors: ids_but("", &self.line.successors) }),
            false => Ok(()),
        }
    }

    /// Which of these keys the deployed secret is of.
    fn in_use(&self, keys: &[&'a AccessKey]) -> Result<InUse<'a>, ReplaceError> {
        match &self.found.proof {
            Proof::Unasked => Ok(InUse::Unasked),
            Proof::None | Proof::Refused => Ok(InUse::Unknown),
            // 10
            Proof::Failed(error) => Err(ReplaceError::Read(error.clone())),
            Proof::Key(id) => match keys.iter().find(|key| key.id() == id) {
                Some(key) => Ok(InUse::Key(key)),
                None if *id == self.found.id => Ok(InUse::Unknown),
                // 11
                None => Err(ReplaceError::DeployedElsewhere { id: id.clone() }),
            },
        }
    }

    fn finish(&self, successor: &AccessKey, others: Vec<String>) -> Decision {
        Decision::Finish { successor: successor.clone(), others, old: self.old_key() }
    }

    fn run(&self, others: &[&AccessKey]) -> Result<Decision, ReplaceError> {
        let (like, others) = (self.like()?.clone(), ids_but("", others));
        Ok(Decision::Run { like, others, old: self.old_key() })
    }

    fn old_key(&self) -> OldKey {
        if self.is_retired { OldKey::StaysAsItIs } else { OldKey::Goes }
    }

    /// The key that a new successor is like. With no old key to compare with, one that was made up by
    /// a stranger would be copied.
    fn like(&self) -> Result<&'a AccessKey, ReplaceError> {
        let successors = &self.line.successors;
        match (self.old, successors.last()) {
            (Some(old), _) => Ok(old),
            (None, Some(key)) if successors.iter().all(|other| alike(other, key)) => Ok(key),
            (None, _) => Err(ReplaceError::Read(refusal(
                "is that of a key that is gone, and those that say they replace it differ",
            ))),
        }
    }

    /// The successors that were earlier than this one, which was deployed. (A later one was handed to
    /// nobody if its create landed late; but who knows.)
    fn left_over(&self, by: &AccessKey) -> Vec<String> {
        let earlier = self.line.successors.iter().copied().filter(|key| order(key) < order(by));
        ids_but("", &earlier.filter(|key| !self.may_be_deploying(key)).collect::<Vec<_>>())
    }

    /// Whether the run that created it may still be under way.
    fn may_be_deploying(&self, key: &AccessKey) -> bool {
        let age = self.now.saturating_sub(key.created_time());
        let is_young = u64::try_from(age).map_or(true, |age| age < self.replace.takeover.as_secs());
        is_young && !self.replace.resume
    }
}

enum InUse<'a> {
    Unasked,
    Key(&'a AccessKey),
    /// Nobody can tell, or it is still the old one.
    Unknown,
}

/// A key that was read, or that is gone by the service's word.
fn known(read: &Result<AccessKey, Error>) -> Result<Option<&AccessKey>, ReplaceError> {
    match read {
        Ok(key) => Ok(Some(key)),
        Err(error) if error.is_key_not_found() => Ok(None),
        Err(error) => Err(ReplaceError::Read(error.clone())),
    }
}

fn ids_but(id: &str, keys: &[&AccessKey]) -> Vec<String> {
    keys.iter().map(|key| key.id().to_owned()).filter(|other| other != id).collect()
}

fn refusal(what: &'static str) -> Error {
    Error::invalid_argument("id", what)
}
