//! The service's own refusals, whatever their status: each conclusion is drawn.

use descope_blocking::ErrorKind;
use descope_core::Outcome;
use descope_emulator::{Fault, Operation};

use crate::{CALLS, SECRET, makes_a_secret, service};

#[test]
fn not_found_is_told_by_the_code() {
    for status in [400, 404, 500, 503] {
        for (operation, call, _) in CALLS {
            let context = format!("{status} to {operation:?}");
            let (service, client) = service();
            let fault = Fault::refusal(status, "E111502", "Can't find access key");
            service.emulator.inject(fault.on(operation).forever());
            let error = call(&client).expect_err(&context);
            assert!(error.is_not_found() && error.is_key_not_found(), "{context}: {error}");
            assert_eq!(error.outcome(), Outcome::Rejected, "{context}");
            assert_eq!(service.emulator.count(operation), 1, "{context}: final");
        }
    }
}

#[test]
fn too_many_requests_is_told_by_the_code() {
    for status in [400, 403, 429, 500] {
        for (operation, call, is_done) in CALLS {
            let context = format!("{status} to {operation:?}");
            let (service, client) = service();
            let fault = Fault::refusal(status, "E130429", "Too Many Requests").on(operation);
            service.emulator.inject(fault.clone());
            call(&client).unwrap_or_else(|error| panic!("{context}: {error}"));
            assert!(is_done(&service.emulator), "{context}: sent again");
            service.emulator.inject(fault.forever());
            let error = call(&client).expect_err(&context);
            assert!(error.is_rate_limited() && error.attempts() == 3, "{context}: {error}");
        }
    }
}

#[test]
fn a_refused_credential_is_told() {
    for status in [401, 403] {
        for (operation, call, is_done) in CALLS {
            let context = format!("{status} to {operation:?}");
            let (service, client) = service();
            let fault = Fault::refusal(status, "E064001", "no").on(operation);
            service.emulator.inject(fault.forever());
            let before = is_done(&service.emulator);
            let error = call(&client).expect_err(&context);
            assert!(error.is_unauthorized() && error.is_from_service(), "{context}: {error}");
            assert_eq!((error.kind(), error.outcome()), (ErrorKind::Api, Outcome::Rejected));
            assert_eq!(service.emulator.count(operation), 1, "{context}");
            assert_eq!(is_done(&service.emulator), before, "{context}");
        }
    }
}

#[test]
fn any_other_refusal_of_a_create_says_that_nothing_was_made() {
    for (operation, call, _) in CALLS.iter().filter(|(operation, ..)| makes_a_secret(*operation)) {
        for status in [400, 403, 404, 409, 413, 422] {
            let (service, client) = service();
            let fault = Fault::refusal(status, "E062107", "already exists").on(*operation);
            service.emulator.inject(fault);
            let error = call(&client).unwrap_err();
            assert_eq!((error.kind(), error.outcome()), (ErrorKind::Api, Outcome::Rejected));
            assert!(!error.is_outcome_unknown(), "{error}");
        }
    }
}

#[test]
fn not_found_after_doubt_is_a_deletion() {
    for status in [400, 404, 500] {
        let (service, client) = service();
        let fault = Fault::status(503).carried_out().on(Operation::Delete);
        service.emulator.inject(fault);
        let gone = Fault::refusal(status, "E111502", "Can't find access key");
        service.emulator.inject(gone.on(Operation::Delete));
        client.access_keys().delete(crate::LIVE).unwrap();
    }
}

#[test]
fn a_refused_key_is_told_at_exchange() {
    let (service, client) = service();
    for status in [401, 403] {
        let fault = Fault::refusal(status, "E062803", "Invalid access key");
        service.emulator.inject(fault.on(Operation::Exchange).times(2));
        assert!(client.exchange(SECRET).unwrap_err().is_unauthorized());
        assert!(client.token_source(SECRET).token().unwrap_err().is_unauthorized());
    }
    client.exchange(SECRET).unwrap();
}
