//! `descope-keys rotate`

use clap::Args;

use crate::app::App;
use crate::arguments::value_parsers;
use crate::failure::Failure;
use crate::failure::advice;
use crate::secrets::secret_output::SecretArgs;

/// Give an access key a new secret and print it
///
/// The old secret stops working at once, and whoever uses it is locked out; `descope-keys replace`
/// changes a secret without an outage. The new secret goes to standard output, and the key's fields go
/// to standard error. If the answer is lost, or a signal ends the command, the old secret may have
/// stopped working: the message then says what to do.
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  descope-keys rotate K2abc --secret-file new-secret
  descope-keys rotate K2abc --secret-only | vault-put nightly")]
#[command(after_help = "\
Exit codes:
  3  there is no such key
  6  the old secret may have stopped working: the answer was lost, or a signal
     ended the command
  8  the old secret has stopped working, but the new one could not be written")]
pub(crate) struct Rotate {
    /// The key's id, which stays the same; the key must be active and not expired
    #[arg(value_parser = value_parsers::id)]
    id: String,
    #[command(flatten)]
    secret: SecretArgs,
}

impl Rotate {
    pub(crate) fn run(self, app: &App) -> Result<(), Failure> {
        let client = app.client()?;
        let sink = self.secret.open("the secret was not rotated")?;
        let id = self.id.clone();
        let interrupted = move |_| advice::interrupted_rotate(&id);
        sink.fill(app, "Rotated", &client, interrupted, |keys| keys.rotate(&self.id))
    }
}
