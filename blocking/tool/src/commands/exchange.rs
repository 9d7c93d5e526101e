//! `descope-keys exchange`

use clap::Args;
use serde_json::Value;

use crate::app::App;
use crate::failure::Failure;
use crate::sessions::exchange_args::ExchangeArgs;
use crate::sessions::session_view;

/// Exchange an access key for a session token, and show its claims
///
/// The token is validated first. It goes to standard output, and its claims go to standard error. For
/// scripts, `descope-keys token` has a cache.
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  descope-keys exchange --access-key-file FILE
  descope-keys exchange --tenant acme --json")]
#[command(after_help = "\
Exit codes:
  4  the service refuses the access key")]
pub(crate) struct Exchange {
    #[command(flatten)]
    exchange: ExchangeArgs,
}

impl Exchange {
    pub(crate) fn run(self, app: &App) -> Result<(), Failure> {
        let client = app.client()?;
        let access_key = self.exchange.access_key(app)?;
        let session = client.exchange_with(self.exchange.exchange(&access_key))?;
        let mut value = session_view::to_json(session.claims())?;
        value["keyId"] = session.key_id().into();
        value["token"] = Value::from(session.token().expose());
        app.out.token(session.token(), &value)?;
        let details = session_view::details(session.claims(), client.now().unix_seconds())?;
        app.out.note(details.trim_end());
        Ok(())
    }
}
