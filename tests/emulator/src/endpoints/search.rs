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
struct KeysAnswer<'a> {
    keys: Vec<&'a Key>,
}

pub(super) fn run(context: &mut Context<'_>, body: &[u8]) -> Result<Answer, Refusal> {
    let body: Body = read(body)?;
    let filter = Filter::new(&body);
    let mut keys = context.state.store.searched(context.now);
    keys.retain(|key| filter.holds(key));
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::Emulator;
    use crate::testing::{NOW, Service};

    fn service() -> Service {
        let mut first = Key::new("Alpha").with_id("1").tenant("t1").attribute("env", "prod");
        first.created_time = 30;
        first.created_by = "U2x".to_owned();
        let mut second = Key::new("beta").with_id("2").tenant("t2").user_id("U2a").expires_at(NOW);
        second.created_time = 20;
        let mut third = Key::new("Gamma").with_id("3").tenant("t1").description("About ALPHA");
        third.created_time = 20;
        third.custom_attributes.insert("env".to_owned(), json!(["dev", "stage"]));
        Service::with(Emulator::builder().keys([first, second, third.inactive()]))
    }

    fn ids(service: &Service, body: Value) -> String {
        let (status, answer) = service.post("search", body);
        assert_eq!(status, 200, "{answer}");
        answer["keys"].as_array().unwrap().iter().map(|key| key["id"].as_str().unwrap()).collect()
    }

    #[test]
    fn every_filter_that_is_given_must_hold() {
        let service = service();
        for (body, found) in [
            (json!({}), "123"),
            (json!({"tenantIds": [], "boundUserId": "", "creatingUser": "", "text": ""}), "123"),
            (json!({"tenantIds": null, "customAttributes": null, "sort": null}), "123"),
            (json!({"tenantIds": ["t1"]}), "13"),
            (json!({"tenantIds": ["t2", "t1"]}), "123"),
            (json!({"tenantIds": ["none"]}), ""),
            (json!({"boundUserId": "U2a"}), "2"),
            (json!({"creatingUser": "U2x"}), "1"),
            (json!({"customAttributes": {"env": "prod"}}), "1"),
            (json!({"customAttributes": {"env": "stage"}}), "3"),
            (json!({"customAttributes": {"env": ["prod", "test"]}}), "1"),
            (json!({"customAttributes": {"env": "prod", "other": 1}}), ""),
            (json!({"text": "alpha"}), "13"),
            (json!({"text": "T2"}), "2"),
            (json!({"text": "alpha", "creatingUser": "U2x"}), "1"),
        ] {
            assert_eq!(ids(&service, body.clone()), found, "{body}");
        }
    }

    #[test]
    fn a_search_can_lag_behind() {
        let service = service();
        service.0.set_search_lag(std::time::Duration::from_secs(5));
        service.post("update", json!({"id": "1", "name": "Omega"}));
        service.post("delete", json!({"id": "2"}));
        let (_, made) = service.post("create", json!({"name": "new"}));
        let id = made["key"]["id"].as_str().unwrap();
        assert_eq!(ids(&service, json!({})), "123");
        assert_eq!(ids(&service, json!({"text": "omega"})), "");
        assert_eq!(service.load(id), made["key"], "a load sees it at once");
        service.0.advance(std::time::Duration::from_secs(5));
        assert_eq!(ids(&service, json!({})), format!("13{id}"));
        assert_eq!(ids(&service, json!({"text": "omega"})), "1");
    }

    #[test]
    fn later_orders_break_ties_of_earlier_ones() {
        let service = service();
        let by = |field: &str, desc: bool| json!({"field": field, "desc": desc});
        for (sort, found) in [
            (json!([by("name", false)]), "132"),
            (json!([by("name", true)]), "231"),
            (json!([by("createdTime", false), by("name", true)]), "231"),
            (json!([by("createdTime", false), by("name", false)]), "321"),
            (json!([by("createdTime", true), by("id", true)]), "132"),
            (json!([by("status", false)]), "123"),
            (json!([by("expireTime", true)]), "213"),
            (json!([{"field": "createdTime"}]), "231"),
        ] {
            assert_eq!(ids(&service, json!({"sort": sort})), found, "{sort}");
        }
        let refusal = service.refusal("search", json!({"sort": [by("colour", false)]}));
        assert_eq!(refusal, (400, "E011004".into()));
    }

    #[test]
    fn pages_are_counted_from_0() {
        let service = service();
        assert_eq!(ids(&service, json!({"limit": 2})), "12");
        assert_eq!(ids(&service, json!({"limit": 2, "page": 1})), "3");
        assert_eq!(ids(&service, json!({"limit": 2, "page": 2})), "");
        assert_eq!(ids(&service, json!({"limit": 0, "page": 5})), "123");
    }

    #[test]
    fn answers_show_the_status_of_now() {
        let (_, answer) = service().post("search", json!({}));
        let statuses: Vec<_> =
            answer["keys"].as_array().unwrap().iter().map(|key| &key["status"]).collect();
        assert_eq!(statuses, ["active", "expired", "inactive"]);
    }
}
