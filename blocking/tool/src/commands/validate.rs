//! `descope-keys validate`

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use descope_blocking::Client;
use descope_blocking::descope_core::FetchSigningKeys;
use descope_blocking::jwt::{Claims, SigningKeys, Token};

use crate::app::App;
use crate::app::input;
use crate::arguments::value_parsers;
use crate::failure::Failure;
use crate::sessions::exchange_args::AudienceArgs;
use crate::sessions::session_view;
use crate::text::time;

/// Validate a session token and print its claims
///
/// It reads the token on standard input, and checks the signature, the issuer, the audience and the
/// times, and then what you require here. The claims go to standard output. The signing keys are
/// fetched from the service, unless DESCOPE_PUBLIC_KEY or --signing-keys holds them: then nothing is
/// sent.
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  descope-keys token | descope-keys validate --tenant acme --role deployer
  descope-keys validate --signing-keys keys.json --at 2027-01-31 < token.txt")]
#[command(after_help = "\
Exit codes:
  1  the token is not valid, or does not grant what is required
  2  also: no token on standard input
  7  the signing keys could not be fetched")]
pub(crate) struct Validate {
    #[command(flatten)]
    audience: AudienceArgs,
    /// Require that the key belongs to this tenant; roles and permissions are then those in it
    #[arg(long, value_name = "ID", value_parser = value_parsers::non_empty)]
    tenant: Option<String>,
    /// Require this role, in the tenant or, without --tenant, in the project; can be repeated
    #[arg(long, value_name = "ROLE", value_parser = value_parsers::non_empty)]
    role: Vec<String>,
    /// Require this permission, likewise; can be repeated
    #[arg(long, value_name = "PERMISSION", value_parser = value_parsers::non_empty)]
    permission: Vec<String>,
    /// Validate the token as of this time, such as 2027-01-31T00:00:00Z [default: now]
    #[arg(long, value_name = "TIME", value_parser = time::time)]
    at: Option<i64>,
    /// How far the clocks may differ [default: 5s]
    #[arg(long, value_name = "DURATION", value_parser = time::duration)]
    leeway: Option<Duration>,
    /// A file with a JWK or a JWK set, instead of DESCOPE_PUBLIC_KEY
    #[arg(long, value_name = "FILE")]
    signing_keys: Option<PathBuf>,
}

impl Validate {
    pub(crate) fn run(self, app: &App) -> Result<(), Failure> {
        let client = app.client()?;
        let text = app.input.read("the token")?;
        if text.trim().is_empty() {
            return Err(Failure::Usage("no token on standard input".to_owned()));
        }
        let token = Token::parse(text.trim())?;
        let keys = self.key_set(app, &client)?;
        let at = match self.at {
            Some(unix) => Duration::from_secs(unix.unsigned_abs()),
            None => client.now().unix(),
        };
        let mut rules = client.context().config().token_rules().clone();
        if let Some(audience) = self.audience.audience() {
            rules = rules.audience(audience);
        }
        if let Some(leeway) = self.leeway {
            rules = rules.leeway(leeway);
        }
        let claims = rules.validate(&token, &keys, at)?;
        self.check_rights(&claims)?;
        let now = client.now().unix_seconds();
        let details = session_view::details(&claims, now)?;
        app.out.data(&session_view::to_json(&claims)?, || details)
    }

    fn key_set(&self, app: &App, client: &Client) -> Result<SigningKeys, Failure> {
        let (json, source) = match (&self.signing_keys, app.settings()?.get("DESCOPE_PUBLIC_KEY")) {
            (Some(path), _) => (input::file(path)?, path.display().to_string()),
            (None, Some(setting)) => (setting.value.expose().to_owned(), setting.source.clone()),
            (None, None) => return Ok(client.call(FetchSigningKeys::new())?),
        };
        let set = SigningKeys::parse(json.trim().as_bytes())
            .map_err(|error| Failure::Usage(format!("{source} is {error}")))?;
        for skipped in set.skipped() {
            app.out.warn(format_args!("{source}: {skipped}, so it is passed over"));
        }
        if set.is_empty() {
            return Err(Failure::Usage(format!("{source} holds no usable key")));
        }
        Ok(set)
    }

    fn check_rights(&self, claims: &Claims) -> Result<(), Failure> {
        let tenant = self.tenant.as_deref().map(|id| (id, claims.tenant(id)));
        let place = match tenant {
            Some((id, tenant)) if !tenant.is_associated() => {
                return Err(Failure::Refused(format!("the key is not associated with {id}")));
            }
            Some((id, _)) => format!("in {id}"),
            None => "at the level of the project".to_owned(),
        };
        let has_role =
            |role: &str| tenant.map_or(claims.has_role(role), |(_, it)| it.has_role(role));
        let has_permission = |permission: &str| {
            tenant
                .map_or(claims.has_permission(permission), |(_, it)| it.has_permission(permission))
        };
        if let Some(role) = self.role.iter().find(|role| !has_role(role)) {
            return Err(Failure::Refused(format!("the key does not have the role {role} {place}")));
        }
        if let Some(permission) = self.permission.iter().find(|it| !has_permission(it)) {
            return Err(Failure::Refused(format!(
                "the key does not have the permission {permission} {place}"
            )));
        }
        Ok(())
    }
}
