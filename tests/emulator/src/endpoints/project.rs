//! What belongs to the project: its key set and its license.

use http::{Request, header};
use serde_json::json;

use super::project_bearer;
use crate::error::Refusal;
use crate::service::{Answer, Context};

/// `GET /v2/keys/<project id>`. Public keys: they are given without a bearer too, but not to one of
/// another project.
pub(super) fn key_set(
    context: &Context<'_>,
    request: &Request<Vec<u8>>,
) -> Result<Answer, Refusal> {
    if request.uri().path().rsplit('/').next() != Some(&context.settings.project_id) {
        return Err(Refusal::no_such_project());
    }
    if request.headers().contains_key(header::AUTHORIZATION) {
        project_bearer(context.settings, request)?;
    }
    let keys: Vec<_> = context.state.signing_keys.iter().map(|key| key.jwk()).collect();
    Ok(Answer::json(&json!({"keys": keys})))
}

/// `GET /v1/mgmt/license`
pub(super) fn license(context: &Context<'_>) -> Answer {
    Answer::json(&json!({"rateLimitTier": context.settings.license_tier}))
}
