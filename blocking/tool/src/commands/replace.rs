//! `descope-keys replace`

use std::ffi::OsString;

use clap::Args;

use crate::app::App;
use crate::arguments::value_parsers;
use crate::failure::Failure;
use crate::keys::key_view;
use crate::secrets::replacement::ReplacementArgs;
use crate::secrets::replacement_report;

/// Replace an access key by a new one without an outage
///
/// It creates a new key with the old one's name, roles, tenants, user, claims, description, permitted
/// addresses, attributes and, unless another is given, expiry. Then it runs COMMAND, which deploys the
/// new secret; meanwhile both keys work. When COMMAND succeeds, the old key is deactivated.
///
/// COMMAND reads the secret on its standard input; if it exits without reading it, the new key is
/// deleted, and the old key is unchanged. If it reads the secret and then fails, both keys stay, since
/// the secret may be in use: run it again with --resume, or without it an hour later.
///
/// The new key is printed on standard output. The secret is not printed, unless COMMAND prints it: what
/// COMMAND prints goes to standard error. SIGINT, SIGTERM and SIGHUP are passed to COMMAND. The replacement may be killed at any point:
/// the next run finds what it left.
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  descope-keys replace K2abc -- vault kv put -mount=secret ci key=-
  descope-keys replace K2abc --grace 24h --env NEW_KEY -- ./deploy.sh
  descope-keys replace K2abc -- install -m 600 /dev/stdin key.txt")]
#[command(after_help = "\
Exit codes:
  1  nothing is deployed: COMMAND did not take the secret, the key was replaced
     before, or another run is under way
  2  also: the key is inactive, or it has expired and no expiry is given
  3  there is no such key
  6  the new secret may be deployed, or a key is left over; run it again
     with --resume, or without it an hour later")]
pub(crate) struct Replace {
    /// The id of the key to replace: an active one, or one whose replacement is unfinished
    #[arg(value_parser = value_parsers::id)]
    id: String,
    #[command(flatten)]
    replacement: ReplacementArgs,
    /// The command that deploys the new secret
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
