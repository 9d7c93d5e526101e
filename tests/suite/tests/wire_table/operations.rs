//! What each operation sends: every optional argument given, given empty, and not given.

use std::time::{Duration, UNIX_EPOCH};

use descope_core::{
    ActOnAccessKey, ActOnAccessKeys, CreateAccessKey, ExchangeAccessKey, Expiry, FetchLicense,
    FetchSigningKeys, LoadAccessKey, RotateAccessKey, SearchAccessKeys, SortField, TenantGrant,
    UpdateAccessKey,
};
use descope_suite::json;
use descope_suite::scenario::{PROJECT, UNIX_START};
use serde_json::json;

use crate::{assert_create, assert_get, assert_post, create, sent};

#[test]
fn create_sends_name_and_expiry_alone_unless_more_is_given() {
    assert_create(create(), json!({}));
}

#[test]
fn create_sends_every_optional_argument_that_is_given() {
    assert_create(create().role("a").roles(["b", "c"]), json!({"roleNames": ["a", "b", "c"]}));
    assert_create(
        create().tenant("t1").tenant_roles("t2", ["r"]).tenants([TenantGrant::new("t3")]),
        json!({"keyTenants": [
            {"tenantId": "t1"}, {"tenantId": "t2", "roleNames": ["r"]}, {"tenantId": "t3"},
        ]}),
    );
    assert_create(create().user_id("U2"), json!({"userId": "U2"}));
    assert_create(
        create().claim("team", "build").claims(json!({"n": 9_007_199_254_740_993_i64})),
        json!({"customClaims": {"team": "build", "n": 9_007_199_254_740_993_i64}}),
    );
    assert_create(create().description("a\n\"b\" ключ"), json!({"description": "a\n\"b\" ключ"}));
    assert_create(
        create().permitted_ip("10.0.0.0/8").permitted_ips(["::1", "2001:db8::/32", "192.0.2.7"]),
        json!({"permittedIps": ["10.0.0.0/8", "::1", "2001:db8::/32", "192.0.2.7"]}),
    );
    assert_create(
        create().attribute("env", "prod").attributes(json!({"size": 7})),
        json!({"customAttributes": {"env": "prod", "size": 7}}),
    );
}

#[test]
fn create_sends_empty_what_is_given_empty() {
    const NONE: [&str; 0] = [];
    assert_create(create().roles(NONE), json!({"roleNames": []}));
    assert_create(create().tenants([]), json!({"keyTenants": []}));
    assert_create(
        create().tenant_roles("t", NONE),
        json!({"keyTenants": [{"tenantId": "t", "roleNames": []}]}),
    );
    assert_create(create().user_id(""), json!({"userId": ""}));
    assert_create(create().claims(json!({})), json!({"customClaims": {}}));
    assert_create(create().description(""), json!({"description": ""}));
    assert_create(create().permitted_ips(NONE), json!({"permittedIps": []}));
    assert_create(create().attributes(json!({})), json!({"customAttributes": {}}));
}

#[test]
fn roles_beside_tenants_go_out_as_given() {
    assert_create(
        create().role("r").tenant("t"),
        json!({"roleNames": ["r"], "keyTenants": [{"tenantId": "t"}]}),
    );
}

#[test]
fn an_expiry_is_sent_in_unix_seconds() {
    let start = i64::try_from(UNIX_START).unwrap();
    let cases = [
        (Expiry::Never, 0),
        (Expiry::AtUnix(1), 1),
        (Expiry::AtUnix(4_102_444_800), 4_102_444_800),
        (Expiry::AtUnix(i64::MAX), i64::MAX),
        (Expiry::from(UNIX_EPOCH + Duration::from_millis(1_900_000_000_999)), 1_900_000_000),
        (Expiry::In(Duration::from_millis(999)), start),
        (Expiry::In(Duration::from_millis(1_999)), start + 1),
        (Expiry::days(30), start + 30 * 86_400),
    ];
    for (expiry, seconds) in cases {
        let body = json::body(&sent(CreateAccessKey::new("n", expiry)).request);
        assert_eq!(body["expireTime"], json!(seconds), "{expiry:?}");
    }
}

#[test]
fn load_carries_the_id_percent_encoded() {
    assert_get(LoadAccessKey::new("K2abc-_.~9"), "/v1/mgmt/accesskey?id=K2abc-_.~9");
    assert_get(LoadAccessKey::new("a b+c%"), "/v1/mgmt/accesskey?id=a%20b%2Bc%25");
    assert_get(LoadAccessKey::new("a/b?c=d&e#f"), "/v1/mgmt/accesskey?id=a%2Fb%3Fc%3Dd%26e%23f");
    assert_get(LoadAccessKey::new("ю\u{0}\r\n"), "/v1/mgmt/accesskey?id=%D1%8E%00%0D%0A");
}

#[test]
fn search_sends_the_filters_that_are_given() {
    let path = "/v1/mgmt/accesskey/search";
    let search = SearchAccessKeys::new;
    assert_post(search(), path, &json!({}));
    let every = search()
        .tenant("t1")
        .tenants(["t2"])
        .bound_user_id("U2")
        .creating_user("U3")
        .attribute("env", "prod")
        .attributes(json!({"size": 7}))
        .text("ci")
        .sort(SortField::descending("createdTime"))
        .sort(SortField::ascending("name"))
        .page(0)
        .limit(50);
    let body = json!({
        "tenantIds": ["t1", "t2"], "boundUserId": "U2", "creatingUser": "U3",
        "customAttributes": {"env": "prod", "size": 7}, "text": "ci",
        "sort": [{"field": "createdTime", "desc": true}, {"field": "name", "desc": false}],
        "page": 0, "limit": 50,
    });
    assert_post(every, path, &body);
    let empty = search()
        .tenants([""; 0])
        .bound_user_id("")
        .creating_user("")
        .attributes(json!({}))
        .text("");
    let body = json!({
        "tenantIds": [], "boundUserId": "", "creatingUser": "", "customAttributes": {}, "text": "",
    });
    assert_post(empty, path, &body);
}

#[test]
fn update_tells_keep_set_and_clear_apart_for_every_field() {
    let path = "/v1/mgmt/accesskey/update";
    let update = || UpdateAccessKey::new("K2", "n");
    let cases = [
        (update(), json!({})),
        (update().set_description("d"), json!({"description": "d"})),
        (update().clear_description(), json!({"description": ""})),
        (update().set_roles(["r"]), json!({"roleNames": ["r"]})),
        (update().clear_roles(), json!({"roleNames": []})),
        (
            update().set_tenants([TenantGrant::with_roles("t", ["r"]), TenantGrant::new("u")]),
            json!({"keyTenants": [{"tenantId": "t", "roleNames": ["r"]}, {"tenantId": "u"}]}),
        ),
        (update().clear_tenants(), json!({"keyTenants": []})),
        (update().set_claims(json!({"c": [1, null]})), json!({"customClaims": {"c": [1, null]}})),
        (update().clear_claims(), json!({"customClaims": {}})),
        (update().set_permitted_ips(["::1"]), json!({"permittedIps": ["::1"]})),
        (update().clear_permitted_ips(), json!({"permittedIps": []})),
        (update().set_attributes(json!({"a": 1})), json!({"customAttributes": {"a": 1}})),
        (update().clear_attributes(), json!({"customAttributes": {}})),
    ];
    for (update, rest) in cases {
        let mut body = json!({"id": "K2", "name": "n"});
        body.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
        assert_post(update, path, &body);
    }
}

#[test]
fn operations_on_ids_send_the_ids() {
    let one = json!({"id": "K2 \"ю\""});
    let id = "K2 \"ю\"";
    assert_post(ActOnAccessKey::activate(id), "/v1/mgmt/accesskey/activate", &one);
    assert_post(ActOnAccessKey::deactivate(id), "/v1/mgmt/accesskey/deactivate", &one);
    assert_post(ActOnAccessKey::delete(id), "/v1/mgmt/accesskey/delete", &one);
    assert_post(RotateAccessKey::new(id), "/v1/mgmt/accesskey/rotate", &one);
    let many = json!({"ids": ["K2", "K3", "K2"]});
    let ids = ["K2", "K3", "K2"];
    assert_post(ActOnAccessKeys::activate(ids), "/v1/mgmt/accesskey/activate/batch", &many);
    assert_post(ActOnAccessKeys::deactivate(ids), "/v1/mgmt/accesskey/deactivate/batch", &many);
    assert_post(ActOnAccessKeys::delete(ids), "/v1/mgmt/accesskey/delete/batch", &many);
}

#[test]
fn the_rest_of_the_endpoints() {
    assert_get(FetchLicense::new(), "/v1/mgmt/license");
    assert_get(FetchSigningKeys::new(), &format!("/v2/keys/{PROJECT}"));
    let path = "/v1/auth/accesskey/exchange";
    let exchange = || ExchangeAccessKey::new("CT");
    assert_post(exchange(), path, &json!({"loginOptions": {}}));
    assert_post(
        exchange().login_claim("a", 1).login_claims(json!({"b": 2})).selected_tenant("t"),
        path,
        &json!({"loginOptions": {"customClaims": {"a": 1, "b": 2}, "selectedTenant": "t"}}),
    );
    assert_post(
        exchange().login_claims(json!({})).selected_tenant(""),
        path,
        &json!({"loginOptions": {"customClaims": {}, "selectedTenant": ""}}),
    );
}
