//! `descope-keys leaked`

use std::ffi::OsString;
use std::path::Path;

use clap::Args;
use descope_blocking::jwt::Audience;
use descope_blocking::{AccessKey, Client, ExchangeAccessKey, Secret, Session};
use serde_json::json;

use crate::app::App;
use crate::failure::Failure;
use crate::keys::key_view;
use crate::secrets::replacement::ReplacementArgs;
use crate::secrets::replacement_report;
use crate::sessions::session_view;

/// Identify the access key of a leaked secret, and shut it off
///
/// It reads the secret on standard input and exchanges it once. On standard output it prints which key
/// it is, what the key may do and, with a management key, who created it. It changes nothing, unless an
/// option says so. A key that is inactive, has expired, or may not be used from this address cannot be
/// identified. Session tokens that were issued for the key stay valid until they expire.
#[derive(Debug, Args)]
#[command(mut_group("CourseArgs", |group| group.requires("replace")))]
#[command(mut_group("ExpiryArgs", |group| group.requires("replace")))]
#[command(before_help = "\
Examples:
  descope-keys leaked < FILE
  descope-keys leaked --deactivate < FILE
  descope-keys leaked --replace -- ./deploy.sh < FILE
  descope-keys leaked --replace --grace 1h --env NEW_KEY -- ./deploy.sh < FILE")]
#[command(after_help = "\
Exit codes:
  2  standard input holds no secret of an access key
  4  the service refuses the secret, so that the key cannot be identified
With --replace also those of `descope-keys replace`.")]
pub(crate) struct Leaked {
    /// Deactivate the key at once; everybody who uses it is locked out
    #[arg(long, conflicts_with = "replace")]
    deactivate: bool,
    /// Replace the key as `descope-keys replace` does: COMMAND deploys the new secret, and only then
    /// the leaked key is deactivated
    #[arg(long, requires = "command")]
    replace: bool,
    #[command(flatten, next_help_heading = "With --replace")]
    replacement: ReplacementArgs,
    /// The command that deploys the new secret
    #[arg(last = true, requires = "replace", value_name = "COMMAND")]
    command: Vec<OsString>,
}

impl Leaked {
    pub(crate) fn run(self, app: &App) -> Result<(), Failure> {
        let client = app.client()?;
        let may_load = client.context().config().has_management_key();
        if (self.deactivate || self.replace) && !may_load {
            return Err(Failure::NoCredential(
                "no management key: set DESCOPE_MANAGEMENT_KEY, or give --management-key-file FILE",
            ));
        }
        let session = exchange(&client, &cleartext(app)?)?;
        let id = session.key_id();
        // Before anything can fail.
        app.out.note(format_args!("The cleartext is that of the key {id}."));
        let key = if may_load { load(app, &client, id) } else { None };
        let mut ended = None;
        let mut replacement = None;
        if self.deactivate {
            client.access_keys().deactivate(id)?;
            app.out.note(format_args!("deactivated {id}"));
            ended = Some("deactivated");
        } else if self.replace {
            let replaced = self.replacement.replace(app, &client, id, &self.command)?;
            let old = self.replacement.end_of_old();
            replacement_report::tell(app, id, old, &replaced);
            ended = Some(old.as_str());
            replacement = Some(replacement_report::to_json(id, old, &replaced));
        }
        let now = client.now();
        let mut text = key.as_ref().map(|key| key_view::details(key, now)).unwrap_or_default();
        text += &session_view::details(session.claims(), now.unix_seconds())?;
        let value = json!({
            "keyId": id,
            "key": key,
            "session": session_view::to_json(session.claims())?,
            "ended": ended,
            "replacement": replacement,
        });
        app.out.data(&value, || text)
    }
}

fn cleartext(app: &App) -> Result<Secret, Failure> {
    let text = app.input.secret("the cleartext", Path::new("-"))?;
    let word = text.expose().trim();
    if word.contains(char::is_whitespace) {
        return Err(Failure::Usage("standard input holds more than a cleartext".to_owned()));
    }
    if word.starts_with("eyJ") {
        let what =
            "standard input holds a session token, and no key's cleartext; it ends by itself";
        return Err(Failure::Usage(what.to_owned()));
    }
    Ok(Secret::new(word))
}

fn exchange(client: &Client, cleartext: &Secret) -> Result<Session, Failure> {
    // Whom its tokens are for does not matter here.
    let exchange = ExchangeAccessKey::new(cleartext).audience(Audience::Unchecked);
    client.exchange_with(exchange).map_err(|error| match error.is_unauthorized() {
        true => Failure::Unidentified(error),
        false => error.into(),
    })
}

/// An extra: a management key that may not load keys spoils nothing.
fn load(app: &App, client: &Client, id: &str) -> Option<AccessKey> {
    let key = client.access_keys().load(id);
    key.inspect_err(|error| app.out.warn(format_args!("who made it is not known: {error}"))).ok()
}
