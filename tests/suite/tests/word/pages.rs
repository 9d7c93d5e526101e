//! Every page times every operation: no conclusion is drawn from it, and no second secret made.

use descope_blocking::ErrorKind;
use descope_core::Outcome;
use descope_emulator::{Fault, Operation, Page};

use crate::{CALLS, assert_names_the_host, created, makes_a_secret, service};

/// Those that are sent again, a create too: whoever limits does so before anything is done.
pub(crate) fn limits(page: Page) -> bool {
    page.response().status().as_u16() == 429
}

/// Whoever limits, redirects, or wants a log-in to a proxy does so before anything is done.
pub(crate) fn comes_first(page: Page) -> bool {
    limits(page) || matches!(page.response().status().as_u16(), 302 | 407)
}

#[test]
fn no_page_settles_anything() {
    let mut cells = 0;
    for page in Page::ALL {
        for (operation, call, is_done) in CALLS {
            for carried_out in [false, true] {
                for forever in [false, true] {
                    if carried_out && comes_first(*page) && makes_a_secret(operation) {
                        continue;
                    }
                    let context = format!(
                        "{page:?} to {operation:?}, carried out: {carried_out}, forever: {forever}"
                    );
                    let (service, client) = service();
                    let emulator = &service.emulator;
                    let fault = Fault::page(*page).on(operation);
                    let fault = if carried_out { fault.carried_out() } else { fault };
                    emulator.inject(if forever { fault.forever() } else { fault });
                    match call(&client) {
                        Ok(()) => assert!(is_done(emulator), "{context}: not done"),
                        Err(error) => {
                            assert!(!error.is_unauthorized(), "{context}: {error}");
                            assert!(error.outcome() > Outcome::NotSent, "{context}: {error}");
                            match error.is_from_service() {
                                // A key was gone when the call was sent again.
                                true => assert!(error.is_not_found() && is_done(emulator)),
                                false => assert_names_the_host(&service, &error, &context),
                            }
                            if makes_a_secret(operation) && is_done(emulator) {
                                assert!(error.is_outcome_unknown(), "{context}: {error}");
                            }
                        }
                    }
                    let most = if limits(*page) { 3 } else { 1 };
                    if makes_a_secret(operation) {
                        assert!(emulator.count(operation) <= most, "{context}: sent again");
                        assert!(created(emulator) <= 1, "{context}: two keys");
                    }
                    cells += 1;
                }
            }
        }
    }
    assert_eq!(cells, 29 * 11 * 4 - 5 * 2 * 2);
}

#[test]
fn a_page_for_everything_lets_nothing_succeed() {
    for page in Page::ALL {
        for (operation, call, _) in CALLS {
            let context = format!("{page:?} to {operation:?}");
            let (service, client) = service();
            service.emulator.inject(Fault::page(*page).forever());
            let error = call(&client).expect_err(&context);
            assert_names_the_host(&service, &error, &context);
            assert_eq!(service.emulator.keys().len(), 2, "{context}");
        }
    }
}

#[test]
fn what_is_said_in_the_services_place_is_shown() {
    for (page, kind, text) in [
        (Page::Nginx404, ErrorKind::Intermediary, "404 Not Found"),
        (Page::DefaultBackend404, ErrorKind::Intermediary, "default backend - 404"),
        (Page::Edge1010, ErrorKind::Intermediary, "error code: 1010"),
        (Page::Challenge, ErrorKind::Intermediary, "Just a moment..."),
        (Page::ObjectStore404, ErrorKind::Intermediary, "The specified key does not exist."),
        (Page::LookAlike404, ErrorKind::Intermediary, r#""errorCode":"NOT_FOUND""#),
        (Page::Large404, ErrorKind::Intermediary, "404 Not Found"),
        (Page::Gateway401, ErrorKind::Intermediary, r#""error":"invalid_token""#),
        (Page::Proxy407, ErrorKind::Intermediary, "a proxy requires a login"),
        (Page::CaptivePortal302, ErrorKind::RedirectRefused, "portal.example"),
        (Page::CaptivePortal511, ErrorKind::Api, "requires a login first"),
        (Page::Large503, ErrorKind::Api, "503 Service Unavailable"),
    ] {
        let (service, client) = service();
        service.emulator.inject(Fault::page(page).on(Operation::Load).forever());
        let error = client.access_keys().load(crate::LIVE).unwrap_err();
        assert_eq!(error.kind(), kind, "{page:?}: {error}");
        let said = error.to_string();
        assert!(said.contains(text), "{page:?}: {error}");
        let in_its_place = kind == ErrorKind::Intermediary && page != Page::Proxy407;
        assert_eq!(
            said.contains("something other than the service answered"),
            in_its_place,
            "{said}"
        );
    }
}
