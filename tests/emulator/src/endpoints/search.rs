//! `POST /v1/mgmt/accesskey/search`: every filter that is given must hold.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::read;
use crate::error::Refusal;
use crate::service::{Answer, Context};
use crate::{Key, Status};

/// Members that are null or empty filter nothing.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    tenant_ids: Option<Vec<String>>,
    bound_user_id: Option<String>,
    creating_user: Option<String>,
    custom_attributes: Option<Map<String, Value>>,
    text: Option<String>,
    sort: Option<Vec<Sort>>,
    page: Option<usize>,
    limit: Option<usize>,
}

#[derive(Deserialize)]
struct Sort {
    field: String,
    #[serde(default)]
    desc: Option<bool>,
}

#[derive(Serialize)]
struct KeysAnswer {
    keys: Vec<Key>,
}

pub(super) fn run(context: &Context<'_>, body: &[u8]) -> Result<Answer, Refusal> {
    let body: Body = read(body)?;
    let filter = Filter::new(&body);
    let keys = context.state.store.iter().filter(|key| filter.holds(key));
    let mut keys: Vec<Key> = keys.map(|key| key.seen_at(context.now)).collect();
    for sort in body.sort.iter().flatten().rev() {
        let compare = order(&sort.field)?;
        let desc = sort.desc.unwrap_or_default();
        keys.sort_by(|a, b| if desc { compare(b, a) } else { compare(a, b) });
    }
    if let Some(limit) = body.limit.filter(|limit| *limit > 0) {
        let skip = body.page.unwrap_or_default().saturating_mul(limit);
        keys = keys.into_iter().skip(skip).take(limit).collect();
    }
    Ok(Answer::json(&KeysAnswer { keys }))
}

struct Filter<'a> {
    body: &'a Body,
    text: Option<String>,
}

impl<'a> Filter<'a> {
    fn new(body: &'a Body) -> Self {
        Self { body, text: given(&body.text).map(str::to_lowercase) }
    }

    fn holds(&self, key: &Key) -> bool {
        let tenants = self.body.tenant_ids.as_deref().unwrap_or_default();
        let attributes = self.body.custom_attributes.iter().flatten();
        (tenants.is_empty() || key.key_tenants.iter().any(|own| tenants.contains(&own.tenant_id)))
            && given(&self.body.bound_user_id).is_none_or(|user| key.bound_user_id == user)
            && given(&self.body.creating_user).is_none_or(|user| key.created_by == user)
            && attributes.into_iter().all(|(name, value)| has(key, name, value))
            && self.text.as_ref().is_none_or(|text| mentions(key, text))
    }
}

fn given(text: &Option<String>) -> Option<&str> {
    text.as_deref().filter(|text| !text.is_empty())
}

/// Whether the key has this attribute, or one of these values of it.
fn has(key: &Key, name: &str, wanted: &Value) -> bool {
    key.custom_attributes.get(name).is_some_and(|own| match (own, wanted) {
        (own, wanted) if own == wanted => true,
        (Value::Array(own), wanted) => own.contains(wanted),
        (own, Value::Array(wanted)) => wanted.contains(own),
        _ => false,
    })
}

/// Whether a text occurs in what a person would look for, in either case.
fn mentions(key: &Key, lowercase: &str) -> bool {
    let tenants = key.key_tenants.iter().flat_map(|own| [&own.tenant_id, &own.tenant_name]);
    [&key.id, &key.name, &key.description, &key.created_by, &key.bound_user_id, &key.client_id]
        .into_iter()
        .chain(tenants)
        .any(|field| field.to_lowercase().contains(lowercase))
}

/// How keys compare by a field; names of fields are those of the answer, in either case.
fn order(field: &str) -> Result<fn(&Key, &Key) -> Ordering, Refusal> {
    Ok(match field.to_ascii_lowercase().as_str() {
        "id" => |a, b| a.id.cmp(&b.id),
        "name" => |a, b| a.name.cmp(&b.name),
        "status" => |a, b| rank(a.status).cmp(&rank(b.status)),
        "createdtime" => |a, b| a.created_time.cmp(&b.created_time),
        "expiretime" => |a, b| a.expire_time.cmp(&b.expire_time),
        "createdby" => |a, b| a.created_by.cmp(&b.created_by),
        "clientid" => |a, b| a.client_id.cmp(&b.client_id),
        "bounduserid" => |a, b| a.bound_user_id.cmp(&b.bound_user_id),
        "description" => |a, b| a.description.cmp(&b.description),
        _ => {
            return Err(Refusal::invalid_argument(format!("sort: there is no order by {field:?}")));
        }
    })
}

/// Statuses in the order of their names.
fn rank(status: Status) -> u8 {
    match status {
        Status::Active => 0,
        Status::Expired => 1,
        Status::Inactive => 2,
    }
}
