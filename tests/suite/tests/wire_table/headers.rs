//! The headers that requests carry, and the bounds that come with them.

use std::time::Duration;

use descope_core::{
    ActOnAccessKey, ActOnAccessKeys, CallOptions, Config, ConfigBuilder, Context, Endpoint,
    ExchangeAccessKey, FetchLicense, FetchSigningKeys, LoadAccessKey, Outgoing, RotateAccessKey,
    SearchAccessKeys, UpdateAccessKey,
};
use descope_suite::scenario::{MANAGEMENT_KEY, PROJECT, config, first};

use crate::{create, header, sent, sent_by};

#[test]
fn the_bearer_is_the_one_that_the_endpoint_needs() {
    let bearer = |builder: ConfigBuilder, endpoint: &dyn Endpoint<Output = String>| {
        let context = Context::new(builder.build().unwrap(), [1; 32]);
        header(&sent_by(&context, endpoint), "authorization").unwrap().to_string()
    };
    let base = || Config::builder(PROJECT);
    let license = FetchLicense::new();
    let management = bearer(base().management_key(" \tM-key\r\n"), &license);
    assert_eq!(management, format!("Bearer {PROJECT}:M-key"));
    // The auth management key is for exchanges alone.
    let both = bearer(base().management_key("M-key").auth_management_key("A-key"), &license);
    assert_eq!(both, format!("Bearer {PROJECT}:M-key"));

    let exchanged = |builder: ConfigBuilder| {
        let context = Context::new(builder.build().unwrap(), [1; 32]);
        let outgoing = sent_by(&context, ExchangeAccessKey::new("\n CT:1 \n"));
        header(&outgoing, "authorization").unwrap().to_string()
    };
    assert_eq!(exchanged(base()), format!("Bearer {PROJECT}:CT:1"));
    assert_eq!(exchanged(base().management_key("M-key")), format!("Bearer {PROJECT}:CT:1"));
    let with_auth_key = exchanged(base().auth_management_key("A-key\n"));
    assert_eq!(with_auth_key, format!("Bearer {PROJECT}:CT:1:A-key"));

    let context = Context::new(base().management_key("M-key").build().unwrap(), [1; 32]);
    let keys = sent_by(&context, FetchSigningKeys::new());
    assert_eq!(header(&keys, "authorization"), Some(format!("Bearer {PROJECT}").as_str()));
}

#[test]
fn every_request_carries_the_sdks_headers() {
    let check = |outgoing: &Outgoing| {
        assert_eq!(header(outgoing, "x-descope-sdk-name"), Some("rust"));
        assert_eq!(header(outgoing, "x-descope-sdk-version"), Some("0.1.0"));
        assert_eq!(header(outgoing, "x-descope-sdk-rust-version"), Some("1.85"));
        assert_eq!(header(outgoing, "x-descope-project-id"), Some(PROJECT));
        assert_eq!(header(outgoing, "x-external-rid"), None);
        assert_eq!(header(outgoing, "x-descope-license"), None);
        assert!(outgoing.request.headers()["authorization"].is_sensitive());
    };
    check(&sent(create()));
    check(&sent(LoadAccessKey::new("K2")));
    check(&sent(SearchAccessKeys::new()));
    check(&sent(UpdateAccessKey::new("K2", "n")));
    check(&sent(ActOnAccessKey::activate("K2")));
    check(&sent(ActOnAccessKey::deactivate("K2")));
    check(&sent(ActOnAccessKey::delete("K2")));
    check(&sent(RotateAccessKey::new("K2")));
    check(&sent(ActOnAccessKeys::activate(["K2"])));
    check(&sent(ActOnAccessKeys::deactivate(["K2"])));
    check(&sent(ActOnAccessKeys::delete(["K2"])));
    check(&sent(ExchangeAccessKey::new("CT")));
    check(&sent(FetchSigningKeys::new()));
    check(&sent(FetchLicense::new()));
}

#[test]
fn a_known_license_tier_goes_with_management_calls_alone() {
    let context = Context::new(config(), [1; 32]);
    context.set_license_tier("tier3").unwrap();
    assert_eq!(context.license_tier().as_deref(), Some("tier3"));
    let tier = |outgoing| header(&outgoing, "x-descope-license").map(String::from);
    let context = &context;
    assert_eq!(tier(sent_by(context, LoadAccessKey::new("K2"))).as_deref(), Some("tier3"));
    assert_eq!(tier(sent_by(context, create())).as_deref(), Some("tier3"));
    assert_eq!(tier(sent_by(context, ExchangeAccessKey::new("CT"))), None);
    assert_eq!(tier(sent_by(context, FetchSigningKeys::new())), None);
    for unusable in ["", "tier\n1", "tierü"] {
        assert!(context.set_license_tier(unusable).unwrap_err().is_invalid_argument());
    }
}

#[test]
fn an_external_request_id_is_sent_and_a_calls_own_wins() {
    let builder = Config::builder(PROJECT).management_key(MANAGEMENT_KEY);
    let context = Context::new(builder.external_request_id("run 7").build().unwrap(), [1; 32]);
    let outgoing = sent_by(&context, LoadAccessKey::new("K2"));
    assert_eq!(header(&outgoing, "x-external-rid"), Some("run 7"));
    let options = CallOptions::new().external_request_id("step 8");
    let outgoing = first(&context, LoadAccessKey::new("K2"), options).unwrap();
    let ids: Vec<_> = outgoing.request.headers().get_all("x-external-rid").iter().collect();
    assert_eq!(ids, ["step 8"]);

    for unusable in ["", "a\nb", "ü"] {
        let options = CallOptions::new().external_request_id(unusable);
        let error = first(&context, LoadAccessKey::new("K2"), options).unwrap_err();
        assert_eq!(error.field(), Some("external_request_id"));
        let builder = Config::builder(PROJECT).external_request_id(unusable);
        assert_eq!(builder.build().unwrap_err().field(), Some("external_request_id"));
    }
}

#[test]
fn extra_headers_go_with_every_request_and_replace_none_of_the_sdks() {
    let builder = Config::builder(PROJECT)
        .header("X-Gateway-Key", "gw-secret")
        .header("user-agent", "ci/1")
        .header("x-many", "1")
        .header("x-many", "2");
    let context = Context::new(builder.build().unwrap(), [1; 32]);
    let outgoing = sent_by(&context, ExchangeAccessKey::new("CT"));
    assert_eq!(header(&outgoing, "x-gateway-key"), Some("gw-secret"));
    assert!(outgoing.request.headers()["x-gateway-key"].is_sensitive());
    assert_eq!(header(&outgoing, "user-agent"), Some("ci/1"));
    assert_eq!(outgoing.request.headers().get_all("x-many").iter().count(), 2);

    for (name, value) in [
        ("authorization", "Bearer x"),
        ("Content-Type", "text/plain"),
        ("content-length", "1"),
        ("transfer-encoding", "chunked"),
        ("host", "evil.example"),
        ("connection", "close"),
        ("X-Descope-Project-Id", "Pother"),
        ("x-descope-license", "tier4"),
        ("bad name", "x"),
        ("", "x"),
        ("x-bad", "a\r\nx-injected: b"),
        ("x-bad", "ü"),
    ] {
        let error = Config::builder(PROJECT).header(name, value).build().unwrap_err();
        assert_eq!(error.field(), Some("header"), "{name}");
        assert!(!error.to_string().contains("injected"), "{error}");
    }
}

#[test]
fn the_transport_is_told_its_bounds() {
    let seconds = Duration::from_secs;
    let load = sent(LoadAccessKey::new("K2"));
    assert_eq!((load.timeout, load.connect_timeout), (seconds(10), seconds(5)));
    assert_eq!((load.max_header, load.max_body), (64 << 10, 1 << 20));
    // A credential across the edge of what is kept is replaced whole.
    assert!((MANAGEMENT_KEY.len()..100).contains(&(load.max_refusal_body - (64 << 10))));
    let cleartext = "c".repeat(300);
    let exchange = sent(ExchangeAccessKey::new(cleartext.as_str()));
    assert_eq!(exchange.max_refusal_body, (64 << 10) + cleartext.len());
    assert!(!load.fresh_connection);
    let search = sent(SearchAccessKeys::new());
    assert_eq!((search.timeout, search.max_body), (seconds(60), 64 << 20));
    for one_shot in [sent(create()), sent(RotateAccessKey::new("K2"))] {
        assert_eq!(one_shot.timeout, seconds(30));
        assert!(one_shot.fresh_connection);
    }
    for other in [
        sent(UpdateAccessKey::new("K2", "n")),
        sent(ActOnAccessKeys::delete(["K2"])),
        sent(ExchangeAccessKey::new("CT")),
        sent(FetchSigningKeys::new()),
        sent(FetchLicense::new()),
    ] {
        assert_eq!(other.timeout, seconds(10), "{}", other.operation.name);
        assert!(!other.fresh_connection, "{}", other.operation.name);
    }

    let builder = Config::builder(PROJECT).management_key(MANAGEMENT_KEY).limits(|limits| {
        limits.connect_timeout = seconds(3);
        limits.deadline = seconds(2);
        limits.max_header = 1_000;
        limits.max_body = 2_000;
        limits.max_bulk_body = 3_000;
    });
    let context = Context::new(builder.build().unwrap(), [1; 32]);
    let load = sent_by(&context, LoadAccessKey::new("K2"));
    assert_eq!((load.timeout, load.connect_timeout), (seconds(2), seconds(2)));
    assert_eq!((load.max_header, load.max_body), (1_000, 2_000));
    assert_eq!(load.max_refusal_body, 2_000);
    assert_eq!(sent_by(&context, SearchAccessKeys::new()).max_body, 3_000);
}
