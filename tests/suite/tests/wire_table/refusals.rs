//! What cannot be sent is refused before anything is, by the name of its field.

use std::time::{Duration, UNIX_EPOCH};

use descope_core::{
    ActOnAccessKey, ActOnAccessKeys, CallOptions, Config, Context, CreateAccessKey, ErrorKind,
    ExchangeAccessKey, Expiry, LoadAccessKey, RotateAccessKey, SearchAccessKeys, UpdateAccessKey,
};
use descope_suite::scenario::{PROJECT, first};
use serde_json::json;

use crate::{create, refused};

#[test]
fn an_expiry_that_cannot_be_meant_is_refused() {
    let cases = [
        Expiry::AtUnix(0),
        Expiry::AtUnix(-1),
        Expiry::AtUnix(i64::MIN),
        Expiry::At(UNIX_EPOCH),
        Expiry::At(UNIX_EPOCH - Duration::from_secs(1)),
        Expiry::In(Duration::MAX),
        Expiry::In(Duration::from_secs(i64::MAX.unsigned_abs())),
    ];
    for expiry in cases {
        assert_eq!(refused(CreateAccessKey::new("n", expiry)).0, "expiry", "{expiry:?}");
    }
}

#[test]
fn arguments_that_cannot_be_sent_are_refused_by_name() {
    assert_eq!(refused(CreateAccessKey::new("", Expiry::Never)).0, "name");
    assert_eq!(refused(UpdateAccessKey::new("K2", "")).0, "name");
    assert_eq!(refused(UpdateAccessKey::new("", "n")).0, "id");
    for (field, words) in [
        refused(LoadAccessKey::new("")),
        refused(ActOnAccessKey::activate("")),
        refused(ActOnAccessKey::deactivate("")),
        refused(ActOnAccessKey::delete("")),
        refused(RotateAccessKey::new("")),
    ] {
        assert_eq!(field, "id");
        assert!(words.contains("id is empty"), "{words}");
    }
    const NONE: [&str; 0] = [];
    for (field, words) in [
        refused(ActOnAccessKeys::activate(NONE)),
        refused(ActOnAccessKeys::deactivate(NONE)),
        refused(ActOnAccessKeys::delete(NONE)),
        refused(ActOnAccessKeys::delete(["K2", ""])),
    ] {
        assert_eq!(field, "ids");
        assert!(words.contains("empty"), "{words}");
    }
}

#[test]
fn permitted_addresses_are_checked_where_they_are_given() {
    for wrong in [
        "",
        "10.0.0",
        "10.0.0.256",
        "10.0.0.0/33",
        "10.0.0.0/",
        "10.0.0.0/+8",
        "10.0.0.0/8/8",
        "::1/129",
        "fe80::1%eth0",
        "[::1]",
        " 10.0.0.1",
        "example.com",
        "10.0.0.1:80",
        "*",
    ] {
        let (field, words) = refused(create().permitted_ip("10.0.0.1").permitted_ip(wrong));
        assert_eq!(field, "permitted_ips", "{wrong:?}");
        assert!(words.contains(&format!("{wrong:?}")), "{words}");
        let (field, _) = refused(UpdateAccessKey::new("K2", "n").set_permitted_ips([wrong]));
        assert_eq!(field, "permitted_ips", "{wrong:?}");
    }
}

#[test]
fn values_that_are_no_json_are_refused_by_their_field() {
    struct Broken;
    impl serde::Serialize for Broken {
        fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            Err(serde::ser::Error::custom("hunter2"))
        }
    }
    let key = || UpdateAccessKey::new("K2", "n");
    for (field, words, expected) in [
        (refused(create().claim("c", Broken)), "custom_claims"),
        (refused(create().claims(Broken)), "custom_claims"),
        (refused(create().claims(["a list"])), "custom_claims"),
        (refused(create().claims(7)), "custom_claims"),
        (refused(create().attribute("a", Broken)), "custom_attributes"),
        (refused(create().attributes("a text")), "custom_attributes"),
        (refused(key().set_claims(Broken)), "custom_claims"),
        (refused(key().set_attributes(7)), "custom_attributes"),
        (refused(SearchAccessKeys::new().attribute("a", Broken)), "custom_attributes"),
        (refused(ExchangeAccessKey::new("CT").login_claim("c", Broken)), "login_claims"),
        (refused(ExchangeAccessKey::new("CT").login_claims([1])), "login_claims"),
    ]
    .map(|((field, words), expected)| (field, words, expected))
    {
        assert_eq!(field, expected);
        assert!(!words.contains("hunter2"), "a serializer's words may quote the value: {words}");
    }
}

#[test]
fn a_builder_reports_its_first_error() {
    let (field, words) = refused(create().permitted_ip("first").claims(7).permitted_ip("second"));
    assert_eq!(field, "permitted_ips");
    assert!(words.contains("first") && !words.contains("second"), "{words}");
}

#[test]
fn an_id_that_makes_no_address_is_refused() {
    assert_eq!(refused(LoadAccessKey::new("x".repeat(70_000))).0, "id");
}

#[test]
fn update_clears_nothing_by_an_empty_value() {
    const NONE: [&str; 0] = [];
    let update = || UpdateAccessKey::new("K2", "n");
    for ((field, words), expected) in [
        (refused(update().set_description("")), "description"),
        (refused(update().set_roles(NONE)), "role_names"),
        (refused(update().set_tenants([])), "key_tenants"),
        (refused(update().set_claims(json!({}))), "custom_claims"),
        (refused(update().set_permitted_ips(NONE)), "permitted_ips"),
        (refused(update().set_attributes(json!({}))), "custom_attributes"),
    ] {
        assert_eq!(field, expected);
        assert!(words.contains("clear"), "{words}");
    }
}

#[test]
fn a_missing_or_unusable_credential_is_found_before_anything_is_sent() {
    let context = Context::new(Config::builder(PROJECT).build().unwrap(), [1; 32]);
    let error = first(&context, LoadAccessKey::new("K2"), CallOptions::new()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::MissingCredential);
    assert!(error.is_unauthorized());
    assert!(error.to_string().contains("DESCOPE_MANAGEMENT_KEY"), "{error}");

    for unusable in ["", " \n", "CT\u{7f}1", "CT 1", "CT\n1", "CT\u{0}", "CTü", "\u{feff}CT"] {
        let (field, words) = refused(ExchangeAccessKey::new(unusable));
        assert_eq!(field, "access key", "{unusable:?}");
        assert!(!words.contains("CT"), "{words}");
        for field in ["management_key", "auth_management_key"] {
            let builder = Config::builder(PROJECT);
            let builder = match field {
                "management_key" => builder.management_key(unusable),
                _ => builder.auth_management_key(unusable),
            };
            let error = builder.build().unwrap_err();
            assert_eq!(error.field(), Some(field), "{unusable:?}");
            assert!(!error.to_string().contains("CT"), "{error}");
        }
    }
}
