//! `POST /v1/auth/accesskey/exchange`

use std::collections::HashMap;
use std::sync::Arc;

use http::Request;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{project_bearer, read};
use crate::error::Refusal;
use crate::key::{KeyTenant, seconds_of};
use crate::service::{Answer, Context};
use crate::{Key, Status, permitted, unrecorded};

/// Whether a key's custom claims cannot set this one.
fn is_reserved(claim: &str) -> bool {
    matches!(
        claim,
        "iss"
            | "sub"
            | "aud"
            | "exp"
            | "iat"
            | "nbf"
            | "jti"
            | "drn"
            | "dsub"
            | "dct"
            | "tenants"
            | "roles"
            | "permissions"
            | "nsec"
            | "amr"
            | "azp"
            | "cnf"
            | "rexp"
            | "scope"
            | "sid"
    )
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    login_options: Option<LoginOptions>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
struct LoginOptions {
    custom_claims: Option<Map<String, Value>>,
    selected_tenant: Option<String>,
}

pub(super) fn run(
    context: &mut Context<'_>,
    request: &Request<Vec<u8>>,
) -> Result<Answer, Refusal> {
    let key = authenticate(context, request)?;
    let body: Body = read(request.body())?;
    let options = body.login_options.unwrap_or_default();
    let claims = claims(context, &key, options)?;
    *context.state.sessions.entry(key.id.clone()).or_default() += 1;
    let signing_key = context.state.signing_keys.last().expect("one signs at any time");
    Ok(Answer::Session { key_id: key.id, claims, signing_key: Arc::clone(signing_key) })
}

/// The key whose secret the bearer holds, if it may be used now and from there.
fn authenticate(context: &mut Context<'_>, request: &Request<Vec<u8>>) -> Result<Key, Refusal> {
    let bearer = project_bearer(context.settings, request)?;
    // The cleartext may hold colons, so the auth management key is taken off from the end.
    let cleartext = match &context.settings.auth_management_key {
        None => bearer,
        Some(own) => Some(
            bearer
                .and_then(|bearer| bearer.strip_suffix(own.as_str())?.strip_suffix(':'))
                .ok_or_else(|| Refusal::unauthorized("The auth management key is not valid"))?,
        ),
    };
    let cleartext = cleartext
        .filter(|cleartext| !cleartext.is_empty())
        .ok_or_else(Refusal::missing_access_key)?;
    let key = (context.state.store)
        .by_cleartext(cleartext, context.now)
        .ok_or_else(unrecorded::exchange_of_unknown)?;
    match key.status {
        Status::Active => {}
        Status::Inactive => return Err(unrecorded::exchange_of_inactive()),
        Status::Expired => return Err(unrecorded::exchange_of_expired()),
    }
    if !permitted::allows(&key.permitted_ips, context.client) {
        return Err(unrecorded::exchange_from_elsewhere());
    }
    Ok(key.clone())
}

fn claims(context: &Context<'_>, key: &Key, options: LoginOptions) -> Result<Value, Refusal> {
    let settings = context.settings;
    let (roles, tenants) = match settings.users.get(&key.bound_user_id) {
        Some(user) => (&user.role_names, &user.tenants),
        None => (&key.role_names, &key.key_tenants),
    };
    let mut claims = key.custom_claims.clone();
    claims.retain(|name, _| !is_reserved(name));

    let now = seconds_of(context.now);
    let mut set = |name: &str, value: Value| claims.insert(name.to_owned(), value);
    set("iss", json!(settings.issuer));
    set("sub", json!(key.id));
    set("drn", json!("DS"));
    set("amr", json!(["accesskey"]));
    set("iat", json!(now));
    set("exp", json!(now.saturating_add(seconds_of(settings.session_lifetime))));
    match settings.audience.as_slice() {
        [] => {}
        [one] => drop(set("aud", json!(one))),
        many => drop(set("aud", json!(many))),
    }
    if tenants.is_empty() && !roles.is_empty() {
        set("roles", json!(roles));
        set("permissions", json!(permissions(&settings.roles, roles)));
    }
    if !tenants.is_empty() {
        set("tenants", tenants_claim(&settings.roles, tenants));
    }
    if let Some(selected) = options.selected_tenant.filter(|tenant| !tenant.is_empty()) {
        if !tenants.iter().any(|tenant| tenant.tenant_id == selected) {
            return Err(unrecorded::tenant_of_others());
        }
        set("dct", json!(selected));
    }
    if let Some(given) = options.custom_claims.filter(|given| !given.is_empty()) {
        set("nsec", Value::Object(given));
    }
    Ok(Value::Object(claims))
}

/// `{tenant id: {roles, permissions}}`; what is empty is left out.
fn tenants_claim(known: &HashMap<String, Vec<String>>, tenants: &[KeyTenant]) -> Value {
    let entry = |tenant: &KeyTenant| {
        let mut entry = Map::new();
        if !tenant.role_names.is_empty() {
            entry.insert("roles".to_owned(), json!(tenant.role_names));
        }
        let permissions = permissions(known, &tenant.role_names);
        if !permissions.is_empty() {
            entry.insert("permissions".to_owned(), json!(permissions));
        }
        (tenant.tenant_id.clone(), Value::Object(entry))
    };
    Value::Object(tenants.iter().map(entry).collect())
}

/// The permissions of these roles, each once.
fn permissions<'a>(known: &'a HashMap<String, Vec<String>>, roles: &[String]) -> Vec<&'a str> {
    let mut all: Vec<&str> = Vec::new();
    for permission in roles.iter().filter_map(|role| known.get(role)).flatten() {
        if !all.contains(&permission.as_str()) {
            all.push(permission);
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;

    use super::*;
    use crate::testing::{NOW, PROJECT, Service};
    use crate::{Emulator, User};

    const SECRET: &str = "K2:with:colons";

    fn key() -> Key {
        Key::new("k").with_id("K2one").with_cleartext(SECRET)
    }

    #[test]
    fn a_bare_key_gets_a_bare_token() {
        let service = Service::with(Emulator::builder().key(key()));
        let (status, answer) = service.exchange(SECRET, json!({}));
        assert_eq!(status, 200, "{answer}");
        assert_eq!((&answer["keyId"], &answer["expiration"]), (&json!("K2one"), &json!(NOW + 600)));
        let claims = service.claims(&answer);
        let expected = json!({
            "iss": format!("https://api.descope.com/v1/apps/{PROJECT}"), "sub": "K2one",
            "drn": "DS", "amr": ["accesskey"], "iat": NOW, "exp": NOW + 600,
        });
        assert_eq!(claims, expected);
    }

    #[test]
    fn custom_claims_come_to_the_top_and_replace_nothing() {
        let key = key().claim("team", "build").claim("sub", "other").claim("roles", vec!["admin"]);
        let service = Service::with(Emulator::builder().key(key));
        let claims = service.session(SECRET, json!({}));
        assert_eq!((&claims["team"], &claims["sub"]), (&json!("build"), &json!("K2one")));
        assert_eq!(claims.get("roles"), None);
    }

    #[test]
    fn login_claims_go_under_nsec() {
        let service = Service::with(Emulator::builder().key(key()));
        let given = json!({"str": "v", "nul": null, "obj": {"a": [1, null]}, "tenants": {"t": {}}});
        let claims = service.session(SECRET, json!({"customClaims": given}));
        assert_eq!(claims["nsec"], given);
        assert_eq!(claims.get("tenants"), None);
        assert_eq!(service.session(SECRET, json!({"customClaims": {}})).get("nsec"), None);
    }

    #[test]
    fn roles_bring_their_permissions() {
        let builder = Emulator::builder()
            .role("deployer", ["deploy", "read"])
            .role("viewer", ["read"])
            .session_lifetime(Duration::from_secs(180));
        let service = Service::with(builder.key(key().roles(["deployer", "viewer", "other"])));
        let claims = service.session(SECRET, json!({}));
        assert_eq!(claims["roles"], json!(["deployer", "viewer", "other"]));
        assert_eq!(claims["permissions"], json!(["deploy", "read"]));
        assert_eq!(claims["exp"], json!(NOW + 180));
    }

    #[test]
    fn tenants_take_precedence_over_roles_of_the_project() {
        let key = key().role("admin").tenant("globex").tenant_roles("acme", ["deployer"]);
        let service = Service::with(Emulator::builder().role("deployer", ["deploy"]).key(key));
        let claims = service.session(SECRET, json!({}));
        let acme = json!({"roles": ["deployer"], "permissions": ["deploy"]});
        assert_eq!(claims["tenants"], json!({"acme": acme, "globex": {}}));
        assert_eq!((claims.get("roles"), claims.get("dct")), (None, None));
    }

    #[test]
    fn a_selected_tenant_must_be_one_of_the_key() {
        let service = Service::with(Emulator::builder().key(key().tenant("acme")));
        assert_eq!(service.session(SECRET, json!({"selectedTenant": "acme"}))["dct"], "acme");
        assert_eq!(service.session(SECRET, json!({"selectedTenant": ""})).get("dct"), None);
        let (status, answer) = service.exchange(SECRET, json!({"selectedTenant": "globex"}));
        assert_eq!((status, &answer["errorCode"]), (400, &json!("E011004")));
    }

    #[test]
    fn a_bound_key_has_what_its_user_has() {
        let user = User::new("U2a").roles(["owner"]);
        let bound = key().user_id("U2a").tenant_roles("acme", ["deployer"]);
        let service = Service::with(Emulator::builder().user(user).key(bound));
        let claims = service.session(SECRET, json!({}));
        assert_eq!(claims["roles"], json!(["owner"]));
        assert_eq!(claims.get("tenants"), None);
    }

    #[test]
    fn an_audience_is_a_text_or_a_list() {
        let builder = || Emulator::builder().key(key()).audience("a");
        assert_eq!(Service::with(builder()).session(SECRET, json!({}))["aud"], "a");
        let claims = Service::with(builder().audience("b")).session(SECRET, json!({}));
        assert_eq!(claims["aud"], json!(["a", "b"]));
    }

    fn refused(service: &Service, secret: &str, message: &str) {
        let (status, answer) = service.exchange(secret, json!({}));
        assert_eq!((status, &answer["errorCode"]), (401, &json!("E062803")), "{answer}");
        assert_eq!(answer["errorMessage"], message);
    }

    #[test]
    fn keys_that_cannot_be_used_are_refused() {
        let keys = [
            key().inactive(),
            Key::new("old").with_cleartext("old").expires_at(NOW),
            Key::new("far").with_cleartext("far").permitted_ip("10.0.0.0/8"),
            Key::new("near").with_cleartext("near").permitted_ip("127.0.0.0/8"),
        ];
        let service = Service::with(Emulator::builder().keys(keys));
        refused(&service, SECRET, "The access key is inactive");
        refused(&service, "old", "The access key has expired");
        refused(&service, "far", "The access key is not permitted from this address");
        refused(&service, "unknown", "The access key is not known");
        refused(&service, "K2one", "The access key is not known");
        assert_eq!(service.exchange("near", json!({})).0, 200);
    }

    #[test]
    fn the_address_can_come_from_a_header() {
        let builder = Emulator::builder().client_ip_header("x-forwarded-for");
        let service = Service::with(builder.key(key().permitted_ip("203.0.113.7")));
        let exchange = |forwarded| {
            let path = "/v1/auth/accesskey/exchange";
            let request = Request::post(path)
                .header("authorization", format!("Bearer {PROJECT}:{SECRET}"))
                .header("x-forwarded-for", forwarded)
                .body(b"{}".to_vec());
            service.send(request.unwrap()).0
        };
        assert_eq!(exchange("203.0.113.7, 10.0.0.1"), 200);
        assert_eq!(exchange("10.0.0.1, 203.0.113.7"), 401);
        assert_eq!(exchange("nonsense"), 401);
    }

    #[test]
    fn an_auth_management_key_is_asked_for_once_there_is_one() {
        let without = Service::with(Emulator::builder().key(key()));
        assert_eq!(without.exchange(&format!("{SECRET}:amk"), json!({})).0, 401);
        let with = Service::with(Emulator::builder().key(key()).auth_management_key("amk"));
        assert_eq!(with.exchange(&format!("{SECRET}:amk"), json!({})).0, 200);
        for bearer in [SECRET.to_owned(), format!("{SECRET}:other"), format!("{SECRET}amk")] {
            assert_eq!(with.exchange(&bearer, json!({})).0, 401, "{bearer}");
        }
    }

    #[test]
    fn deactivation_ends_exchange_at_once() {
        let service = Service::with(Emulator::builder().key(key()));
        service.post("deactivate", json!({"id": "K2one"}));
        assert_eq!(service.exchange(SECRET, json!({})).0, 401);
        service.post("activate", json!({"id": "K2one"}));
        assert_eq!(service.exchange(SECRET, json!({})).0, 200);
        service.post("delete", json!({"id": "K2one"}));
        assert_eq!(service.exchange(SECRET, json!({})).0, 401);
    }
}
