//! `POST /v1/mgmt/accesskey/update`: what is left out is kept, what is empty is cleared.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{KeyAnswer, check_permitted, read, required, settle_tenants};
use crate::error::Refusal;
use crate::key::KeyTenant;
use crate::service::{Answer, Context};

/// Members that are null count as left out.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    id: Option<String>,
    name: Option<String>,
    description: Option<String>,
    role_names: Option<Vec<String>>,
    key_tenants: Option<Vec<KeyTenant>>,
    custom_claims: Option<Map<String, Value>>,
    permitted_ips: Option<Vec<String>>,
    custom_attributes: Option<Map<String, Value>>,
}

pub(super) fn run(context: &mut Context<'_>, body: &[u8]) -> Result<Answer, Refusal> {
    let body: Body = read(body)?;
    let id = required("id", body.id.as_deref())?;
    let name = required("name", body.name.as_deref())?.to_owned();
    check_permitted(body.permitted_ips.as_deref().unwrap_or_default())?;
    let key = context.state.store.get_mut(id).ok_or_else(Refusal::key_not_found)?;
    key.name = name;
    set(&mut key.description, body.description);
    set(&mut key.role_names, body.role_names);
    set(&mut key.key_tenants, body.key_tenants);
    set(&mut key.custom_claims, body.custom_claims);
    set(&mut key.permitted_ips, body.permitted_ips);
    set(&mut key.custom_attributes, body.custom_attributes);
    settle_tenants(context.settings, key);
    Ok(Answer::json(&KeyAnswer { key: key.seen_at(context.now) }))
}

fn set<T>(field: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *field = value;
    }
}
