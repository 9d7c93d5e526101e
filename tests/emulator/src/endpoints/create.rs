//! `POST /v1/mgmt/accesskey/create`

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{CleartextAnswer, check_permitted, read, required, settle_tenants};
use crate::error::Refusal;
use crate::key::{KeyTenant, seconds, seconds_of};
use crate::service::{Answer, Context, client_id};
use crate::{Key, random, unrecorded};

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
        return Err(unrecorded::user_not_found());
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
    key.refresh(context.now);
    context.state.store.create(key.clone(), context.now);
    Ok(Answer::json(&CleartextAnswer { cleartext: &key.cleartext, key: &key }))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::{NOW, Service};
    use crate::{Emulator, User};

    #[test]
    fn every_field_is_kept() {
        let service = Service::with(Emulator::builder().tenant("t1", "Tenant One"));
        let (status, answer) = service.post(
            "create",
            json!({
                "name": "everything", "expireTime": "4102444800", "userId": "U2abc",
                "keyTenants": [{"tenantId": "t1", "roleNames": ["admin"]}, {"tenantId": "t2"}],
                "customClaims": {"k1": "v1"}, "description": "d", "permittedIps": ["127.0.0.1"],
                "customAttributes": {"a": "b"},
            }),
        );
        assert_eq!(status, 200, "{answer}");
        let key = &answer["key"];
        let expected = json!({
            "id": key["id"], "name": "everything", "roleNames": [],
            "keyTenants": [
                {"tenantId": "t1", "tenantName": "Tenant One", "roleNames": ["admin"]},
                {"tenantId": "t2", "tenantName": "t2", "roleNames": []},
            ],
            "status": "active", "createdTime": NOW, "expireTime": 4_102_444_800_i64,
            "createdBy": "K2EmulatorManagementKeyId", "clientId": key["clientId"],
            "boundUserId": "U2abc", "customClaims": {"k1": "v1"}, "description": "d",
            "permittedIps": ["127.0.0.1"], "customAttributes": {"a": "b"}, "editable": true,
        });
        assert_eq!(*key, expected);
        assert_eq!(service.load(key["id"].as_str().unwrap()), expected);
        assert_eq!(service.exchange(answer["cleartext"].as_str().unwrap(), json!({})).0, 200);
    }

    #[test]
    fn names_need_not_differ_and_ids_and_secrets_do() {
        let service = Service::new();
        let create = || service.post("create", json!({"name": "same", "expireTime": 0})).1;
        let (one, two) = (create(), create());
        assert_ne!(one["key"]["id"], two["key"]["id"]);
        assert_ne!(one["cleartext"], two["cleartext"]);
    }

    #[test]
    fn null_is_left_out() {
        let service = Service::new();
        let body = json!({"name": "n", "expireTime": null, "roleNames": null, "keyTenants": null,
            "userId": null, "customClaims": null, "description": null, "permittedIps": null,
            "customAttributes": null});
        let (status, answer) = service.post("create", body);
        assert_eq!((status, &answer["key"]["expireTime"]), (200, &json!(0)), "{answer}");
    }

    #[test]
    fn a_past_expiry_makes_an_expired_key() {
        let (_, answer) = Service::new().post("create", json!({"name": "n", "expireTime": NOW}));
        assert_eq!(answer["key"]["status"], "expired");
    }

    #[test]
    fn bad_arguments_are_refused() {
        let service = Service::with(Emulator::builder().user(User::new("U2known")));
        for (body, status, code) in [
            (json!({}), 400, "E011003"),
            (json!({"name": ""}), 400, "E011003"),
            (json!({"name": 7}), 400, "E011001"),
            (json!([]), 400, "E011001"),
            (json!({"name": "n", "expireTime": -1}), 400, "E011004"),
            (json!({"name": "n", "expireTime": 1.5}), 400, "E011001"),
            (json!({"name": "n", "permittedIps": ["10.0.0.0/33"]}), 400, "E011004"),
            (json!({"name": "n", "userId": "U2unknown"}), 404, "E112102"),
        ] {
            assert_eq!(service.refusal("create", body.clone()), (status, code.into()), "{body}");
        }
        assert!(service.0.keys().is_empty());
    }
}
