//! `descope-keys deactivate`

use clap::Args;
use descope_blocking::Status;

use crate::app::App;
use crate::failure::Failure;
use crate::keys::batch::Change;
use crate::keys::id_args::IdArgs;

/// Deactivate access keys, so that they cannot be exchanged
///
/// `descope-keys activate` undoes it. Session tokens that were issued before stay valid until they
/// expire. What is done is reported on standard error; with --json the ids are on standard output.
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  descope-keys deactivate K2abc
  descope-keys search --older-than 365d --ids | descope-keys deactivate - --yes")]
#[command(after_help = "\
Exit codes:
  1  also: you were asked, and did not confirm
  3  some of the ids do not exist; the other keys are deactivated
If a request fails after some keys were deactivated, the message says how many.")]
pub(crate) struct Deactivate {
    #[command(flatten)]
    ids: IdArgs,
}

impl Deactivate {
    pub(crate) fn run(self, app: &App) -> Result<(), Failure> {
        let change = Change {
            verb: "Deactivate",
            done: "deactivated",
            for_good: false,
            one: |keys, id| keys.deactivate(id),
            many: |keys, ids| keys.deactivate_batch(ids),
            shows: |status| status != Some(Status::Active),
        };
        self.ids.apply(app, &change)
    }
}
