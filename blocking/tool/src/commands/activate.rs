//! `descope-keys activate`

use clap::Args;

use crate::app::App;
use crate::failure::Failure;
use crate::keys::batch::Change;
use crate::keys::id_args::IdArgs;

/// Let access keys be exchanged again
#[derive(Debug, Args)]
#[command(before_help = "\
Example:
  descope-keys activate K2abc")]
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
        };
        self.ids.apply(app, &change)
    }
}
