//! `descope-keys retire-due`

use std::time::Duration;

use clap::Args;
use descope_blocking::RetireDue as Request;
use serde_json::json;

use crate::app::App;
use crate::failure::{Exit, Failure};
use crate::text::time;

/// Deactivate the keys that were replaced with --grace, and whose grace is over
///
/// Each only if its successor is active; a key that is left is told, and ends the command with exit
/// code 1. To run it twice, or twice at once, does no harm.
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  descope-keys retire-due
  descope-keys retire-due --delete-after 30d")]
pub(crate) struct RetireDue {
    /// Delete those too that are inactive, and whose grace was over so long ago
    #[arg(long, value_name = "DURATION", value_parser = time::duration)]
    delete_after: Option<Duration>,
}

impl RetireDue {
    pub(crate) fn run(self, app: &App) -> Result<(), Failure> {
        let client = app.client()?;
        let mut request = Request::new();
        if let Some(time) = self.delete_after {
            request = request.delete_after(time);
        }
        let done = client.access_keys().retire_due(request)?;
        for (what, ids) in [("deactivated", &done.retired), ("deleted", &done.deleted)] {
            for id in ids {
                app.out.note(format_args!("{what} {id}"));
            }
        }
        let mut left = Vec::new();
        for key in &done.left {
            let why = match &key.error {
                Some(error) => error.to_string(),
                None => format!("its successor {} is not active", key.successor),
            };
            app.out.warn(format_args!("{} is left as it is: {why}", key.id));
            left.push(json!({"id": key.id, "successor": key.successor, "why": why}));
        }
        let value = json!({
            "deactivated": done.retired,
            "deleted": done.deleted,
            "left": left,
        });
        app.out.data(&value, String::new)?;
        match left.len() {
            0 => Ok(()),
            count => {
                Err(Failure::Found(Exit::Refused, format!("{count} keys that are due were left")))
            }
        }
    }
}
