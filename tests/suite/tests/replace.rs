//! Replacing a key: every way it can end, and which keys there are then.

use std::cell::Cell;
use std::error::Error as StdError;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use descope_blocking::{
    AccessKey, CreateAccessKey, CreatedAccessKey, DeployError, ErrorKind, Expiry, Outcome,
    ReplaceAccessKey, ReplaceError, RetireDue, Secret,
};
use descope_emulator::{Builder, Emulator, Fault, Key, Operation, Status};
use descope_suite::service::{Service, both_ways};
use serde_json::json;

const OLD: &str = "K2old";
/// An id as the service makes them, of no key.
const NOBODY: &str = "K2nobodyK2nobodyK2nobodyK2no";
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

fn not_deployed(_: &CreatedAccessKey) -> Result<(), DeployError> {
    Err(DeployError::not_deployed(io::Error::other("the vault is sealed")))
}

fn never_called(_: &CreatedAccessKey) -> Result<(), DeployError> {
    panic!("there is no secret to deploy")
}

fn deployed(_: &CreatedAccessKey) -> Result<(), DeployError> {
    Ok(())
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
    for own in ["id", "createdTime", "clientId", "description"] {
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
        let mut secret = None;
        let replaced = keys.replace(OLD, |new| {
            assert_eq!(without_identity(&new.key), without_identity(&original));
            assert_ne!(new.key.id(), OLD);
            let description = new.key.description().unwrap();
            assert!(description.starts_with("deploys [replacing K2old "), "{description}");
            assert!(works(service, OLD_SECRET) && works(service, new.cleartext.expose()));
            secret = Some(new.cleartext.clone());
            Ok(())
        });
        let replaced = replaced.unwrap();
        assert!(replaced.deployed && replaced.retired == [OLD] && replaced.unmarked.is_none());
        assert_eq!(replaced.key, keys.load(replaced.key.id()).unwrap());
        assert_eq!(replaced.key.description(), Some("deploys [replaced K2old]"));
        assert_eq!(live(service), [replaced.key.id()]);
        assert!(works(service, secret.unwrap().expose()) && !works(service, OLD_SECRET));
        assert!(keys.load("K2other").is_ok(), "a key of the same name has no part in it");

        // The twin of a twin takes none of the tags with it.
        let twin = CreateAccessKey::twin_of(&replaced.key);
        let twin = keys.create(&twin).unwrap().key;
        assert_eq!(twin.description(), Some("deploys"));
    });
}

#[test]
fn the_old_key_is_deactivated_and_the_twin_can_have_an_expiry_of_its_own() {
    both_ways(project, |service| {
        let keys = service.client.access_keys();
        let replace = ReplaceAccessKey::new(OLD).expiry(Expiry::Never);
        let replaced = keys.replace(replace, deployed).unwrap();
        assert!(replaced.key.never_expires());
        assert_eq!(service.emulator.key(OLD).unwrap().status, Status::Inactive);
        keys.activate(OLD).unwrap();
        assert!(works(service, OLD_SECRET), "there is a way back");
    });
}

#[test]
fn the_old_key_is_deleted_where_that_is_asked_for() {
    both_ways(project, |service| {
        let keys = service.client.access_keys();
        let replaced = keys.replace(ReplaceAccessKey::new(OLD).delete_old(), deployed).unwrap();
        assert_eq!(replaced.retired, [OLD]);
        assert_eq!(service.emulator.key(OLD), None);
        let again = keys.replace(OLD, never_called).unwrap_err();
        let ReplaceError::AlreadyReplaced { by, due: None, .. } = again else { panic!("{again}") };
        assert_eq!(by, replaced.key.id());
    });
}

#[test]
fn with_a_grace_time_the_old_key_is_retired_when_it_is_due() {
    both_ways(project, |service| {
        let keys = service.client.access_keys();
        let grace = Duration::from_secs(3_600);
        let replaced = keys.replace(ReplaceAccessKey::new(OLD).grace(grace), deployed).unwrap();
        let due = replaced.due.unwrap();
        assert!(replaced.retired.is_empty());
        let tag = format!("deploys [retire after {due}, for {}]", replaced.key.id());
        assert_eq!(service.emulator.key(OLD).unwrap().description, tag);
        assert!(works(service, OLD_SECRET));

        let again = keys.replace(OLD, never_called).unwrap_err();
        let ReplaceError::AlreadyReplaced { by, due: Some(told), .. } = again else {
            panic!("{again}")
        };
        assert_eq!((by.as_str(), told), (replaced.key.id(), due));
        let retired = keys.retire_due(RetireDue::new()).unwrap();
        assert!(retired.retired.is_empty() && retired.left.is_empty());
        assert!(works(service, OLD_SECRET));
    });
}

#[test]
fn what_is_due_is_retired_and_deleted_when_its_time_has_come() {
    let seeded = || {
        let key = |id: &str, description: String| {
            old().with_id(id).with_cleartext(id).description(description)
        };
        let due = |at, id| format!("deploys [retire after {at}, for {id}]");
        let (past, later) = (1_700_000_000_i64, 9_000_000_000_i64);
        Emulator::builder()
            .key(key("K2new", String::new()))
            .key(key("K2off", String::new()).inactive())
            .key(key("K2due", due(past, "K2new")))
            .key(key("K2later", due(later, "K2new")))
            .key(key("K2back", due(past, "K2off")))
            .key(key("K2lost", due(past, NOBODY)))
            .key(key("K2done", due(past, "K2new")).inactive())
    };
    both_ways(seeded, |service| {
        let keys = service.client.access_keys();
        let done = keys.retire_due(RetireDue::new()).unwrap();
        assert_eq!((done.retired, done.deleted), (vec!["K2due".to_owned()], Vec::new()));
        let left = |left: &[descope_blocking::DueLeft]| -> Vec<(String, String)> {
            assert!(left.iter().all(|left| left.error.is_none()));
            left.iter().map(|left| (left.id.clone(), left.successor.clone())).collect()
        };
        let mut names = left(&done.left);
        names.sort();
        let pair = |id: &str, successor: &str| (id.to_owned(), successor.to_owned());
        assert_eq!(names, [pair("K2back", "K2off"), pair("K2lost", NOBODY)]);

        let all = keys.search(&descope_blocking::SearchAccessKeys::new()).unwrap();
        let delete = RetireDue::new().among(&all).delete_after(Duration::from_secs(86_400));
        let mut done = keys.retire_due(delete.clone()).unwrap();
        done.deleted.sort();
        assert_eq!(
            (done.retired, done.deleted),
            (vec![], vec!["K2done".to_owned(), "K2due".to_owned()])
        );
        assert!(keys.retire_due(delete).unwrap().deleted.is_empty(), "they are gone");
        assert_eq!(live(service), ["K2new", "K2later", "K2back", "K2lost"]);
    });
}

#[test]
fn the_status_of_each_key_can_be_asked_for() {
    both_ways(project, |service| {
        let keys = service.client.access_keys();
        keys.deactivate_batch(["K2other"]).unwrap();
        let fault = Fault::status(403).on(Operation::Load).after(2);
        service.emulator.inject(fault);
        let told = keys.status_of([OLD, "K2other", "K2refused", NOBODY]);
        let told: Vec<_> = told.into_iter().map(|(id, status)| (id, status.ok())).collect();
        let some = |id: &str, status| (id.to_owned(), status);
        assert_eq!(
            told,
            [
                some(OLD, Some(Some(descope_blocking::Status::Active))),
                some("K2other", Some(Some(descope_blocking::Status::Inactive))),
                some("K2refused", None),
                some(NOBODY, Some(None)),
            ]
        );
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
            (NOBODY, "no such access key"),
            ("K2off", "inactive"),
            ("K2over", "has expired"),
            ("K2 with a space", "named in a description"),
            ("", "is empty"),
        ] {
            let error = keys.replace(id, never_called).unwrap_err();
            assert!(matches!(error, ReplaceError::Read(_)), "{id}: {error}");
            assert!(error.to_string().contains(words), "{error}");
        }
        assert_eq!(service.emulator.count(Operation::Create), 0);
        let renewed = ReplaceAccessKey::new("K2over").expiry(Expiry::days(1));
        let replaced = keys.replace(renewed, |new| match works(service, new.cleartext.expose()) {
            true => Ok(()),
            false => Err("it does not work".into()),
        });
        assert_eq!(replaced.unwrap().retired, ["K2over"]);
    });
}

#[test]
fn a_create_that_is_refused_changes_nothing() {
    both_ways(project, |service| {
        service.emulator.inject(Fault::status(403).on(Operation::Create));
        let error = service.client.access_keys().replace(OLD, never_called).unwrap_err();
        let ReplaceError::Create(inner) = &error else { panic!("{error}") };
        assert_eq!(inner.outcome(), Outcome::Rejected);
        assert!(error.source().is_some() && error.to_string().contains("old key is unchanged"));
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
fn where_the_secret_is_not_deployed_the_twin_is_deleted_again() {
    let all_or_nothing = |_: &CreatedAccessKey| Err(io::Error::other("the vault is sealed").into());
    for roll_back in [false, true] {
        let deploy = if roll_back { all_or_nothing } else { not_deployed };
        both_ways(project, |service| {
            let keys = service.client.access_keys();
            let secret = Cell::new(String::new());
            let replace = ReplaceAccessKey::new(OLD);
            let replace = if roll_back { replace.roll_back() } else { replace };
            let error = keys.replace(replace, |new| {
                secret.set(new.cleartext.expose().to_owned());
                deploy(new)
            });
            let error = error.unwrap_err();
            let ReplaceError::RolledBack { cause, successor, .. } = &error else {
                panic!("{error}")
            };
            assert!(cause.downcast_ref::<io::Error>().is_some());
            assert!(error.source().unwrap().is::<io::Error>());
            let text = error.to_string();
            assert!(text.contains("the vault is sealed") && text.contains(successor), "{text}");
            assert!(keys.load(successor).unwrap_err().is_not_found());
            assert_eq!(live(service), [OLD]);
            assert!(works(service, OLD_SECRET) && !works(service, &secret.into_inner()));
        });
    }
}

#[test]
fn where_the_secret_may_be_deployed_both_keys_stay_and_the_next_run_ends_it() {
    both_ways(project, |service| {
        let keys = service.client.access_keys();
        let place = Cell::new(String::new());
        let error = keys.replace(OLD, |new| {
            place.set(new.cleartext.expose().to_owned());
            Err("the roll-out was not seen to end".into())
        });
        let error = error.unwrap_err();
        let ReplaceError::MayBeDeployed { successor, .. } = error.clone() else {
            panic!("{error}")
        };
        assert_eq!(live(service), [OLD, successor.as_str()]);
        let unfinished = keys.unfinished().unwrap();
        let [left] = &unfinished[..] else { panic!("{unfinished:?}") };
        assert_eq!((left.key.id(), left.of.as_str()), (successor.as_str(), OLD));

        // For some time it is taken for a run that still deploys.
        let error = keys.replace(OLD, never_called).unwrap_err();
        assert!(matches!(&error, ReplaceError::Busy { successor: s, .. } if *s == successor));
        // What is deployed tells that it is in use.
        let secret = Secret::new(place.take());
        let again = ReplaceAccessKey::new(OLD).resume().read_back(|| Some(secret.clone()));
        let replaced = keys.replace(again, never_called).unwrap();
        assert_eq!((replaced.key.id(), replaced.deployed), (successor.as_str(), false));
        assert_eq!((live(service), replaced.retired), (vec![successor], vec![OLD.to_owned()]));
        assert!(keys.unfinished().unwrap().is_empty());
    });
}

#[test]
fn where_another_run_has_retired_the_twin_the_old_key_stays() {
    for in_use in [false, true] {
        both_ways(project, |service| {
            let keys = service.client.access_keys();
            let place = Cell::new(OLD_SECRET.to_owned());
            let stored = || {
                let secret = place.take();
                place.set(secret.clone());
                Some(Secret::new(secret))
            };
            let error = keys.replace(ReplaceAccessKey::new(OLD).read_back(stored), |new| {
                if in_use {
                    place.set(new.cleartext.expose().to_owned());
                }
                assert!(service.emulator.deactivate(new.key.id()));
                Ok(())
            });
            let error = error.unwrap_err();
            let ReplaceError::Overtaken { successor, activated, .. } = &error else {
                panic!("{error}")
            };
            assert_eq!(*activated, in_use);
            let expected = [OLD, successor.as_str()];
            assert_eq!(live(service), expected[..1 + usize::from(in_use)]);
        });
    }
}

#[test]
fn a_roll_back_whose_answers_are_lost_is_one_all_the_same() {
    both_ways(project, |service| {
        service.emulator.inject(Fault::lost_answer().on(Operation::Delete));
        let error = service.client.access_keys().replace(OLD, not_deployed).unwrap_err();
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
            not_deployed(new)
        });
        assert!(matches!(error, Err(ReplaceError::RolledBack { .. })));
    });
}

#[test]
fn a_twin_that_cannot_be_deleted_is_named() {
    both_ways(project, |service| {
        service.emulator.inject(Fault::status(403).on(Operation::Delete).forever());
        let error = service.client.access_keys().replace(OLD, not_deployed).unwrap_err();
        let ReplaceError::SuccessorLeft { cause, successor, error: inner, .. } = &error else {
            panic!("{error}")
        };
        assert_eq!(cause.to_string(), "the vault is sealed");
        assert_eq!(inner.outcome(), Outcome::Rejected);
        assert!(error.to_string().contains(successor.as_str()), "{error}");
        assert_eq!(live(service), [OLD, successor.as_str()]);
    });
}

#[test]
fn an_old_key_that_cannot_be_retired_is_named_with_its_twin() {
    let grace = Duration::from_secs(60);
    let cases: [fn(ReplaceAccessKey<'static>) -> ReplaceAccessKey<'static>; 2] =
        [|replace| replace, ReplaceAccessKey::delete_old];
    for change in cases {
        both_ways(project, |service| {
            let faults = Fault::status(503).forever();
            service.emulator.inject(faults.on(Operation::Delete).on(Operation::Deactivate));
            let replace = change(ReplaceAccessKey::new(OLD));
            let error = service.client.access_keys().replace(replace, deployed).unwrap_err();
            let ReplaceError::OldLeft { left, successor, error: inner, .. } = &error else {
                panic!("{error}")
            };
            assert_eq!((left.as_slice(), inner.attempts()), ([OLD.to_owned()].as_slice(), 3));
            assert_eq!(live(service), [OLD, successor.as_str()]);
            let text = error.to_string();
            assert!(text.contains(OLD) && text.contains(successor.as_str()), "{text}");
        });
    }
    both_ways(project, |service| {
        service.emulator.inject(Fault::status(503).forever().on(Operation::Update));
        let replace = ReplaceAccessKey::new(OLD).grace(grace);
        let error = service.client.access_keys().replace(replace, deployed).unwrap_err();
        assert!(matches!(error, ReplaceError::OldLeft { .. }), "{error}");
        assert_eq!(live(service).len(), 2);
    });
}

#[test]
fn a_successor_that_cannot_be_marked_has_replaced_the_old_key_all_the_same() {
    both_ways(project, |service| {
        service.emulator.inject(Fault::status(403).on(Operation::Update));
        let keys = service.client.access_keys();
        let replaced = keys.replace(OLD, deployed).unwrap();
        assert_eq!(replaced.unmarked.unwrap().kind(), ErrorKind::Api);
        assert_eq!(live(service), [replaced.key.id()]);
        assert_eq!(keys.unfinished().unwrap().len(), 1);
    });
}

#[test]
fn an_old_key_that_somebody_else_has_deleted_is_retired() {
    let cases: [fn(ReplaceAccessKey<'static>) -> ReplaceAccessKey<'static>; 3] = [
        |replace| replace,
        ReplaceAccessKey::delete_old,
        |replace| replace.grace(Duration::from_secs(60)),
    ];
    for change in cases {
        both_ways(project, |service| {
            let replace = change(ReplaceAccessKey::new(OLD));
            let replaced = service.client.access_keys().replace(replace, |_| {
                assert!(service.emulator.delete(OLD));
                Ok(())
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
            service.client.access_keys().replace(OLD, |new| {
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
    let replace = || ReplaceAccessKey::new(OLD).roll_back();
    let boxed: fn() -> Box<dyn StdError + Send + Sync> = || "a text".into();
    let texts = [
        keys.replace(replace(), |_| Err("a text".into())).unwrap_err(),
        keys.replace(replace(), |_| Err(String::from("a text"))?).unwrap_err(),
        keys.replace(replace(), |_| Err(boxed().into())).unwrap_err(),
        keys.replace(replace(), |_| Err(DeployError::not_deployed("a text"))).unwrap_err(),
    ];
    assert!(texts.iter().all(|error| error.source().unwrap().to_string() == "a text"));
    let of_ours = keys.replace(replace(), |_| {
        keys.load("K2nobody")?;
        Ok(())
    });
    assert!(of_ours.unwrap_err().source().unwrap().is::<descope_blocking::Error>());
    assert_eq!(live(&service), [OLD]);
}
