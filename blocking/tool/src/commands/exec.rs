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

/// Run a command with a valid session token in its environment
///
/// The access key is exchanged once, when the command starts, so that the token ends after minutes,
/// whatever the command does; one that runs for longer calls `descope-keys token --cache` each time it
/// needs one. The command does not see the access key and the management key. Its exit code is that of
/// this command: 127 where it is not found, 126 where it cannot be run.
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  descope-keys exec -- ./publish.sh
  descope-keys exec --env API_TOKEN --tenant acme -- make deploy")]
pub(crate) struct Exec {
    #[command(flatten)]
    exchange: ExchangeArgs,
    /// The variable that has the token
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
