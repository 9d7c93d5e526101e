//! What the service refuses, and how the error says it.

use descope_blocking::{
    Client, CreateAccessKey, Error, ErrorKind, ExchangeAccessKey, Expiry, Outcome,
    SearchAccessKeys, UpdateAccessKey,
};
use descope_emulator::{Builder, Emulator, Key, User};
use descope_suite::service::{Service, both_ways};

type Call = fn(&Client, &str) -> Result<(), Error>;

/// Every operation that needs a management key, on a key with this id.
const MANAGEMENT: [(&str, Call); 12] = [
    ("create", |client, name| {
        client.access_keys().create(&CreateAccessKey::new(name, Expiry::Never)).map(drop)
    }),
    ("load", |client, id| client.access_keys().load(id).map(drop)),
    ("search", |client, _| client.access_keys().search(&SearchAccessKeys::new()).map(drop)),
    ("update", |client, id| client.access_keys().update(&UpdateAccessKey::new(id, "n")).map(drop)),
    ("activate", |client, id| client.access_keys().activate(id)),
    ("deactivate", |client, id| client.access_keys().deactivate(id)),
    ("delete", |client, id| client.access_keys().delete(id)),
    ("rotate", |client, id| client.access_keys().rotate(id).map(drop)),
    ("activate batch", |client, id| client.access_keys().activate_batch([id])),
    ("deactivate batch", |client, id| client.access_keys().deactivate_batch([id])),
    ("delete batch", |client, id| client.access_keys().delete_batch([id])),
    ("license", |client, _| client.license_tier().map(drop)),
];

/// A project with one key in each state.
fn project() -> Builder {
    let key = |name: &str| Key::new(name).with_id(name).with_cleartext(format!("secret-{name}"));
    Emulator::builder().keys([
        key("K2live").tenant("acme"),
        key("K2off").inactive(),
        key("K2old").expires_at(1_700_000_000),
        key("K2far").permitted_ip("10.0.0.0/8").permitted_ip("2001:db8::/32"),
        key("K2near").permitted_ip("192.0.2.1").permitted_ip("127.0.0.0/8"),
    ])
}

/// The service said no: nothing was done, and the error has all that it said.
fn assert_refused(name: &str, error: &Error, status: u16, code: &str) {
    println!("{name}: {error}");
    assert_eq!(error.kind(), ErrorKind::Api, "{name}");
    assert_eq!(error.status().unwrap().as_u16(), status, "{name}");
    assert_eq!((error.code(), error.attempts()), (Some(code), 1), "{name}");
    assert_eq!(error.outcome(), Outcome::Rejected, "{name}");
    assert!(!error.is_outcome_unknown(), "{name}");
    assert!(error.request_id().unwrap().ends_with("-EMU"), "{name}");
    assert_eq!(error.is_unauthorized(), status == 401, "{name}");
    assert_eq!(error.is_not_found(), status == 404, "{name}");
    // Texts of the service are shown with their quotes escaped.
    let text = error.to_string().replace(r"\'", "'");
    for part in [code, error.description().unwrap(), error.message().unwrap()] {
        assert!(text.contains(part), "{name}: {text} lacks {part}");
    }
    assert!(text.contains(error.operation().unwrap().name), "{name}: {text}");
}

#[test]
fn a_wrong_management_key_is_refused_everywhere_and_changes_nothing() {
    both_ways(project, |service| {
        let before = service.emulator.keys();
        let intruder = service.client(|client| client.management_key("wrong-management-key"));
        for (name, call) in MANAGEMENT {
            let error = call(&intruder, "K2live").expect_err(name);
            assert_refused(name, &error, 401, "E064001");
        }
        assert_eq!(service.emulator.keys(), before);
        assert_eq!(service.emulator.total(), MANAGEMENT.len() as u64);
    });
}

#[test]
fn a_missing_management_key_is_found_before_anything_is_sent() {
    both_ways(project, |service| {
        let anonymous = service.anonymous();
        for (name, call) in MANAGEMENT {
            let error = call(&anonymous, "K2live").expect_err(name);
            assert_eq!(error.kind(), ErrorKind::MissingCredential, "{name}");
            assert_eq!((error.outcome(), error.attempts()), (Outcome::NotSent, 0), "{name}");
            assert!(error.to_string().contains("DESCOPE_MANAGEMENT_KEY"), "{name}: {error}");
            assert!(error.is_unauthorized() && !error.is_outcome_unknown(), "{name}");
        }
        assert_eq!(service.emulator.total(), 0);
    });
}

#[test]
fn an_unknown_id_is_not_found_and_in_a_batch_passed_over() {
    let unknown = "K2".repeat(14);
    both_ways(project, |service| {
        for (name, call) in MANAGEMENT {
            let result = call(&service.client, &unknown);
            match name {
                "create" | "search" | "license" => result.expect(name),
                batch if batch.ends_with("batch") => result.expect(name),
                _ => assert_refused(name, &result.expect_err(name), 404, "E111502"),
            }
        }
    });
}

#[test]
fn the_code_tells_that_a_key_is_not_there_whatever_the_status() {
    let unknown = "K2".repeat(14);
    for status in [400, 404, 500] {
        let builder = || project().not_found_status(status);
        both_ways(builder, |service| {
            for (name, call) in MANAGEMENT {
                if matches!(name, "create" | "search" | "license") || name.ends_with("batch") {
                    continue;
                }
                let error = call(&service.client, &unknown).expect_err(name);
                assert_eq!(error.status().unwrap().as_u16(), status, "{name}");
                assert!(error.is_key_not_found() && error.is_not_found(), "{name}: {error}");
                assert_eq!(error.attempts(), 1, "{name}: {error}");
            }
        });
    }
}

#[test]
fn an_id_that_is_too_short_is_refused_and_a_batch_with_it_whole() {
    both_ways(project, |service| {
        for (name, call) in MANAGEMENT {
            let result = call(&service.client, "K2nobody");
            match name {
                "create" | "search" | "license" => result.expect(name),
                _ => assert_refused(name, &result.expect_err(name), 400, "E011003"),
            }
        }
    });
}

#[test]
fn an_empty_id_or_name_is_found_before_anything_is_sent() {
    both_ways(project, |service| {
        for (name, call) in MANAGEMENT {
            if matches!(name, "search" | "license") {
                continue;
            }
            let error = call(&service.client, "").expect_err(name);
            let field = match name {
                "create" => "name",
                batch if batch.ends_with("batch") => "ids",
                _ => "id",
            };
            assert_eq!(error.field(), Some(field), "{name}");
            assert!(error.is_invalid_argument(), "{name}");
        }
        let keys = service.client.access_keys();
        assert_eq!(keys.delete_batch([""; 0]).unwrap_err().field(), Some("ids"));
        let nameless = UpdateAccessKey::new("K2live", "");
        assert_eq!(keys.update(&nameless).unwrap_err().field(), Some("name"));
        assert_eq!(service.emulator.total(), 0);
    });
}

#[test]
fn a_key_that_may_not_be_used_is_refused_at_exchange() {
    both_ways(project, |service| {
        let exchange = |cleartext: &str| service.client.exchange(cleartext);
        assert_eq!(exchange("secret-K2live").unwrap().key_id(), "K2live");
        assert_eq!(exchange("secret-K2near").unwrap().key_id(), "K2near");
        for (cleartext, message) in [
            ("secret-K2off", "inactive"),
            ("secret-K2old", "expired"),
            ("secret-K2far", "not permitted from this address"),
            ("secret-of-nobody", "not known"),
            ("K2live", "not known"),
        ] {
            let error = exchange(cleartext).expect_err(cleartext);
            assert_refused(message, &error, 401, "E062803");
            assert!(error.message().unwrap().contains(message), "{error}");
        }
    });
}

#[test]
fn a_tenant_that_the_key_is_not_associated_with_cannot_be_selected() {
    both_ways(project, |service| {
        let select = |tenant| {
            let exchange = ExchangeAccessKey::new("secret-K2live").selected_tenant(tenant);
            service.client.exchange_with(exchange)
        };
        assert_eq!(select("acme").unwrap().claims().current_tenant(), Some("acme"));
        assert_refused("globex", &select("globex").unwrap_err(), 400, "E011004");
    });
}

#[test]
fn what_was_rotated_deactivated_or_deleted_is_refused_at_once() {
    both_ways(project, |service| {
        let (client, keys) = (&service.client, service.client.access_keys());
        let refused = |cleartext: &str| {
            let error = client.exchange(cleartext).unwrap_err();
            assert_refused(cleartext, &error, 401, "E062803");
        };
        let second = keys.rotate("K2live").unwrap().cleartext;
        refused("secret-K2live");
        let third = keys.rotate("K2live").unwrap().cleartext;
        refused(second.expose());
        client.exchange(&third).unwrap();
        keys.deactivate("K2live").unwrap();
        refused(third.expose());
        keys.activate("K2live").unwrap();
        client.exchange(&third).unwrap();
        keys.delete_batch(["K2live"]).unwrap();
        refused(third.expose());
    });
}

#[test]
fn a_key_that_is_not_in_use_does_not_rotate() {
    both_ways(project, |service| {
        for id in ["K2off", "K2old"] {
            let error = service.client.access_keys().rotate(id).unwrap_err();
            assert_refused(id, &error, 400, "E011003");
        }
    });
}

#[test]
fn what_only_the_service_can_judge_is_its_refusal() {
    let builder = || project().user(User::new("U2a"));
    both_ways(builder, |service| {
        let create = CreateAccessKey::new("k", Expiry::Never).user_id("U2nobody");
        let error = service.client.access_keys().create(&create).unwrap_err();
        assert_refused("user", &error, 404, "E112102");
        assert!(error.cleartext().is_none());
    });
}

#[test]
fn arguments_that_cannot_be_sent_are_named() {
    both_ways(project, |service| {
        let keys = service.client.access_keys();
        let create = || CreateAccessKey::new("k", Expiry::Never);
        let fails = std::collections::BTreeMap::from([((1, 2), 3)]);
        for (field, error) in [
            ("permitted_ips", keys.create(&create().permitted_ip("10.0.0.0/33")).unwrap_err()),
            (
                "permitted_ips",
                keys.create(&create().permitted_ip("::1").permitted_ip("localhost")).unwrap_err(),
            ),
            ("custom_claims", keys.create(&create().claims(7)).unwrap_err()),
            ("custom_claims", keys.create(&create().claim("c", &fails)).unwrap_err()),
            ("custom_attributes", keys.create(&create().attributes("text")).unwrap_err()),
            ("expiry", keys.create(&CreateAccessKey::new("k", Expiry::AtUnix(-1))).unwrap_err()),
            (
                "custom_attributes",
                keys.search(&SearchAccessKeys::new().attributes([1])).unwrap_err(),
            ),
            (
                "login_claims",
                service
                    .client
                    .exchange_with(ExchangeAccessKey::new("secret-K2live").login_claim("c", &fails))
                    .unwrap_err(),
            ),
        ] {
            assert_eq!(error.field(), Some(field), "{error}");
            assert_eq!(
                (error.kind(), error.outcome()),
                (ErrorKind::InvalidArgument, Outcome::NotSent)
            );
            assert!(error.to_string().contains(field), "{error}");
        }
        assert_eq!(service.emulator.total(), 0);
    });
}

#[test]
fn a_credential_is_trimmed_or_refused_without_being_shown() {
    let service = Service::over_http(project());
    let trimmed = format!("\t{} \r\n", service.emulator.management_key());
    service.client(|client| client.management_key(trimmed)).access_keys().load("K2live").unwrap();
    for bad in ["hush\nhush", "hu\u{7f}sh", "hüsh", "hu sh", "", " \n"] {
        let error = service.client.exchange(bad).unwrap_err();
        assert_eq!(error.field(), Some("access key"), "{error}");
        let builder = Client::builder("P2x").management_key(bad);
        let refused = builder.build().unwrap_err();
        assert_eq!(refused.field(), Some("management_key"));
        for error in [error, refused] {
            let shown = format!("{error} {error:?}");
            assert!(!shown.contains("hu") && !shown.contains("sh "), "{shown}");
        }
    }
    assert_eq!(service.emulator.total(), 1);
}
