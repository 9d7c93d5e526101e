//! `descope-keys find-unconfirmed`

use clap::Args;
use descope_blocking::descope_core::FindUnconfirmed as Find;

use crate::app::App;
use crate::arguments::value_parsers;
use crate::failure::Failure;
use crate::keys::{key_list, key_order};
use crate::text::time;

/// Find the key that a create of unknown outcome may have made
///
/// A create that ended with exit code 6 prints this command with its arguments. It lists the keys of
/// exactly that name that were created in that time, or the one with the marker. None found is no
/// proof while the create may still be under way: look again after two minutes. Nobody has the
/// secret of a key that is found: rotate it for a new one, or delete it.
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  descope-keys find-unconfirmed ci --sent 1801353600 --failed 1801353630
  descope-keys find-unconfirmed ci --marker MARKER")]
pub(crate) struct FindUnconfirmed {
    /// The name that the key was to have
    #[arg(value_parser = value_parsers::non_empty)]
    name: String,
    /// When the create was sent
    #[arg(long, value_name = "TIME", value_parser = time::time)]
    #[arg(required_unless_present = "marker", requires = "failed")]
    sent: Option<i64>,
    /// When it had failed
    #[arg(long, value_name = "TIME", value_parser = time::time, requires = "sent")]
    failed: Option<i64>,
    /// The marker that it had; the times then do not matter
    #[arg(long, value_name = "MARKER", value_parser = value_parsers::non_empty)]
    marker: Option<String>,
    /// Print the ids alone, one a line
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
