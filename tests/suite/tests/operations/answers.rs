//! Answers that are odd, as they come over the wire: empty, HTML, with nulls, unknown members,
//! integers as texts.

use std::time::Duration;

use descope_blocking::{
    Client, CreateAccessKey, Error, ErrorKind, Expiry, Outcome, SearchAccessKeys, UpdateAccessKey,
};
use descope_emulator::{Builder, Emulator, Fault, Key, Operation};
use descope_suite::service::both_ways;
use http::Response;
use serde_json::{Value, json};

use crate::unix;

type Call = fn(&Client) -> Result<(), Error>;

/// Every operation, each with one request.
const CALLS: [(Operation, Call); 13] = [
    (Operation::Create, |client| {
        client.access_keys().create(&CreateAccessKey::new("k", Expiry::Never)).map(drop)
    }),
    (Operation::Load, |client| client.access_keys().load("K2").map(drop)),
    (Operation::Search, |client| client.access_keys().search(&SearchAccessKeys::new()).map(drop)),
    (Operation::Update, |client| {
        client.access_keys().update(&UpdateAccessKey::new("K2", "k")).map(drop)
    }),
    (Operation::Activate, |client| client.access_keys().activate("K2")),
    (Operation::Deactivate, |client| client.access_keys().deactivate("K2")),
    (Operation::Delete, |client| client.access_keys().delete("K2")),
    (Operation::Rotate, |client| client.access_keys().rotate("K2").map(drop)),
    (Operation::ActivateBatch, |client| client.access_keys().activate_batch(["K2"])),
    (Operation::DeactivateBatch, |client| client.access_keys().deactivate_batch(["K2"])),
    (Operation::DeleteBatch, |client| client.access_keys().delete_batch(["K2"])),
    (Operation::License, |client| client.license_tier().map(drop)),
    (Operation::Exchange, |client| client.exchange("secret").map(drop)),
];

fn project() -> Builder {
    Emulator::builder().key(Key::new("k").with_id("K2").with_cleartext("secret"))
}

fn answer(status: u16, content_type: &str, body: &str) -> Fault {
    let response = Response::builder().status(status).header("content-type", content_type);
    Fault::answer(response.body(body.as_bytes().to_vec()).unwrap())
}

#[test]
fn a_success_without_what_it_promises_is_none_and_is_not_asked_for_again() {
    let html = "<!doctype html><title>Sign in to the wireless network</title>";
    both_ways(project, |service| {
        for (operation, call) in CALLS {
            for (status, body) in
                [(200, ""), (204, ""), (200, html), (200, "{\"key\": {\"id\""), (200, "7")]
            {
                let context = format!("{operation:?}, {status}, {body:?}");
                let before = service.emulator.count(operation);
                service.emulator.inject(answer(status, "application/json", body).on(operation));
                // The state itself would settle it.
                let blind = Fault::status(503).on(Operation::Load);
                service.emulator.inject(blind.after(u32::from(operation == Operation::Load)));
                let error = call(&service.client).expect_err(&context);
                service.emulator.clear_faults();
                assert_eq!(
                    (error.kind(), error.outcome()),
                    (ErrorKind::Decode, Outcome::Unknown),
                    "{context}"
                );
                assert_eq!(error.status().unwrap().as_u16(), status, "{context}");
                assert_eq!(service.emulator.count(operation) - before, 1, "{context}");
                assert!(error.request_id().is_some(), "{context}");
                assert_eq!(
                    error.to_string().contains("base URL"),
                    body == html,
                    "{context}: {error}"
                );
                let changes = !matches!(
                    operation,
                    Operation::Load | Operation::Search | Operation::License | Operation::Exchange
                );
                assert_eq!(error.is_outcome_unknown(), changes, "{context}");
            }
        }
    });
}

#[test]
fn an_object_that_lacks_what_matters_is_refused() {
    both_ways(project, |service| {
        for (operation, call) in CALLS {
            for body in ["{}", r#"{"key":{},"cleartext":"","sessionJwt":"","rateLimitTier":""}"#] {
                service.emulator.inject(answer(200, "application/json", body).on(operation));
                // A look at the state would settle it.
                service.emulator.inject(Fault::status(503).on(Operation::Load));
                let result = call(&service.client);
                service.emulator.clear_faults();
                let promises_nothing = matches!(
                    operation,
                    Operation::Search
                        | Operation::Activate
                        | Operation::Deactivate
                        | Operation::Delete
                        | Operation::ActivateBatch
                        | Operation::DeactivateBatch
                        | Operation::DeleteBatch
                );
                let usable = promises_nothing && body == "{}";
                assert_eq!(result.is_ok(), usable, "{operation:?}: {body}");
            }
        }
    });
}

#[test]
fn a_refusal_need_not_be_one_of_the_services_own() {
    let html = "<html><body><h1>403 Forbidden</h1>blocked</body></html>";
    both_ways(project, |service| {
        for (operation, call) in CALLS {
            for (body, kept) in
                [("", ""), (html, html), ("{\"errorCode\":\"E0", "{\"errorCode\":\"E0")]
            {
                let context = format!("{operation:?}, {body:?}");
                let fault = answer(403, "text/html", body).header("x-request-id", "edge-1");
                service.emulator.inject(fault.header("cf-ray", "ray-1").on(operation));
                let blind = Fault::status(503).on(Operation::Load);
                service.emulator.inject(blind.after(u32::from(operation == Operation::Load)));
                let error = call(&service.client).expect_err(&context);
                service.emulator.clear_faults();
                assert!(!error.is_unauthorized() && !error.is_from_service(), "{context}");
                assert_eq!(error.kind(), ErrorKind::Intermediary, "{context}");
                assert_eq!((error.code(), error.message()), (None, None), "{context}");
                assert_eq!((error.body(), error.request_id()), (kept, Some("ray-1")), "{context}");
                let makes_a_secret = matches!(operation, Operation::Create | Operation::Rotate);
                let outcome = if makes_a_secret { Outcome::Unknown } else { Outcome::Rejected };
                assert_eq!(error.outcome(), outcome, "{context}");
            }
        }
    });
}

#[test]
fn unknown_members_and_a_wrong_content_type_change_nothing() {
    both_ways(project, |service| {
        let keys = service.client.access_keys();
        let expected = keys.load("K2").unwrap();
        let edit = |answer: &mut Value| {
            answer["newThing"] = json!([{"id": 1}]);
            answer["key"]["newMember"] = json!({"a": [null]});
            answer["key"]["status"] = json!("active");
        };
        service.emulator.inject(Fault::edited(edit).on(Operation::Load));
        assert_eq!(keys.load("K2").unwrap(), expected);
        let body = json!({"key": {"id": "K2", "status": "hibernating"}}).to_string();
        service
            .emulator
            .inject(answer(200, "text/plain; charset=latin1", &body).on(Operation::Load));
        assert_eq!(keys.load("K2").unwrap().status().as_str(), "hibernating");
    });
}

#[test]
fn nulls_everywhere_are_what_is_not_there() {
    /// Nulls every member but those that the answer promises.
    fn hollow(value: &mut Value) {
        if let Value::Object(members) = value {
            for (name, value) in members {
                match name.as_str() {
                    "id" | "cleartext" | "sessionJwt" => {}
                    "key" => hollow(value),
                    "keys" => value.as_array_mut().unwrap().iter_mut().for_each(hollow),
                    _ => *value = Value::Null,
                }
            }
        }
    }
    both_ways(project, |service| {
        let (keys, emulator) = (service.client.access_keys(), &service.emulator);
        emulator.inject(Fault::edited(hollow).forever().on(Operation::Load).on(Operation::Search));
        emulator
            .inject(Fault::edited(hollow).forever().on(Operation::Create).on(Operation::Exchange));
        let loaded = keys.load("K2").unwrap();
        let nothing: descope_blocking::AccessKey =
            serde_json::from_value(json!({"id": "K2"})).unwrap();
        assert_eq!(loaded, nothing);
        assert_eq!(keys.search(&SearchAccessKeys::new()).unwrap(), [nothing]);
        let created = keys.create(&CreateAccessKey::new("new", Expiry::Never)).unwrap();
        assert_eq!(created.key.name(), "");
        // Without a key id in the answer, the token's subject is it.
        let session = service.client.exchange(&created.cleartext).unwrap();
        assert_eq!(session.key_id(), created.key.id());
    });
}

#[test]
fn the_id_of_the_key_is_that_of_the_answer_before_that_of_the_token() {
    both_ways(project, |service| {
        let edit = |answer: &mut Value| answer["keyId"] = json!("K2answer");
        service.emulator.inject(Fault::edited(edit).on(Operation::Exchange));
        let session = service.client.exchange("secret").unwrap();
        assert_eq!((session.key_id(), session.claims().key_id()), ("K2answer", Some("K2")));
    });
}

#[test]
fn times_are_64_bits_wide_and_may_be_texts() {
    both_ways(project, |service| {
        let keys = service.client.access_keys();
        for (created, expires) in [(4_102_444_800_i64, 253_402_300_799_i64), (0, i64::MAX)] {
            for text in [false, true] {
                let time = move |seconds: i64| {
                    if text { json!(seconds.to_string()) } else { json!(seconds) }
                };
                service.emulator.inject(
                    Fault::edited(move |answer| {
                        answer["key"]["createdTime"] = time(created);
                        answer["key"]["expireTime"] = time(expires);
                    })
                    .on(Operation::Load),
                );
                let key = keys.load("K2").unwrap();
                assert_eq!((key.created_time(), key.expire_time()), (created, expires));
                assert_eq!(key.created_at(), (created > 0).then(|| unix(created.unsigned_abs())));
                let at = unix(0).checked_add(Duration::from_secs(expires.unsigned_abs()));
                assert_eq!(key.expires_at(), at);
            }
        }
        for wrong in [json!("9223372036854775808"), json!("soon"), json!(1.5), json!(true)] {
            let edit = {
                let wrong = wrong.clone();
                move |answer: &mut Value| answer["key"]["expireTime"] = wrong.clone()
            };
            service.emulator.inject(Fault::edited(edit).on(Operation::Load));
            assert_eq!(keys.load("K2").unwrap_err().kind(), ErrorKind::Decode, "{wrong}");
        }
    });
}

#[test]
fn a_secret_that_arrived_in_an_answer_that_is_of_no_use_is_kept() {
    both_ways(project, |service| {
        let keys = service.client.access_keys();
        let breaks: [fn(&mut Value); 2] = [
            |answer| answer["key"] = Value::Null,
            |answer| answer["key"]["expireTime"] = json!("soon"),
        ];
        for edit in breaks {
            service.emulator.inject(Fault::edited(edit));
            let error = keys.create(&CreateAccessKey::new("new", Expiry::Never)).unwrap_err();
            assert!(error.is_outcome_unknown());
            let cleartext = error.cleartext().expect("it arrived");
            service.client.exchange(cleartext).unwrap();
            assert!(!format!("{error} {error:?}").contains(cleartext.expose()));

            service.emulator.inject(Fault::edited(edit));
            let error = keys.rotate("K2").unwrap_err();
            assert_eq!(service.client.exchange(error.cleartext().unwrap()).unwrap().key_id(), "K2");
        }
    });
}

#[test]
fn a_redirect_is_an_error_and_nothing_follows_it() {
    both_ways(project, |service| {
        for (operation, call) in CALLS {
            for status in [301, 302, 303, 307, 308] {
                let fault = Fault::status(status).header("location", &service.emulator.base_url());
                service.emulator.clear_requests();
                service.emulator.inject(fault.on(operation));
                let error = call(&service.client).unwrap_err();
                assert_eq!(error.kind(), ErrorKind::RedirectRefused, "{operation:?} {status}");
                assert_eq!((error.outcome(), service.emulator.total()), (Outcome::Rejected, 1));
                assert!(error.to_string().contains("base URL"), "{error}");
            }
        }
    });
}
