//! `descope-keys delete`

use clap::Args;

use crate::app::App;
use crate::failure::Failure;
use crate::keys::batch::Change;
use crate::keys::id_args::IdArgs;

/// Delete access keys for good: their secrets stop working, and nothing brings them back
///
/// Session tokens that they were exchanged for stay valid until they expire. To pause a key, see
/// `descope-keys deactivate`. On a terminal the keys are shown, and you are asked.
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  descope-keys delete K2abc
  descope-keys delete K2abc K2def --dry-run
  descope-keys search --status expired --ids | descope-keys delete - --yes")]
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
        };
        self.ids.apply(app, &change)
    }
}
