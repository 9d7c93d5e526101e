//! Changing many keys: they are looked up before and after, as the service's answer to a batch proves
//! nothing about a single key.

use descope_blocking::{AccessKey, AccessKeys, Client, Error, Status};

use crate::app::App;
use crate::failure::Failure;
use crate::failure::malformed_id;
use crate::failure::partly_changed::PartlyChanged;

/// So many ids go in one request.
const CHUNK: usize = 100;

/// What is done to keys: one of them, or many in one request.
pub(crate) struct Change {
    /// "Delete"
    pub(crate) verb: &'static str,
    /// "deleted"
    pub(crate) done: &'static str,
    /// Whether even a single key is worth a question.
    pub(crate) for_good: bool,
    pub(crate) one: fn(AccessKeys<'_>, &str) -> Result<(), Error>,
    pub(crate) many: fn(AccessKeys<'_>, &[String]) -> Result<(), Error>,
    /// Whether a key of this status shows it; `None` is no key.
    pub(crate) shows: fn(Option<Status>) -> bool,
}

/// What came of it for each key.
#[derive(Default)]
struct Made {
    changed: Vec<String>,
    unchanged: Vec<String>,
}

impl Change {
    fn make(&self, keys: AccessKeys<'_>, ids: &[String], made: &mut Made) -> Result<(), Error> {
        if let [id] = ids {
            (self.one)(keys, id)?;
            made.changed.push(id.clone());
            return Ok(());
        }
        (self.many)(keys, ids)?;
        for (id, status) in keys.status_of(ids) {
            let to = if (self.shows)(status?) { &mut made.changed } else { &mut made.unchanged };
            to.push(id);
        }
        Ok(())
    }
}

/// The keys of these ids, and the ids that are none.
pub(crate) fn look_up(
    app: &App,
    client: &Client,
    ids: &[String],
) -> Result<(Vec<AccessKey>, Vec<String>), Failure> {
    let progress = app.out.progress("Looking up keys", ids.len());
    let (mut keys, mut missing) = (Vec::new(), Vec::new());
    for id in ids {
        match client.access_keys().load(id) {
            Ok(key) => keys.push(key),
            Err(error) if error.is_key_not_found() || malformed_id::is_refused(&error) => {
                missing.push(id.clone());
            }
            Err(error) => return Err(error.into()),
        }
        progress.inc(1);
    }
    progress.finish_and_clear();
    Ok((keys, missing))
}

/// Makes the change, and tells of those ids too that are none.
pub(crate) fn change(
    app: &App,
    client: &Client,
    change: &Change,
    ids: &[String],
    missing: Vec<String>,
) -> Result<(), Failure> {
    let progress = app.out.progress("Changing keys", ids.len());
    let (mut made, mut cause) = (Made::default(), None);
    for chunk in ids.chunks(CHUNK) {
        if let Err(error) = change.make(client.access_keys(), chunk, &mut made) {
            cause = Some(error);
            break;
        }
        progress.inc(chunk.len() as u64);
    }
    progress.finish_and_clear();
    let Made { changed, unchanged } = made;
    let done = change.done;
    match changed.as_slice() {
        [] => {}
        [id] => app.out.note(format_args!("{done} {id}")),
        ids => app.out.note(format_args!("{done} {} keys", ids.len())),
    }
    match cause {
        None if missing.is_empty() && unchanged.is_empty() => {
            app.out.data(&serde_json::json!({ done: changed }), String::new)
        }
        Some(error) if missing.is_empty() && changed.is_empty() && unchanged.is_empty() => {
            Err(error.into())
        }
        cause => {
            let partly = PartlyChanged { done, changed, missing, unchanged, cause };
            Err(Failure::PartlyChanged(partly))
        }
    }
}
