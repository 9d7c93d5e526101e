//! What exchange and token take alike.

use clap::Args;
use descope_blocking::jwt::Audience;
use descope_blocking::{ExchangeAccessKey, Secret};
use serde_json::{Value, json};

use crate::app::App;
use crate::arguments::value_parsers;
use crate::failure::Failure;
use crate::sessions::access_key_args::AccessKeyArgs;

#[derive(Debug, Args)]
pub(crate) struct ExchangeArgs {
    #[command(flatten)]
    key: AccessKeyArgs,
    /// The tenant to select for the session
    #[arg(long, value_name = "ID", value_parser = value_parsers::non_empty)]
    tenant: Option<String>,
    /// A login claim for this session, such as job=42, which whoever validates the token must not
    /// trust; can be repeated
    #[arg(long, value_name = "NAME=JSON", value_parser = value_parsers::member)]
    login_claim: Vec<(String, Value)>,
    #[command(flatten)]
    audience: AudienceArgs,
}

/// Which audiences a token may have.
#[derive(Debug, Args)]
pub(crate) struct AudienceArgs {
    /// Accept tokens for this audience; repeated, for any of these [default: the project, or none]
    #[arg(long, value_name = "AUDIENCE")]
    audience: Vec<String>,
    /// Accept tokens for any audience
    #[arg(long, conflicts_with = "audience")]
    any_audience: bool,
}

impl AudienceArgs {
    pub(crate) fn audience(&self) -> Option<Audience> {
        match self.audience.as_slice() {
            _ if self.any_audience => Some(Audience::Unchecked),
            [] => None,
            values => Some(Audience::any_of(values)),
        }
    }
}

impl ExchangeArgs {
    pub(crate) fn access_key(&self, app: &App) -> Result<Secret, Failure> {
        self.key.read(app)
    }

    pub(crate) fn exchange(&self, access_key: &Secret) -> ExchangeAccessKey {
        let mut exchange = ExchangeAccessKey::new(access_key);
        for (name, value) in &self.login_claim {
            exchange = exchange.login_claim(name, value);
        }
        if let Some(tenant) = &self.tenant {
            exchange = exchange.selected_tenant(tenant);
        }
        match self.audience.audience() {
            Some(audience) => exchange.audience(audience),
            None => exchange,
        }
    }

    /// What makes one session another than the next, beside the key, the project and the place.
    pub(crate) fn identity(&self) -> Value {
        let AudienceArgs { audience, any_audience } = &self.audience;
        json!([self.tenant, self.login_claim, audience, any_audience])
    }
}
