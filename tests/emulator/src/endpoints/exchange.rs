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
use crate::{Key, Status, permitted};

/// Claims that a key's custom claims cannot set.
const RESERVED: [&str; 21] = [
    "iss",
    "sub",
    "aud",
    "exp",
    "iat",
    "nbf",
    "jti",
    "drn",
    "dsub",
    "dct",
    "tenants",
    "roles",
    "permissions",
    "nsec",
    "amr",
    "azp",
    "cnf",
    "rexp",
    "scope",
    "sid",
    "su",
];

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

pub(super) fn run(context: &Context<'_>, request: &Request<Vec<u8>>) -> Result<Answer, Refusal> {
    let key = authenticate(context, request)?;
    let body: Body = read(request.body())?;
    let options = body.login_options.unwrap_or_default();
    let claims = claims(context, key, options)?;
    let signing_key = context.state.signing_keys.last().expect("one signs at any time");
    Ok(Answer::Session { key_id: key.id.clone(), claims, signing_key: Arc::clone(signing_key) })
}

/// The key whose secret the bearer holds, if it may be used now and from there.
fn authenticate<'a>(
    context: &'a Context<'_>,
    request: &Request<Vec<u8>>,
) -> Result<&'a Key, Refusal> {
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
    let key = cleartext
        .and_then(|cleartext| context.state.store.by_cleartext(cleartext))
        .ok_or_else(|| Refusal::invalid_access_key("The access key is not known"))?;
    match key.status_at(context.now) {
        Status::Active => {}
        Status::Inactive => return Err(Refusal::invalid_access_key("The access key is inactive")),
        Status::Expired => return Err(Refusal::invalid_access_key("The access key has expired")),
    }
    if !permitted::allows(&key.permitted_ips, context.client) {
        let message = "The access key is not permitted from this address";
        return Err(Refusal::invalid_access_key(message));
    }
    Ok(key)
}

fn claims(context: &Context<'_>, key: &Key, options: LoginOptions) -> Result<Value, Refusal> {
    let settings = context.settings;
    let (roles, tenants) = match settings.users.get(&key.bound_user_id) {
        Some(user) => (&user.role_names, &user.tenants),
        None => (&key.role_names, &key.key_tenants),
    };
    let mut claims = key.custom_claims.clone();
    claims.retain(|name, _| !RESERVED.contains(&name.as_str()));

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
            let message = "selectedTenant: the access key is not associated with this tenant";
            return Err(Refusal::invalid_argument(message));
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
