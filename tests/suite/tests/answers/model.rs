//! A key's members, as the service may send them.

use std::time::{Duration, UNIX_EPOCH};

use descope_core::{CreateAccessKey, Endpoint, ErrorKind, Expiry, Now, SearchAccessKeys, Status};
use descope_suite::scenario::UNIX_START;
use serde_json::json;

use crate::load;

#[test]
fn every_member_is_read() {
    let key = load(
        r#"{"key":{"id":"K2","name":"ci","roleNames":["r1","r2"],
            "keyTenants":[{"tenantId":"t1","tenantName":"Acme","roleNames":["admin"]}],
            "status":"active","createdTime":1700000000,"expireTime":1900000000,
            "createdBy":"U1","clientId":"C1","boundUserId":"U2","customClaims":{"team":"build"},
            "description":"d","permittedIps":["10.0.0.0/8"],"customAttributes":{"env":["prod"]},
            "editable":true}}"#,
    );
    let key = key.unwrap();
    assert_eq!((key.id(), key.name()), ("K2", "ci"));
    assert_eq!(key.role_names(), ["r1", "r2"]);
    let tenant = key.tenant("t1").unwrap();
    assert_eq!((tenant.tenant_name(), &*tenant.role_names()), ("Acme", &["admin"][..]));
    assert!(key.tenant("t2").is_none());
    assert_eq!(key.status(), Status::Active);
    assert_eq!(key.created_at(), Some(UNIX_EPOCH + Duration::from_secs(1_700_000_000)));
    assert_eq!(key.expires_at(), Some(UNIX_EPOCH + Duration::from_secs(1_900_000_000)));
    assert_eq!(key.created_by(), Some("U1"));
    assert_eq!(key.client_id(), Some("C1"));
    assert_eq!(key.user_id(), Some("U2"));
    assert_eq!(key.custom_claims()["team"], json!("build"));
    assert_eq!(key.description(), Some("d"));
    assert_eq!(key.permitted_ips(), ["10.0.0.0/8"]);
    assert_eq!(key.custom_attributes()["env"], json!(["prod"]));
    assert_eq!(key.editable(), Some(true));
}

#[test]
fn absent_and_null_are_empty() {
    let nulls = r#"{"key":{"id":"K2","name":null,"roleNames":null,"keyTenants":null,"status":null,
        "createdTime":null,"expireTime":null,"createdBy":null,"clientId":null,"boundUserId":null,
        "customClaims":null,"description":null,"permittedIps":null,"customAttributes":null,
        "editable":null}}"#;
    let bare = load(r#"{"key":{"id":"K2"}}"#).unwrap();
    assert_eq!(load(nulls).unwrap(), bare);
    assert_eq!((bare.name(), bare.status().as_str()), ("", ""));
    assert_eq!((bare.created_at(), bare.expires_at()), (None, None));
    assert!(bare.never_expires());
    assert!(bare.role_names().is_empty() && bare.key_tenants().is_empty());
    assert!(bare.permitted_ips().is_empty() && bare.custom_claims().is_empty());
    assert_eq!((bare.description(), bare.user_id(), bare.editable()), (None, None, None));

    let within = r#"{"key":{"id":"K2","roleNames":[null,"r",null],"permittedIps":[null],
        "keyTenants":[null,{"tenantId":null,"tenantName":null,"roleNames":null}]}}"#;
    let within = load(within).unwrap();
    assert_eq!(within.role_names(), ["r"]);
    assert!(within.permitted_ips().is_empty());
    assert_eq!(within.key_tenants().len(), 1);
    assert_eq!(within.key_tenants()[0].tenant_id(), "");

    let search = |body: &str| SearchAccessKeys::new().parse(body.as_bytes()).unwrap();
    for none in ["{}", r#"{"keys":null}"#, r#"{"keys":[]}"#, r#"{"keys":[null]}"#] {
        assert!(search(none).is_empty(), "{none}");
    }
    assert_eq!(search(r#"{"keys":[null,{"id":"K2"},{"id":"K3"}]}"#).len(), 2);
}

#[test]
fn times_are_numbers_or_strings_of_64_bits() {
    let time = |text: &str| {
        let body = format!(r#"{{"key":{{"id":"K2","createdTime":{text},"expireTime":{text}}}}}"#);
        load(&body).map(|key| {
            assert_eq!(key.created_time(), key.expire_time());
            key.expire_time()
        })
    };
    for (text, seconds) in [
        ("0", 0),
        ("1700000000", 1_700_000_000),
        (r#""1700000000""#, 1_700_000_000),
        ("2147483648", 2_147_483_648),
        (r#""4294967296""#, 4_294_967_296),
        ("1.7e9", 1_700_000_000),
        ("1700000000.0", 1_700_000_000),
        ("-1", -1),
        (r#""-1""#, -1),
        ("9223372036854775807", i64::MAX),
        (r#""9223372036854775807""#, i64::MAX),
        ("-9223372036854775808", i64::MIN),
        (r#""-9223372036854775808""#, i64::MIN),
        ("null", 0),
    ] {
        assert_eq!(time(text).unwrap(), seconds, "{text}");
    }
    for wrong in [
        "9223372036854775808",
        r#""9223372036854775808""#,
        "-9223372036854775809",
        "9.3e18",
        "-9.3e18",
        "1e400",
        "1.5",
        r#""1.5""#,
        r#""""#,
        r#"" 1""#,
        r#""0x10""#,
        r#""soon""#,
        "true",
        "[1]",
        r#"{"seconds":1}"#,
    ] {
        assert_eq!(time(wrong).unwrap_err().kind(), ErrorKind::Decode, "{wrong}");
    }
}

#[test]
fn a_time_that_no_clock_shows_is_no_time_and_no_panic() {
    let key = |time: i64| load(&format!(r#"{{"key":{{"id":"K2","expireTime":{time}}}}}"#)).unwrap();
    let now = |seconds| Now::new(Duration::ZERO, Duration::from_secs(seconds));
    assert!(key(i64::MAX).is_expired(now(u64::MAX)));
    assert!(!key(i64::MAX).is_expired(now(UNIX_START)));
    assert_eq!(key(i64::MIN).expires_at(), None);
    assert_eq!(key(-1).expires_at(), None);
    let far = Duration::from_secs(i64::MAX.unsigned_abs());
    assert_eq!(key(i64::MAX).expires_at(), UNIX_EPOCH.checked_add(far));

    let key = key(1_000);
    assert!(!key.is_expired(now(999)));
    assert!(key.is_expired(now(1_000)));
}

#[test]
fn a_status_keeps_its_word() {
    let status = |word: &str| {
        load(&format!(r#"{{"key":{{"id":"K2","status":"{word}"}}}}"#)).unwrap().status()
    };
    assert_eq!(status("active"), Status::Active);
    assert_eq!(status("inactive"), Status::Inactive);
    assert_eq!(status("expired"), Status::Expired);
    assert_eq!(status("suspended"), Status::Other("suspended".into()));
    assert_eq!(status("Active").to_string(), "Active");
}

#[test]
fn numbers_in_claims_stay_exact_to_64_bits() {
    let key = load(
        r#"{"key":{"id":"K2","customClaims":{"a":9007199254740993,"b":18446744073709551615,
            "c":-9223372036854775808,"d":0.1}}}"#,
    );
    let claims = key.unwrap().custom_claims();
    assert_eq!(claims["a"], json!(9_007_199_254_740_993_u64));
    assert_eq!(claims["b"], json!(u64::MAX));
    assert_eq!(claims["c"], json!(i64::MIN));
    assert_eq!(claims["d"], json!(0.1));
}

#[test]
fn a_key_survives_its_own_json() {
    let key = load(
        r#"{"key":{"id":"K2","name":"n","keyTenants":[{"tenantId":"t","roleNames":["r"]}],
            "status":"odd","expireTime":"4102444800","boundUserId":"U2","customClaims":{"c":1}}}"#,
    );
    let key = key.unwrap();
    let text = serde_json::to_string(&key).unwrap();
    assert_eq!(serde_json::from_str::<descope_core::AccessKey>(&text).unwrap(), key, "{text}");
}

#[test]
fn an_answer_that_lacks_what_the_call_promises_is_no_success() {
    let create = |body: &str| CreateAccessKey::new("n", Expiry::Never).parse(body.as_bytes());
    for lacking in [
        "{}",
        r#"{"cleartext":"C"}"#,
        r#"{"cleartext":"C","key":null}"#,
        r#"{"cleartext":"C","key":{}}"#,
        r#"{"cleartext":"C","key":{"id":""}}"#,
        r#"{"cleartext":"C","key":{"id":null}}"#,
        r#"{"key":{"id":"K2"}}"#,
        r#"{"cleartext":null,"key":{"id":"K2"}}"#,
        r#"{"cleartext":"","key":{"id":"K2"}}"#,
    ] {
        let error = create(lacking).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode, "{lacking}");
        assert!(error.to_string().contains("the answer has no"), "{error}");
    }
    let created = create(r#"{"cleartext":"C","key":{"id":"K2"}}"#).unwrap();
    assert_eq!((created.cleartext.expose(), created.key.id()), ("C", "K2"));
    assert!(load("{}").unwrap_err().to_string().contains("`id`"));
}
