//! What belongs to the project: its key set and its license.

use http::{Request, header};
use serde_json::json;

use super::project_bearer;
use crate::error::Refusal;
use crate::service::{Answer, Context};
use crate::unrecorded;

/// `GET /v2/keys/<project id>`. Public keys: they are given without a bearer too, but not to one of
/// another project.
pub(super) fn key_set(
    context: &Context<'_>,
    request: &Request<Vec<u8>>,
) -> Result<Answer, Refusal> {
    if request.uri().path().rsplit('/').next() != Some(&context.settings.project_id) {
        return Err(unrecorded::no_such_project());
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

#[cfg(test)]
mod tests {
    use http::Request;
    use serde_json::json;

    use crate::Emulator;
    use crate::testing::{PROJECT, Service};

    fn key_set(service: &Service, project: &str, bearer: Option<&str>) -> u16 {
        let mut request = Request::get(format!("/v2/keys/{project}"));
        if let Some(bearer) = bearer {
            request = request.header("authorization", format!("Bearer {bearer}"));
        }
        service.send(request.body(Vec::new()).unwrap()).0
    }

    #[test]
    fn the_key_set_is_public_within_its_project() {
        let service = Service::new();
        assert_eq!(key_set(&service, PROJECT, Some(PROJECT)), 200);
        assert_eq!(key_set(&service, PROJECT, None), 200);
        assert_eq!(key_set(&service, PROJECT, Some("P2other")), 401);
        assert_eq!(key_set(&service, "P2other", Some(PROJECT)), 404);
    }

    #[test]
    fn a_rotated_signing_key_is_served_until_it_is_retired() {
        let service = Service::new();
        let kids = || {
            let set = service.get(&format!("/v2/keys/{PROJECT}")).1;
            assert_eq!(set, service.0.key_set());
            let keys = set["keys"].as_array().unwrap().iter();
            keys.map(|key| key["kid"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(kids(), ["emulator-rs256-1"]);
        service.0.rotate_signing_key();
        assert_eq!(kids(), ["emulator-rs256-1", "emulator-rs256-2"]);
        service.0.retire_signing_keys();
        assert_eq!(kids(), ["emulator-rs256-2"]);
    }

    #[test]
    fn the_license_has_its_tier() {
        let service = Service::with(Emulator::builder().license_tier("tier3"));
        assert_eq!(service.get("/v1/mgmt/license"), (200, json!({"rateLimitTier": "tier3"})));
    }
}
