//! `descope-keys find-unconfirmed`

use clap::Args;
use descope_blocking::descope_core::FindUnconfirmed as Find;

use crate::app::App;
use crate::arguments::value_parsers;
use crate::failure::Failure;
use crate::keys::{key_list, key_order};
use crate::text::time;

/// Find the key that a create with a lost answer may have made
///
/// A `descope-keys create` that ends with exit code 6 prints this command with its arguments. It lists
/// the key with the marker, or the keys of exactly that name that were created in that time. The create
/// may still be under way: look again after two minutes before you conclude from an empty list. Nobody
/// has the secret of a key that is found: rotate it to get a new one, or delete it.
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  descope-keys find-unconfirmed ci --sent 1801353600 --failed 1801353630
  descope-keys find-unconfirmed ci --marker MARKER")]
#[command(after_help = "\
Exit codes:
  0  done, also if no key is found")]
pub(crate) struct FindUnconfirmed {
    /// The name that was given to create
    #[arg(value_parser = value_parsers::non_empty)]
    name: String,
    /// When the create was sent; needed without --marker
    #[arg(long, value_name = "TIME", value_parser = time::time)]
    #[arg(required_unless_present = "marker", requires = "failed")]
    sent: Option<i64>,
    /// When it failed
    #[arg(long, value_name = "TIME", value_parser = time::time, requires = "sent")]
    failed: Option<i64>,
    /// The marker of the key; the times are then ignored
    #[arg(long, value_name = "MARKER", value_parser = value_parsers::non_empty)]
    marker: Option<String>,
    /// Print only the ids, one per line
    #[arg(long)]
    ids: bool,
}

impl FindUnconfirmed {
    pub(crate) fn run(self, app: &App) -> Result<(), Failure> {
        let client = app.client()?;
        let mut find =
            Find::named(self.name, self.sent.unwrap_or_default(), self.failed.unwrap_or_default());
        if let Some(marker) = self.marker {
            find = find.marker(marker);
        }
        let mut keys = client.call(find)?;
        key_order::sort(&mut keys, &[]);
        key_list::print(app, &keys, self.ids, client.now())
    }
}
