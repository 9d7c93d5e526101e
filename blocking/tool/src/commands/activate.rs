//! `descope-keys activate`

use clap::Args;
use descope_blocking::Status;

use crate::app::App;
use crate::failure::Failure;
use crate::keys::batch::Change;
use crate::keys::id_args::IdArgs;

/// Activate access keys, so that they can be exchanged again
///
/// What is done is reported on standard error; with --json the ids are on standard output.
#[derive(Debug, Args)]
#[command(before_help = "\
Example:
  descope-keys activate K2abc")]
#[command(after_help = "\
Exit codes:
  1  also: you were asked, and did not confirm
  3  some of the ids do not exist; the other keys are activated
If a request fails after some keys were activated, the message says how many.")]
pub(crate) struct Activate {
    #[command(flatten)]
    ids: IdArgs,
}

impl Activate {
    pub(crate) fn run(self, app: &App) -> Result<(), Failure> {
        let change = Change {
            verb: "Activate",
            done: "activated",
            for_good: false,
            one: |keys, id| keys.activate(id),
            many: |keys, ids| keys.activate_batch(ids),
            shows: |status| status.is_some_and(|it| it != Status::Inactive),
        };
        self.ids.apply(app, &change)
    }
}
