//! `descope-keys delete`

use clap::Args;

use crate::app::App;
use crate::failure::Failure;
use crate::id_args::{Change, IdArgs};

/// Delete access keys for good
///
/// Session tokens that they were exchanged for stay valid until they expire. To pause a key, see
/// `descope-keys deactivate`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  descope-keys delete K2abc
  descope-keys search --status expired --ids | descope-keys delete -")]
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
