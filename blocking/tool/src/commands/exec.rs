//! `descope-keys exec`

use std::ffi::OsString;

use clap::Args;

use crate::app::App;
use crate::arguments::value_parsers;
use crate::failure::Failure;
use crate::processes::child::Child;
use crate::sessions::exchange_args::ExchangeArgs;
use crate::text::time;

/// What a session token stands in for.
const CREDENTIALS: [&str; 3] =
    ["DESCOPE_ACCESS_KEY", "DESCOPE_MANAGEMENT_KEY", "DESCOPE_AUTH_MANAGEMENT_KEY"];

/// Run a command with a session token in its environment
///
/// The access key is exchanged once, before the command starts, and the token is not renewed: it
/// expires after some minutes. A command that runs for longer calls `descope-keys token --cache`
/// whenever it needs a token. The command does not see the access key or the management key.
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  descope-keys exec -- ./publish.sh
  descope-keys exec --env API_TOKEN --tenant acme -- make deploy
  descope-keys exec -- sh -c \\
    'echo \"Authorization: Bearer $DESCOPE_SESSION_TOKEN\" | curl -H @- URL'

Quote it: the variable exists only inside the command.")]
#[command(after_help = "\
Exit codes:
  126  the command cannot be run
  127  the command is not found
Any other code is that of the command. Before it runs:
  4  the service refuses the access key")]
pub(crate) struct Exec {
    #[command(flatten)]
    exchange: ExchangeArgs,
    /// The environment variable that holds the token
    #[arg(long, value_name = "NAME", default_value = "DESCOPE_SESSION_TOKEN")]
    #[arg(value_parser = value_parsers::variable)]
    env: String,
    /// The command to run
    #[arg(last = true, required = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

impl Exec {
    pub(crate) fn run(self, app: &App) -> Result<(), Failure> {
        let client = app.client()?;
        let access_key = self.exchange.access_key(app)?;
        let session = client.exchange_with(self.exchange.exchange(&access_key))?;
        let mut child = Child::new(&self.command);
        for name in CREDENTIALS {
            child.command.env_remove(name);
        }
        child.command.env(&self.env, session.token().expose());
        let ends = session.claims().expires_at().unix_seconds();
        app.out.note(format_args!(
            "The session token in {} ends {}, and is not renewed.",
            self.env,
            time::relative(ends, client.now().unix_seconds())
        ));
        // The emulator of `--emulator` lives in this process.
        if app.is_emulated() { child.run(app.out) } else { child.take_over(app.out) }
    }
}
