//! Changing many keys: they are looked up first, as the service's answer to a batch says nothing of
//! a single one.

use descope_blocking::{AccessKey, AccessKeys, Client, Error};

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
    let (mut changed, mut cause) = (Vec::new(), None);
    for chunk in ids.chunks(CHUNK) {
        let result = match chunk {
            [id] => (change.one)(client.access_keys(), id),
            ids => (change.many)(client.access_keys(), ids),
        };
        match result {
            Ok(()) => changed.extend_from_slice(chunk),
            Err(error) => {
                cause = Some(error);
                break;
            }
        }
        progress.inc(chunk.len() as u64);
    }
    progress.finish_and_clear();
    let done = change.done;
    match changed.as_slice() {
        [] => {}
        [id] => app.out.note(format_args!("{done} {id}")),
        ids => app.out.note(format_args!("{done} {} keys", ids.len())),
    }
    match cause {
        None if missing.is_empty() => {
            app.out.data(&serde_json::json!({ done: changed }), String::new)
        }
        Some(error) if missing.is_empty() && changed.is_empty() => Err(error.into()),
        cause => Err(Failure::PartlyChanged(PartlyChanged { done, changed, missing, cause })),
    }
}
