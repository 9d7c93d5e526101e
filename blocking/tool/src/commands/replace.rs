//! `descope-keys replace`

use std::ffi::OsString;

use clap::Args;

use crate::app::App;
use crate::arguments::value_parsers;
use crate::failure::Failure;
use crate::keys::key_view;
use crate::secrets::replacement::ReplacementArgs;
use crate::secrets::replacement_report;

/// Replace an access key without an outage: create its twin, deploy the twin's secret, retire it
///
/// The twin has the old key's name, roles, tenants, user, claims, description, permitted addresses,
/// attributes and, unless another is given, its expiry. The command after -- deploys its secret,
/// which comes on its standard input, or in a variable; both keys work meanwhile. When the command
/// does not read the secret, the twin is deleted again, and the old key is unchanged. When it fails
/// otherwise (any exit code but 0), the secret may be deployed: both keys stay, and the next run goes
/// on from there. In the end the old key is deactivated. The secret is not printed.
///
/// SIGINT and SIGTERM go to the command. This one may be killed anywhere: run it again.
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  descope-keys replace K2abc -- vault kv put -mount=secret ci key=-
  descope-keys replace K2abc --grace 24h --env NEW_KEY -- ./deploy.sh")]
pub(crate) struct Replace {
    /// The id of the key to replace; an active one, or one whose replacement did not end
    #[arg(value_parser = value_parsers::id)]
    id: String,
    #[command(flatten)]
    replacement: ReplacementArgs,
    /// The command that deploys the secret; what it prints goes to standard error
    #[arg(last = true, required = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

impl Replace {
    pub(crate) fn run(self, app: &App) -> Result<(), Failure> {
        let client = app.client()?;
        let replaced = self.replacement.replace(app, &client, &self.id, &self.command)?;
        let old = self.replacement.end_of_old();
        replacement_report::tell(app, &self.id, old, &replaced);
        let value = replacement_report::to_json(&self.id, old, &replaced);
        app.out.data(&value, || key_view::details(&replaced.key, client.now()))
    }
}
