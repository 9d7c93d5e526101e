//! `descope-keys create`

use clap::Args;
use descope_blocking::CreateAccessKey;
use descope_blocking::descope_core::Now;

use crate::app::App;
use crate::arguments::expiry_args::ExpiryArgs;
use crate::arguments::field_args::FieldArgs;
use crate::arguments::value_parsers;
use crate::failure::Failure;
use crate::failure::advice;
use crate::keys::hardly_meant::ask_if_meant;
use crate::secrets::secret_output::SecretArgs;

/// Create an access key and print its secret
///
/// The service returns the secret this one time. It goes to standard output, and the key's fields go to
/// standard error. If the answer is lost, or a signal ends the command, the key may exist: the message
/// then says how to find it.
#[derive(Debug, Args)]
#[command(mut_group("ExpiryArgs", |group| group.required(true)))]
#[command(override_usage = "\
descope-keys create <NAME> --expires-in <DURATION> [OPTIONS]
       descope-keys create <NAME> --expires-at <TIME> [OPTIONS]
       descope-keys create <NAME> --never-expires [OPTIONS]")]
#[command(before_help = "\
Examples:
  descope-keys create ci-deployer --expires-in 30d --tenant acme=deployer
  descope-keys create nightly --never-expires --secret-only | vault-put nightly")]
#[command(after_help = "\
Exit codes:
  6  the key may exist: the answer was lost, or a signal ended the command
  8  the key exists, but its secret could not be written")]
pub(crate) struct Create {
    /// The key's name; it need not be unique
    #[arg(value_parser = value_parsers::non_empty)]
    name: String,
    #[command(flatten)]
    expiry: ExpiryArgs,
    /// Bind the key to this user; its sessions then have the user's rights
    #[arg(long, value_name = "ID", value_parser = value_parsers::non_empty)]
    user: Option<String>,
    /// Do not ask about arguments that look like mistakes, such as an expiry in the past (without a
    /// terminal: only a warning)
    #[arg(short, long)]
    yes: bool,
    #[command(flatten)]
    fields: FieldArgs,
    /// A marker at the end of the description, by which `descope-keys find-unconfirmed` finds this very
    /// key if the answer is lost [default: a random one]
    #[arg(long, value_name = "MARKER", value_parser = value_parsers::non_empty)]
    marker: Option<String>,
    /// Add no marker; after a lost answer the key is then searched for by name and time of creation
    #[arg(long, conflicts_with = "marker")]
    no_marker: bool,
    #[command(flatten)]
    secret: SecretArgs,
}

impl Create {
    pub(crate) fn run(self, app: &App) -> Result<(), Failure> {
        let client = app.client()?;
        let expiry = self.expiry.expiry();
        let expiry = expiry.ok_or_else(|| Failure::Usage("an expiry is required".to_owned()))?;
        let mut create = CreateAccessKey::new(&self.name, expiry);
        if let Some(user) = self.user {
            create = create.user_id(user);
        }
        let marker = (!self.no_marker).then(|| self.marker.unwrap_or_else(|| client.marker()));
        if let Some(marker) = &marker {
            create = create.marker(marker);
        }
        let create = self.fields.create(create);
        if !self.yes {
            ask_if_meant(app, &client, &create)?;
        }
        let sink = self.secret.open("no key was created")?;
        let (name, sent) = (self.name, client.now().unix_seconds());
        let interrupted = move |now: Now| {
            advice::interrupted_create(&name, marker.as_deref(), sent, now.unix_seconds())
        };
        sink.fill(app, "Created", &client, interrupted, |keys| keys.create(&create))
    }
}
