//! Commands on one key or many.

use std::collections::HashSet;

use clap::Args;
use descope_blocking::{AccessKey, AccessKeys, Client, Error};
use serde_json::json;

use crate::app::App;
use crate::failure::Failure;
use crate::{ids_in_text, key_list, value_parsers};

#[derive(Debug, Args)]
pub(crate) struct IdArgs {
    /// The keys' ids; several go in one request. - reads them from standard input, separated by
    /// white space, or in the JSON that this tool prints
    #[arg(value_name = "ID", required = true, value_parser = value_parsers::id_or_dash)]
    ids: Vec<String>,
    /// Do not ask; needed where there is nobody to be asked
    #[arg(short, long)]
    yes: bool,
    /// Show the keys that it would be done to, and change nothing
    #[arg(long)]
    dry_run: bool,
}

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

impl IdArgs {
    pub(crate) fn apply(self, app: &App, change: &Change) -> Result<(), Failure> {
        let client = app.client()?;
        let ids = self.read(app)?;
        let done = change.done;
        if self.dry_run {
            let keys = load(&client, &ids)?;
            key_list::print(app, &keys, false, client.now())?;
            app.out.note(format_args!("Would be {done}; nothing was changed."));
            return Ok(());
        }
        if !self.yes && (change.for_good || ids.len() > 1) {
            confirm(app, &client, change, &ids)?;
        }
        match ids.as_slice() {
            [id] => (change.one)(client.access_keys(), id)?,
            ids => (change.many)(client.access_keys(), ids)?,
        }
        match ids.as_slice() {
            [id] => app.out.note(format_args!("{done} {id}")),
            ids => app.out.note(format_args!("{done} {} keys", ids.len())),
        }
        app.out.data(&json!({ done: ids }), String::new)
    }

    /// The ids in their order, each once.
    fn read(&self, app: &App) -> Result<Vec<String>, Failure> {
        let mut ids = Vec::new();
        for id in &self.ids {
            if id == "-" {
                ids.extend(ids_in_text::read(&app.input.read("the ids")?)?);
            } else {
                ids.push(id.clone());
            }
        }
        let mut seen = HashSet::new();
        ids.retain(|id| seen.insert(id.clone()));
        match ids.is_empty() {
            true => Err(Failure::Usage("there is no id on standard input".to_owned())),
            false => Ok(ids),
        }
    }
}

fn load(client: &Client, ids: &[String]) -> Result<Vec<AccessKey>, Failure> {
    ids.iter().map(|id| Ok(client.access_keys().load(id)?)).collect()
}

/// Asks on a terminal, with the keys before one's eyes; where there is none, nothing is done.
fn confirm(app: &App, client: &Client, change: &Change, ids: &[String]) -> Result<(), Failure> {
    let Change { verb, done, .. } = change;
    let what = match ids {
        [id] => id.clone(),
        ids => format!("{} keys", ids.len()),
    };
    if !app.input.can_ask() {
        return Err(Failure::Usage(format!(
            "{what} would be {done}, and nobody is there to be asked: --yes does it, --dry-run shows \
             what it would be done to"
        )));
    }
    let keys = load(client, ids)?;
    let good = if change.for_good { " for good" } else { "" };
    let table = key_list::table(&keys, client.now());
    let question = format!("{table}{verb} {what}{good}? [y/N] ");
    match app.input.ask(&question)? {
        true => Ok(()),
        false => Err(Failure::Refused(format!("nothing was {done}"))),
    }
}
