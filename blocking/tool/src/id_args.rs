//! Commands on one key or many.

use std::collections::HashSet;

use clap::Args;
use descope_blocking::{AccessKeys, Error};
use serde_json::json;

use crate::app::App;
use crate::failure::Failure;

#[derive(Debug, Args)]
pub(crate) struct IdArgs {
    /// The keys' ids; several go in one request. With -, or without any where standard input is no
    /// terminal, they are read from there, separated by white space
    #[arg(value_name = "ID")]
    ids: Vec<String>,
}

/// What is done to keys: one of them, or many in one request.
pub(crate) struct Change {
    /// "deleted"
    pub(crate) done: &'static str,
    pub(crate) one: fn(AccessKeys<'_>, &str) -> Result<(), Error>,
    pub(crate) many: fn(AccessKeys<'_>, &[String]) -> Result<(), Error>,
}

impl IdArgs {
    pub(crate) fn apply(self, app: &App, change: &Change) -> Result<(), Failure> {
        let client = app.client()?;
        let ids = self.read(app)?;
        match ids.as_slice() {
            [] => return Err(Failure::Usage("there is no id".to_owned())),
            [id] => (change.one)(client.access_keys(), id)?,
            ids => (change.many)(client.access_keys(), ids)?,
        }
        let done = change.done;
        match ids.as_slice() {
            [id] => app.out.note(format_args!("{done} {id}")),
            ids => app.out.note(format_args!("{done} {} keys", ids.len())),
        }
        app.out.data(&json!({ done: ids }), String::new)
    }

    /// The ids in their order, each once.
    fn read(self, app: &App) -> Result<Vec<String>, Failure> {
        let (mut ids, mut seen) = (Vec::new(), HashSet::new());
        let mut add = |id: &str| {
            if seen.insert(id.to_owned()) {
                ids.push(id.to_owned());
            }
        };
        for id in &self.ids {
            if id == "-" {
                app.input.read("the ids")?.split_whitespace().for_each(&mut add);
            } else {
                add(id.trim());
            }
        }
        if self.ids.is_empty() && !app.input.is_terminal() {
            app.input.read("the ids")?.split_whitespace().for_each(&mut add);
        }
        Ok(ids)
    }
}
