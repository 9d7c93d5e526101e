//! `descope-keys load`

use clap::Args;

use crate::app::App;
use crate::arguments::value_parsers;
use crate::failure::Failure;
use crate::keys::key_view;

/// Show an access key
///
/// Its fields go to standard output. The secret is not among them: the service returns it only at
/// creation and rotation.
#[derive(Debug, Args)]
#[command(before_help = "\
Example:
  descope-keys load K2abc")]
#[command(after_help = "\
Exit codes:
  3  there is no such key")]
pub(crate) struct Load {
    /// The key's id
    #[arg(value_parser = value_parsers::id)]
    id: String,
}

impl Load {
    pub(crate) fn run(self, app: &App) -> Result<(), Failure> {
        let client = app.client()?;
        let key = client.access_keys().load(&self.id)?;
        app.out.data(&key, || key_view::details(&key, client.now()))
    }
}
