//! `descope-keys token`

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use descope_blocking::descope_core::TokenLimits;
use descope_blocking::{Client, Secret};
use serde_json::json;

use crate::app::App;
use crate::failure::Failure;
use crate::sessions::exchange_args::ExchangeArgs;
use crate::sessions::held_token::{Held, Limits, seconds};
use crate::sessions::token_file::TokenFile;
use crate::text::time;

/// How long a process waits for the token that another is exchanging for.
const PATIENCE: Duration = Duration::from_secs(10);

/// Print a valid session token, for scripts
///
/// It exchanges the access key, validates the token, and prints it on standard output. With --cache it
/// keeps the token in a file that only you can read, and exchanges again only when the token is about
/// to expire: one process does, however many run at once. Each access key, project and set of options
/// has its own token. A refresh that fails is a warning while the cached token is still valid.
#[derive(Debug, Args)]
#[command(before_help = "\
Example:
  token=$(descope-keys token --cache)")]
#[command(after_help = "\
Exit codes:
  4  the service refuses the access key")]
pub(crate) struct Token {
    #[command(flatten)]
    exchange: ExchangeArgs,
    /// Cache the token in this file [default without FILE: one in ~/.cache/descope-keys]
    #[arg(long, value_name = "FILE")]
    cache: Option<Option<PathBuf>>,
    /// Replace a cached token that is older than this [default: 1h]
    #[arg(long, value_name = "DURATION", value_parser = time::duration, requires = "cache")]
    max_age: Option<Duration>,
    /// Replace a cached token that expires within this time [default: a fifth of its life, at most
    /// 5m]
    #[arg(long, value_name = "DURATION", value_parser = time::duration, requires = "cache")]
    min_left: Option<Duration>,
}

impl Token {
    pub(crate) fn run(self, app: &App) -> Result<(), Failure> {
        let client = app.client()?;
        let access_key = self.exchange.access_key(app)?;
        let held = match &self.cache {
            None => self.obtain(&client, &access_key)?,
            Some(path) => self.cached(app, &client, &access_key, path.clone())?,
        };
        let value =
            json!({"token": held.token, "keyId": held.key_id, "expiresAt": held.expires_at});
        app.out.token(&Secret::new(held.token), &value)
    }

    fn obtain(&self, client: &Client, access_key: &Secret) -> Result<Held, Failure> {
        let session = client.exchange_with(self.exchange.exchange(access_key))?;
        Ok(Held {
            token: session.token().expose().to_owned(),
            key_id: session.key_id().to_owned(),
            obtained_at: client.now().unix_seconds(),
            expires_at: session.claims().expires_at().unix_seconds(),
        })
    }

    fn cached(
        &self,
        app: &App,
        client: &Client,
        access_key: &Secret,
        path: Option<PathBuf>,
    ) -> Result<Held, Failure> {
        let config = client.context().config();
        let identity =
            json!([config.project_id(), config.base_url(), self.exchange.identity()]).to_string();
        let Some(file) = TokenFile::new(path, access_key, &identity) else {
            app.out.warn("the token is not kept: there is no HOME; name a file: --cache FILE");
            return self.obtain(client, access_key);
        };
        let limits = self.limits();
        let is_fresh = |held: &Held| held.is_fresh(client.now().unix_seconds(), limits);
        let is_usable = |held: &Held| held.is_usable(client.now().unix_seconds(), limits);
        let held = file.load(|why| app.out.warn(why))?;
        if let Some(held) = held.clone().filter(is_fresh) {
            return Ok(held);
        }
        // Whoever has a token that lives does not wait for a new one.
        let patience = if held.as_ref().is_some_and(is_usable) { Duration::ZERO } else { PATIENCE };
        file.alone(patience, |alone| {
            let held = file.load(|_| ())?;
            let serves = |held: &Held| is_fresh(held) || (!alone && is_usable(held));
            if let Some(held) = held.clone().filter(serves) {
                return Ok(held);
            }
            match self.obtain(client, access_key) {
                Ok(new) => {
                    if let Err(error) = file.store(&new) {
                        let path = file.path().display();
                        app.out.warn(format_args!("the token is not kept in {path}: {error}"));
                    }
                    Ok(new)
                }
                Err(error) => match held.filter(is_usable) {
                    Some(held) => {
                        app.out.warn(format_args!("the token at hand is used on: {error}"));
                        Ok(held)
                    }
                    None => Err(error),
                },
            }
        })
    }

    fn limits(&self) -> Limits {
        Limits {
            max_age: seconds(self.max_age.unwrap_or(TokenLimits::default().max_age)),
            min_left: self.min_left.map(seconds),
        }
    }
}
