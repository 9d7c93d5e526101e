//! `descope-keys deactivate`

use clap::Args;

use crate::app::App;
use crate::failure::Failure;
use crate::keys::batch::Change;
use crate::keys::id_args::IdArgs;

/// Refuse access keys at exchange, until they are activated
///
/// Session tokens that they were exchanged for stay valid until they expire.
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  descope-keys deactivate K2abc
  descope-keys search --older-than 365d --ids | descope-keys deactivate - --yes")]
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
        };
        self.ids.apply(app, &change)
    }
}
