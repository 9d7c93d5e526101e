//! `descope-keys retire-due`

use std::time::Duration;

use clap::Args;
use descope_blocking::RetireDue as Request;
use serde_json::json;

use crate::app::App;
use crate::failure::{Exit, Failure};
use crate::text::time;

/// Deactivate replaced keys whose grace period is over
///
/// These are the old keys of `descope-keys replace --grace`. A key is deactivated only if the key that
/// replaced it is active; otherwise it is left unchanged, with a warning. What is done is reported on
/// standard error, and with --json on standard output. It can safely run repeatedly, and in several
/// places at once.
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  descope-keys retire-due
  descope-keys retire-due --delete-after 30d")]
#[command(after_help = "\
Exit codes:
  0  done, also if no key is due
  1  a key that is due was left unchanged")]
pub(crate) struct RetireDue {
    /// Also delete inactive keys whose grace period ended this long ago, such as 30d
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
        if done.retired.is_empty() && done.deleted.is_empty() && done.left.is_empty() {
            app.out.note("No key is due.");
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
