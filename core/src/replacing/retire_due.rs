//! Retires the old keys whose grace time is over.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;
use core::convert::Infallible;
use core::fmt;
use core::time::Duration;

use super::findings::{due_tag, is_active};
use super::key_changes::Service;
use super::script::{Pause, Script};
use crate::base::Now;
use crate::call::Reply;
use crate::call::call_context::CallContext;
use crate::call::step::{Machine, Resume, Step};
use crate::config::CallOptions;
use crate::endpoints::access_key::{AccessKey, Status};
use crate::error::Error;

/// Retires the keys whose grace time is over. For [`Context::retire_due`](crate::Context::retire_due).
#[derive(Debug, Clone, Default)]
#[must_use]
pub struct RetireDue {
    delete_after: Option<Duration>,
    among: Option<Vec<AccessKey>>,
}

impl RetireDue {
    /// Deactivates every key that is due, of all there are.
    pub fn new() -> Self {
        Self::default()
    }

    /// Deletes those too that are inactive, and were due so long ago.
    pub fn delete_after(mut self, time: Duration) -> Self {
        self.delete_after = Some(time);
        self
    }

    /// Looks for them in this answer to a search for all keys, and does not search again.
    pub fn among(mut self, keys: &[AccessKey]) -> Self {
        self.among = Some(with_due_tag(keys));
        self
    }
}

fn with_due_tag(keys: &[AccessKey]) -> Vec<AccessKey> {
    keys.iter().filter(|key| due_tag(key).is_some()).cloned().collect()
}

/// What became of the keys whose grace time is over.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct RetiredDue {
    /// Deactivated.
    pub retired: Vec<String>,
    /// Deleted.
    pub deleted: Vec<String>,
    /// Left as they are.
    pub left: Vec<DueLeft>,
}

/// A key that is due and was not retired.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct DueLeft {
    /// The id of the key.
    pub id: String,
    /// The id of its successor.
    pub successor: String,
    /// What failed. `None`: the successor is not active, so that the old key may be in use again; to
    /// replace it again settles it.
    pub error: Option<Error>,
}

/// Retires the keys that are due: the machine of
/// [`Context::retire_due`](crate::Context::retire_due).
pub struct RetireDueFlow(Script<Result<RetiredDue, Error>, Infallible>);

impl RetireDueFlow {
    /// Begins: hands out the first request.
    pub(crate) fn start(
        calls: CallContext,
        retire: RetireDue,
        options: CallOptions,
        now: Now,
    ) -> Step<Self> {
        let flow = |driver| retire_due(Service { driver, calls, options }, retire);
        at_its_end(Script::begin(flow, now))
    }
}

impl Machine for RetireDueFlow {
    type Output = RetiredDue;
}

impl Resume for RetireDueFlow {
    fn on_reply(self, reply: Reply, now: Now) -> Step<Self> {
        at_its_end(self.0.on_reply(reply, now))
    }

    fn on_wake(self, now: Now) -> Step<Self> {
        at_its_end(self.0.on_wake(now))
    }
}

fn at_its_end(step: Step<Script<Result<RetiredDue, Error>, Infallible>>) -> Step<RetireDueFlow> {
    match step.split() {
        Ok(suspended) => suspended.within(RetireDueFlow),
        Err(Ok(Pause::Done(result))) => Step::Done(result),
        Err(Ok(Pause::Stage(never, _))) => match never {},
        Err(Err(error)) => Step::Done(Err(error)),
    }
}

async fn retire_due(service: Service<Infallible>, retire: RetireDue) -> Result<RetiredDue, Error> {
    let keys = match retire.among {
        Some(keys) => keys,
        None => with_due_tag(&service.search().await?.keys),
    };
    let mut done = RetiredDue::default();
    for key in keys {
        if due_tag(&key).is_some_and(|(at, _)| at <= service.now().unix_seconds()) {
            retire_one(&service, key.id(), retire.delete_after, &mut done).await;
        }
    }
    Ok(done)
}

/// A search may lag, and its answer be old: the key itself decides, as it is now.
async fn retire_one(
    service: &Service<Infallible>,
    id: &str,
    delete_after: Option<Duration>,
    done: &mut RetiredDue,
) {
    let left = |successor: &str, error| DueLeft {
        id: id.to_owned(),
        successor: successor.to_owned(),
        error,
    };
    let key = match service.load(id).await {
        Ok(key) => key,
        Err(error) if error.is_key_not_found() => return,
        Err(error) => return done.left.push(left("", Some(error))),
    };
    let now = service.now().unix_seconds();
    let Some((at, successor)) = due_tag(&key).filter(|(at, _)| *at <= now) else {
        return;
    };
    let over = |time: Duration| u64::try_from(now - at).is_ok_and(|late| late >= time.as_secs());
    if key.status() == Status::Inactive {
        if delete_after.is_some_and(over) {
            match service.retire(id, true).await {
                Ok(()) => done.deleted.push(id.to_owned()),
                Err(error) => done.left.push(left(successor, Some(error))),
            }
        }
        return;
    }
    match service.load(successor).await {
        Ok(key) if is_active(&key) => match service.retire(id, false).await {
            Ok(()) => done.retired.push(id.to_owned()),
            Err(error) => done.left.push(left(successor, Some(error))),
        },
        Ok(_) => done.left.push(left(successor, None)),
        Err(error) if error.is_key_not_found() => done.left.push(left(successor, None)),
        Err(error) => done.left.push(left(successor, Some(error))),
    }
}

impl fmt::Debug for RetireDueFlow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RetireDueFlow").finish_non_exhaustive()
    }
}
