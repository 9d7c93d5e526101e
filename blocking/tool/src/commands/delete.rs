//! `descope-keys delete`

use clap::Args;

use crate::app::App;
use crate::failure::Failure;
use crate::keys::batch::Change;
use crate::keys::id_args::IdArgs;

/// Delete access keys for good
///
/// A deleted key cannot be restored; `descope-keys deactivate` can be undone. Session tokens that were
/// issued before stay valid until they expire. On a terminal it shows the keys and asks; elsewhere, and
/// with -, it requires --yes. What is done is reported on standard error; with --json the ids are on standard output.
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  descope-keys delete K2abc
  descope-keys delete K2abc K2def --dry-run
  descope-keys search --status expired --ids | descope-keys delete - --yes")]
#[command(after_help = "\
Exit codes:
  1  also: you were asked, and did not confirm
  3  some of the ids do not exist; the other keys are deleted
If a request fails after some keys were deleted, the message says how many.")]
pub(crate) struct Delete {
    #[command(flatten)]
    ids: IdArgs,
}

impl Delete {
    pub(crate) fn run(self, app: &App) -> Result<(), Failure> {
        let change = Change {
            verb: "Delete",
            done: "deleted",
            for_good: true,
            one: |keys, id| keys.delete(id),
            many: |keys, ids| keys.delete_batch(ids),
            shows: |status| status.is_none(),
        };
        self.ids.apply(app, &change)
    }
}
