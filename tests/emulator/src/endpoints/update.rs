//! `POST /v1/mgmt/accesskey/update`: what is left out is kept, what is empty is cleared.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{KeyAnswer, check_permitted, read, required, required_id, settle_tenants};
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
    let id = required_id(context, body.id.as_deref())?;
    let name = required("name", body.name.as_deref())?.to_owned();
    check_permitted(body.permitted_ips.as_deref().unwrap_or_default())?;
    let updated = context.state.store.change(id, context.now, |key| {
        key.name = name;
        set(&mut key.description, body.description);
        set(&mut key.role_names, body.role_names);
        set(&mut key.key_tenants, body.key_tenants);
        set(&mut key.custom_claims, body.custom_claims);
        set(&mut key.permitted_ips, body.permitted_ips);
        set(&mut key.custom_attributes, body.custom_attributes);
        settle_tenants(context.settings, key);
    });
    match updated {
        Some(key) => Ok(Answer::json(&KeyAnswer { key })),
        None => {
            let message = "Unable to update access key because it's not found";
            Err(Refusal::key_not_found(message, context.settings.not_found_status))
        }
    }
}

fn set<T>(field: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *field = value;
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::Service;
    use crate::{Emulator, Key};

    fn service() -> Service {
        let key = Key::new("before")
            .with_id("K2one")
            .tenant_roles("t1", ["admin"])
            .claim("c", 1)
            .description("text")
            .permitted_ip("10.0.0.1")
            .attribute("a", "b");
        Service::with(Emulator::builder().key(key))
    }

    #[test]
    fn what_is_left_out_or_null_is_kept() {
        let service = service();
        let before = service.load("K2one");
        let body = json!({"id": "K2one", "name": "before", "description": null, "roleNames": null,
            "keyTenants": null, "customClaims": null, "permittedIps": null,
            "customAttributes": null});
        service.post("update", body);
        assert_eq!(service.load("K2one"), before);
        let (_, answer) = service.post("update", json!({"id": "K2one", "name": "after"}));
        let mut expected = before;
        expected["name"] = json!("after");
        assert_eq!(answer["key"], expected);
        assert_eq!(service.load("K2one"), expected);
    }

    #[test]
    fn what_is_empty_is_cleared() {
        let service = service();
        let empty = json!({"id": "K2one", "name": "before", "description": "", "keyTenants": [],
            "customClaims": {}, "permittedIps": [], "customAttributes": {}});
        let (_, answer) = service.post("update", empty);
        let key = &answer["key"];
        for (field, cleared) in [
            ("description", json!("")),
            ("keyTenants", json!([])),
            ("customClaims", json!({})),
            ("permittedIps", json!([])),
            ("customAttributes", json!({})),
        ] {
            assert_eq!(key[field], cleared, "{field}");
        }
    }

    #[test]
    fn what_is_given_is_set() {
        let service = service();
        let body = json!({"id": "K2one", "name": "n", "keyTenants": [], "roleNames": ["r"]});
        let key = service.post("update", body).1["key"].take();
        assert_eq!((&key["roleNames"], &key["keyTenants"]), (&json!(["r"]), &json!([])));
        let body = json!({"id": "K2one", "name": "n", "keyTenants": [{"tenantId": "t2"}]});
        let key = service.post("update", body).1["key"].take();
        assert_eq!(key["keyTenants"][0]["tenantId"], "t2");
        assert_eq!(key["roleNames"], json!([]), "tenants take precedence");
    }

    #[test]
    fn expiry_and_user_cannot_be_updated() {
        let service = service();
        let body = json!({"id": "K2one", "name": "n", "expireTime": 5, "userId": "U2a"});
        let key = service.post("update", body).1["key"].take();
        assert_eq!((&key["expireTime"], &key["boundUserId"]), (&json!(0), &json!("")));
    }

    #[test]
    fn bad_arguments_change_nothing() {
        let service = service();
        let before = service.load("K2one");
        for (body, status, code) in [
            (json!({"id": "K2one"}), 400, "E011003"),
            (json!({"name": "n"}), 400, "E011003"),
            (json!({"id": "K2none", "name": "n"}), 400, "E011003"),
            (json!({"id": "K2".repeat(14), "name": "n"}), 404, "E111502"),
            (json!({"id": "K2one", "name": "n", "permittedIps": ["x"]}), 400, "E011004"),
        ] {
            assert_eq!(service.refusal("update", body.clone()), (status, code.into()), "{body}");
        }
        assert_eq!(service.load("K2one"), before);
    }
}
