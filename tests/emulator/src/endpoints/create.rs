//! `POST /v1/mgmt/accesskey/create`

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{CleartextAnswer, check_permitted, read, required, settle_tenants};
use crate::error::Refusal;
use crate::key::{KeyTenant, seconds, seconds_of};
use crate::service::{Answer, Context, client_id};
use crate::{Key, random};

/// Members that are null count as left out.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    name: Option<String>,
    #[serde(default, deserialize_with = "seconds")]
    expire_time: i64,
    role_names: Option<Vec<String>>,
    key_tenants: Option<Vec<KeyTenant>>,
    user_id: Option<String>,
    custom_claims: Option<Map<String, Value>>,
    description: Option<String>,
    permitted_ips: Option<Vec<String>>,
    custom_attributes: Option<Map<String, Value>>,
}

pub(super) fn run(context: &mut Context<'_>, body: &[u8]) -> Result<Answer, Refusal> {
    let body: Body = read(body)?;
    let name = required("name", body.name.as_deref())?;
    if body.expire_time < 0 {
        return Err(Refusal::invalid_argument("expireTime: is negative"));
    }
    let permitted_ips = body.permitted_ips.unwrap_or_default();
    check_permitted(&permitted_ips)?;
    let user = body.user_id.unwrap_or_default();
    let users = &context.settings.users;
    if !user.is_empty() && !users.is_empty() && !users.contains_key(&user) {
        return Err(Refusal::user_not_found());
    }

    let id = random::text("K2", 26);
    let mut key = Key {
        client_id: client_id(&context.settings.project_id, &id),
        id,
        expire_time: body.expire_time,
        role_names: body.role_names.unwrap_or_default(),
        key_tenants: body.key_tenants.unwrap_or_default(),
        bound_user_id: user,
        custom_claims: body.custom_claims.unwrap_or_default(),
        description: body.description.unwrap_or_default(),
        permitted_ips,
        custom_attributes: body.custom_attributes.unwrap_or_default(),
        created_time: seconds_of(context.now),
        created_by: context.settings.created_by.clone(),
        cleartext: random::text("K2", 54),
        ..Key::new(name)
    };
    settle_tenants(context.settings, &mut key);
    context.state.store.insert(key.clone());
    let seen = key.seen_at(context.now);
    Ok(Answer::json(&CleartextAnswer { cleartext: key.cleartext, key: seen }))
}
