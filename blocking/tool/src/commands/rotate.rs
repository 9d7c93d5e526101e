//! `descope-keys rotate`

use clap::Args;

use crate::app::App;
use crate::arguments::value_parsers;
use crate::failure::Failure;
use crate::failure::advice;
use crate::secrets::secret_output::SecretArgs;

/// Give an access key a new secret, and print it; the old one dies at once
///
/// Whoever still uses the old secret is locked out. To change a secret without an outage, see
/// `descope-keys replace`. When the answer is lost, or the command interrupted, the old
/// secret may be dead all the same: it then ends with exit code 6, and says what to do.
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  descope-keys rotate K2abc --secret-file new-secret
  descope-keys rotate K2abc --secret-only | vault-put nightly")]
pub(crate) struct Rotate {
    /// The key's id, which stays; only an active key that has not expired can be rotated
    #[arg(value_parser = value_parsers::id)]
    id: String,
    #[command(flatten)]
    secret: SecretArgs,
}

impl Rotate {
    pub(crate) fn run(self, app: &App) -> Result<(), Failure> {
        let client = app.client()?;
        let sink = self.secret.open()?;
        let id = self.id.clone();
        let interrupted = move |_| advice::interrupted_rotate(&id);
        sink.fill(app, "Rotated", &client, interrupted, |keys| keys.rotate(&self.id))
    }
}
