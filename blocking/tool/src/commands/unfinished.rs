//! `descope-keys unfinished`

use clap::Args;
use serde_json::{Value, json};

use crate::app::App;
use crate::failure::Failure;
use crate::text::table::{Cell, Fit, render, terminal_width};
use crate::text::time;

/// List the new keys of unfinished replacements
///
/// Each belongs to a run of `descope-keys replace` that failed, was killed, or is still under way. To
/// finish it, replace the old key again. The table goes to standard output.
#[derive(Debug, Args)]
#[command(before_help = "\
Example:
  descope-keys unfinished")]
#[command(after_help = "\
Exit codes:
  0  done, also if there are some")]
pub(crate) struct Unfinished {}

impl Unfinished {
    pub(crate) fn run(self, app: &App) -> Result<(), Failure> {
        let client = app.client()?;
        let unfinished = client.access_keys().unfinished()?;
        if unfinished.is_empty() {
            app.out.note("No replacement is unfinished.");
        }
        let now = client.now().unix_seconds();
        let value: Vec<Value> =
            unfinished.iter().map(|it| json!({"key": it.key, "of": it.of})).collect();
        app.out.data(&value, || {
            let row = |it: &descope_blocking::Unfinished| {
                let created = time::relative(it.key.created_time(), now);
                vec![
                    Cell::new(&it.of),
                    Cell::new(it.key.id()),
                    Cell::new(it.key.name()),
                    Cell::new(created),
                ]
            };
            let columns = [
                ("OLD ID", Fit::Whole),
                ("NEW ID", Fit::Whole),
                ("NAME", Fit::IfRoom(10)),
                ("CREATED", Fit::IfRoom(10)),
            ];
            match unfinished.is_empty() {
                true => String::new(),
                false => render(&columns, unfinished.iter().map(row).collect(), terminal_width()),
            }
        })
    }
}
