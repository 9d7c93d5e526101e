//! Commands on one key or many.

use std::collections::HashSet;

use crate::app::App;
use crate::app::input::IDS;
use crate::arguments::value_parsers;
use crate::failure::partly_changed::none_of;
use crate::failure::{Exit, Failure};
use crate::keys::batch::{self, Change};
use crate::keys::{ids_in_text, key_list};
use clap::Args;
use serde_json::json;

#[derive(Debug, Args)]
pub(crate) struct IdArgs {
    /// The keys' ids; - reads them from standard input, separated by white space or in JSON that this
    /// tool printed
    #[arg(value_name = "ID", required = true, value_parser = value_parsers::id_or_dash)]
    ids: Vec<String>,
    /// Do not ask; required for a deletion or several keys where nobody can be asked
    #[arg(short, long)]
    yes: bool,
    /// List the keys on standard output, and change nothing
    #[arg(long)]
    dry_run: bool,
}

impl IdArgs {
    pub(crate) fn apply(self, app: &App, change: &Change) -> Result<(), Failure> {
        let client = app.client()?;
        let ids = self.read(app)?;
        if ids.is_empty() {
            return nothing_to_do(app, change, self.dry_run);
        }
        let done = change.done;
        let asks = !self.yes && (change.for_good || ids.len() > 1);
        if !self.dry_run {
            match ids.as_slice() {
                _ if asks => can_ask(app, change, &ids)?,
                // Its own answer tells whether it is there.
                [_] => return batch::change(app, &client, change, &ids, Vec::new()),
                _ => {}
            }
        }
        let (keys, missing) = batch::look_up(app, &client, &ids)?;
        if self.dry_run {
            key_list::print(app, &keys, false, client.now())?;
            app.out.note(format_args!("Would be {done}; nothing was changed."));
            return match missing.is_empty() {
                true => Ok(()),
                false => Err(Failure::Found(Exit::NotFound, none_of(&missing))),
            };
        }
        let found: Vec<String> = keys.iter().map(|key| key.id().to_owned()).collect();
        if asks && !found.is_empty() {
            let table = key_list::table(&keys, client.now());
            ask(app, change, &found, &table)?;
        }
        batch::change(app, &client, change, &found, missing)
    }

    /// The ids in their order, each once. There is none where standard input has none.
    fn read(&self, app: &App) -> Result<Vec<String>, Failure> {
        let mut ids = Vec::new();
        for id in &self.ids {
            if id == "-" {
                ids.extend(ids_in_text::read(&app.input.read(IDS)?)?);
            } else {
                ids.push(id.clone());
            }
        }
        let mut seen = HashSet::new();
        ids.retain(|id| seen.insert(id.clone()));
        Ok(ids)
    }
}

/// For the end of a pipe whose beginning found no key.
fn nothing_to_do(app: &App, change: &Change, dry_run: bool) -> Result<(), Failure> {
    app.out.note("no ids on standard input: nothing to do");
    let value = if dry_run { json!([]) } else { json!({ change.done: [] }) };
    app.out.data(&value, String::new)
}

fn can_ask(app: &App, change: &Change, ids: &[String]) -> Result<(), Failure> {
    let Err(why) = app.input.can_ask() else { return Ok(()) };
    let verb = change.verb.to_lowercase();
    let them = if ids.len() == 1 { "it" } else { "them" };
    Err(Failure::Usage(format!(
        "cannot ask, because {why}: add --yes to {verb} {them}, or --dry-run to see {them}"
    )))
}

/// Asks on a terminal, with the keys before one's eyes.
fn ask(app: &App, change: &Change, ids: &[String], table: &str) -> Result<(), Failure> {
    let Change { verb, for_good, .. } = change;
    let what = how_many(ids);
    let good = if *for_good { " for good" } else { "" };
    match app.input.ask(&format!("{table}{verb} {what}{good}? [y/N] "))? {
        true => Ok(()),
        false => Err(Failure::Declined),
    }
}

/// One by its id.
fn how_many(ids: &[String]) -> String {
    match ids {
        [id] => id.clone(),
        ids => format!("{} keys", ids.len()),
    }
}
