//! Replacing a key: every way it can end, and which keys there are then.

use std::cell::Cell;
use std::error::Error as StdError;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};

use descope_blocking::{
    AccessKey, CreateAccessKey, CreatedAccessKey, ErrorKind, Expiry, Outcome, ReplaceAccessKey,
    ReplaceError,
};
use descope_emulator::{Builder, Emulator, Fault, Key, Operation, Status};
use descope_suite::service::{Service, both_ways};
use serde_json::json;

const OLD: &str = "K2old";
const OLD_SECRET: &str = "old-secret";

fn old() -> Key {
    Key::new("ci")
        .with_id(OLD)
        .with_cleartext(OLD_SECRET)
        .tenant_roles("acme", ["deployer"])
        .tenant("globex")
        .user_id("U2")
        .claim("team", json!({"name": "build", "size": 3}))
        .description("deploys")
        .permitted_ip("127.0.0.0/8")
        .attribute("env", "prod")
        .expires_at(4_102_444_800)
}

fn project() -> Builder {
    let keys = [old(), Key::new("ci").with_id("K2other")].map(|mut key| {
        key.created_time = 1_700_000_000;
        key
    });
    Emulator::builder().keys(keys)
}

fn fails(_: &CreatedAccessKey) -> Result<(), io::Error> {
    Err(io::Error::other("the vault is sealed"))
}

fn never_called(_: &CreatedAccessKey) -> Result<(), io::Error> {
    panic!("there is no secret to deploy")
}

/// The ids of the keys that can be exchanged, but for the one that has no part in this.
fn live(service: &Service) -> Vec<String> {
    let keys = service.emulator.keys().into_iter();
    let live = keys.filter(|key| key.status == Status::Active && key.id != "K2other");
    live.map(|key| key.id).collect()
}

/// What a twin must have in common with its original.
fn without_identity(key: &AccessKey) -> serde_json::Value {
    let mut json = serde_json::to_value(key).unwrap();
    for own in ["id", "createdTime", "clientId"] {
        json.as_object_mut().unwrap().remove(own).expect(own);
    }
    json
}

fn works(service: &Service, secret: &str) -> bool {
    service.client.exchange(secret).is_ok()
}

#[test]
fn the_twin_has_every_field_and_the_old_key_works_until_it_is_deployed() {
    both_ways(project, |service| {
        let keys = service.client.access_keys();
        let original = keys.load(OLD).unwrap();
        let replaced = keys.replace(OLD, |new| {
            assert_eq!(without_identity(&new.key), without_identity(&original));
            assert_ne!(new.key.id(), OLD);
            assert!(works(service, OLD_SECRET) && works(service, new.cleartext.expose()));
            Ok::<_, io::Error>(new.cleartext.clone())
        });
        let replaced = replaced.unwrap();
        assert_eq!(replaced.key, keys.load(replaced.key.id()).unwrap());
        assert_eq!(live(service), [replaced.key.id()]);
        assert!(works(service, replaced.value.expose()) && !works(service, OLD_SECRET));
        assert!(keys.load(OLD).unwrap_err().is_not_found());
        assert!(keys.load("K2other").is_ok(), "a key of the same name has no part in it");
    });
}

#[test]
fn the_old_key_can_be_deactivated_and_the_twin_have_an_expiry_of_its_own() {
    both_ways(project, |service| {
        let keys = service.client.access_keys();
        let replace = ReplaceAccessKey::new(OLD).deactivate_old().expiry(Expiry::Never);
        let replaced = keys.replace(replace, |_| Ok::<_, io::Error>(())).unwrap();
        assert!(replaced.key.never_expires());
        assert_eq!(service.emulator.key(OLD).unwrap().status, Status::Inactive);
        keys.activate(OLD).unwrap();
        assert!(works(service, OLD_SECRET), "there is a way back");
    });
}

#[test]
fn a_key_that_is_not_one_to_replace_is_found_before_anything_is_changed() {
    let builder = || {
        Emulator::builder()
            .key(old().with_id("K2off").with_cleartext("1").inactive())
            .key(old().with_id("K2over").with_cleartext("2").expires_at(1_700_000_000))
    };
    both_ways(builder, |service| {
        let keys = service.client.access_keys();
        for (id, words) in [
            ("K2nobodyK2nobodyK2nobodyK2no", "no such access key"),
            ("K2off", "inactive"),
            ("K2over", "has expired"),
            ("", "is empty"),
        ] {
            let error = keys.replace(id, never_called).unwrap_err();
            assert!(matches!(error, ReplaceError::Load(_)), "{id}: {error}");
            assert!(error.to_string().contains(words), "{error}");
        }
        assert_eq!(service.emulator.count(Operation::Create), 0);
        let renewed = ReplaceAccessKey::new("K2over").expiry(Expiry::days(1));
        keys.replace(renewed, |new| match works(service, new.cleartext.expose()) {
            true => Ok(()),
            false => Err("it does not work"),
        })
        .unwrap();
    });
}

#[test]
fn a_create_that_is_refused_changes_nothing() {
    both_ways(project, |service| {
        service.emulator.inject(Fault::status(403).on(Operation::Create));
        let error = service.client.access_keys().replace(OLD, never_called).unwrap_err();
        let ReplaceError::Create(inner) = &error else { panic!("{error}") };
        assert_eq!(inner.outcome(), Outcome::Rejected);
        assert!(error.source().is_some() && error.to_string().contains("as it was"));
        assert_eq!(live(service), [OLD]);
    });
}

#[test]
fn a_create_of_unknown_outcome_stops_before_anything_else() {
    both_ways(project, |service| {
        let keys = service.client.access_keys();
        service.emulator.inject(Fault::lost_answer().on(Operation::Create));
        let error = keys.replace(OLD, never_called).unwrap_err();
        let ReplaceError::Create(inner) = &error else { panic!("{error}") };
        assert!(inner.is_outcome_unknown() && error.to_string().contains("OUTCOME UNKNOWN"));
        assert_eq!(service.emulator.count(Operation::Create), 1);
        assert_eq!(service.emulator.count(Operation::Delete), 0);
        assert!(works(service, OLD_SECRET));

        // The twin that nobody has the secret of is found. The others have its name, and are older.
        let orphans = keys.find_unconfirmed(inner).unwrap();
        let [orphan] = &orphans[..] else { panic!("{orphans:?}") };
        let rotated = keys.rotate(orphan.id()).unwrap();
        assert!(works(service, rotated.cleartext.expose()));
    });
}

#[test]
fn an_unconfirmed_create_is_found_by_its_name_and_by_its_marker() {
    both_ways(Emulator::builder, |service| {
        let (keys, emulator) = (service.client.access_keys(), &service.emulator);
        let lost = |create: &CreateAccessKey| {
            emulator.inject(Fault::lost_answer().on(Operation::Create));
            keys.create(create).unwrap_err()
        };
        let create = CreateAccessKey::new("ci", Expiry::Never);
        assert!(keys.create(&CreateAccessKey::new("ci-2", Expiry::Never)).is_ok());
        let error = lost(&create);
        let found = keys.find_unconfirmed(&error).unwrap();
        let [key] = &found[..] else { panic!("{found:?}") };
        assert_eq!(key.name(), "ci");

        let marked = create.clone().description("of a build").marker(service.client.marker());
        let error = lost(&marked);
        let found = keys.find_unconfirmed(&error).unwrap();
        let [marked] = &found[..] else { panic!("{found:?}") };
        assert!(marked.id() != key.id() && marked.description().unwrap().starts_with("of a build"));

        emulator.inject(Fault::closed().on(Operation::Create));
        let error = keys.create(&CreateAccessKey::new("none", Expiry::Never)).unwrap_err();
        assert!(keys.find_unconfirmed(&error).unwrap().is_empty());
        let certain = keys.load("K2nobody").unwrap_err();
        assert_eq!(keys.find_unconfirmed(&certain).unwrap_err().field(), Some("error"));
    });
}

#[test]
fn a_secret_that_arrived_in_an_unusable_answer_is_in_the_error() {
    both_ways(project, |service| {
        let edit = |answer: &mut serde_json::Value| answer["key"] = json!(null);
        service.emulator.inject(Fault::edited(edit).on(Operation::Create));
        let error = service.client.access_keys().replace(OLD, never_called).unwrap_err();
        let ReplaceError::Create(inner) = &error else { panic!("{error}") };
        let secret = inner.cleartext().unwrap().expose();
        assert!(works(service, secret));
        assert!(!format!("{error} {error:?}").contains(secret));
    });
}

#[test]
fn when_the_secret_cannot_be_deployed_the_twin_is_deleted_again() {
    both_ways(project, |service| {
        let keys = service.client.access_keys();
        let secret = Cell::new(String::new());
        let error = keys.replace(OLD, |new| {
            secret.set(new.cleartext.expose().to_owned());
            fails(new)
        });
        let error = error.unwrap_err();
        let ReplaceError::RolledBack { cause, twin_id, .. } = &error else { panic!("{error}") };
        assert!(cause.downcast_ref::<io::Error>().is_some());
        assert!(error.source().unwrap().is::<io::Error>());
        let text = error.to_string();
        assert!(text.contains("the vault is sealed") && text.contains(twin_id.as_str()), "{text}");
        assert!(keys.load(twin_id).unwrap_err().is_not_found());
        assert_eq!(live(service), [OLD]);
        assert!(works(service, OLD_SECRET) && !works(service, &secret.into_inner()));
    });
}

#[test]
fn a_roll_back_whose_answers_are_lost_is_one_all_the_same() {
    both_ways(project, |service| {
        service.emulator.inject(Fault::lost_answer().on(Operation::Delete));
        let error = service.client.access_keys().replace(OLD, fails).unwrap_err();
        assert!(matches!(error, ReplaceError::RolledBack { .. }), "{error}");
        assert_eq!(service.emulator.count(Operation::Delete), 2);
        assert_eq!(live(service), [OLD]);
    });
}

#[test]
fn a_twin_that_somebody_else_has_deleted_is_rolled_back_too() {
    both_ways(project, |service| {
        let error = service.client.access_keys().replace(OLD, |new| {
            assert!(service.emulator.delete(new.key.id()));
            fails(new)
        });
        assert!(matches!(error, Err(ReplaceError::RolledBack { .. })));
    });
}

#[test]
fn a_twin_that_cannot_be_deleted_is_named() {
    both_ways(project, |service| {
        service.emulator.inject(Fault::status(403).on(Operation::Delete).forever());
        let error = service.client.access_keys().replace(OLD, fails).unwrap_err();
        let ReplaceError::TwinLeft { cause, twin_id, error: inner, .. } = &error else {
            panic!("{error}")
        };
        assert_eq!(cause.to_string(), "the vault is sealed");
        assert_eq!((inner.kind(), inner.outcome()), (ErrorKind::Api, Outcome::Rejected));
        assert!(error.to_string().contains(twin_id.as_str()), "{error}");
        assert_eq!(live(service), [OLD, twin_id.as_str()]);
    });
}

#[test]
fn an_old_key_that_cannot_be_retired_is_named_with_its_twin() {
    for replace in [ReplaceAccessKey::new(OLD), ReplaceAccessKey::new(OLD).deactivate_old()] {
        both_ways(project, |service| {
            let faults = Fault::status(503).forever();
            service.emulator.inject(faults.on(Operation::Delete).on(Operation::Deactivate));
            let deployed = |new: &CreatedAccessKey| Ok::<_, io::Error>(new.cleartext.clone());
            let error = service.client.access_keys().replace(replace.clone(), deployed);
            let error = error.unwrap_err();
            let ReplaceError::OldLeft { old_id, twin_id, error: inner, .. } = &error else {
                panic!("{error}")
            };
            assert_eq!((old_id.as_str(), inner.attempts()), (OLD, 3));
            assert_eq!(live(service), [OLD, twin_id.as_str()]);
            let text = error.to_string();
            assert!(text.contains(OLD) && text.contains(twin_id.as_str()), "{text}");
        });
    }
}

#[test]
fn an_old_key_that_somebody_else_has_deleted_is_retired() {
    for replace in [ReplaceAccessKey::new(OLD), ReplaceAccessKey::new(OLD).deactivate_old()] {
        both_ways(project, |service| {
            let replaced = service.client.access_keys().replace(replace.clone(), |_| {
                assert!(service.emulator.delete(OLD));
                Ok::<_, io::Error>(())
            });
            assert_eq!(live(service), [replaced.unwrap().key.id()]);
        });
    }
}

#[test]
fn a_panic_passes_through_and_both_keys_stay() {
    both_ways(project, |service| {
        let twin = Cell::new(String::new());
        let replace = AssertUnwindSafe(|| {
            service.client.access_keys().replace(OLD, |new| -> Result<(), io::Error> {
                twin.set(new.key.id().to_owned());
                panic!("the vault is on fire")
            })
        });
        let panic = catch_unwind(replace).unwrap_err();
        assert_eq!(panic.downcast_ref(), Some(&"the vault is on fire"));
        assert_eq!(live(service), [OLD, twin.into_inner().as_str()]);
    });
}

#[test]
fn errors_of_any_kind_can_be_given() {
    let service = Service::over_http(project());
    let keys = service.client.access_keys();
    let texts = [
        keys.replace(OLD, |_| Err::<(), _>("a text")).unwrap_err(),
        keys.replace(OLD, |_| Err::<(), _>(String::from("a text"))).unwrap_err(),
        keys.replace(OLD, |_| Err::<(), Box<dyn StdError + Send + Sync>>("a text".into()))
            .unwrap_err(),
    ];
    assert!(texts.iter().all(|error| error.source().unwrap().to_string() == "a text"));
    let of_ours = keys.replace(OLD, |_| keys.load("K2nobody")).unwrap_err();
    assert!(of_ours.source().unwrap().is::<descope_blocking::Error>());
    assert_eq!(live(&service), [OLD]);
}
