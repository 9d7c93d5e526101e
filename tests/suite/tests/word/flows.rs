//! Every page times the flows of several requests: exchange, token source, validation, and a
//! replacement at each of its steps.

use descope_blocking::{Client, CreatedAccessKey, DeployError, ReplaceAccessKey, ReplaceError};
use descope_emulator::{Emulator, Fault, Operation, Page, Status};

use crate::pages::comes_first;
use crate::{LIVE, SECRET, assert_names_the_host, created, service};

#[test]
fn no_page_is_a_session_or_says_anything_of_the_key() {
    for page in Page::ALL {
        for operation in [Operation::Exchange, Operation::SigningKeys] {
            let context = format!("{page:?} to {operation:?}");
            let (service, client) = service();
            service.emulator.inject(Fault::page(*page).on(operation).forever());
            let error = client.exchange(SECRET).expect_err(&context);
            assert!(!error.is_unauthorized() && !error.is_from_service(), "{context}: {error}");
            assert_names_the_host(&service, &error, &context);
            let error = client.token_source(SECRET).token().expect_err(&context);
            assert!(!error.is_unauthorized() && !error.is_from_service(), "{context}: {error}");
            service.emulator.clear_faults();
            // Of the keys the failure is remembered.
            service.client(|client| client).exchange(SECRET).expect(&context);
        }
    }
}

#[test]
fn no_page_ends_the_life_of_a_token_at_hand() {
    for page in Page::ALL {
        let (service, client) = service();
        let tokens = client.token_source(SECRET);
        let held = tokens.token().unwrap();
        service.emulator.inject(Fault::page(*page).forever());
        assert_eq!(tokens.token().unwrap().token(), held.token(), "{page:?}");
    }
}

#[test]
fn no_page_is_a_signing_key_or_a_verdict_on_a_token() {
    for page in Page::ALL {
        let (service, client) = service();
        let token = service.emulator.token().mint();
        service.emulator.inject(Fault::page(*page).on(Operation::SigningKeys).forever());
        let error = client.validate(&token).unwrap_err();
        assert!(error.token_error().is_none(), "{page:?}: {error}");
        assert_names_the_host(&service, &error, &format!("{page:?}"));
        service.emulator.clear_faults();
        let client = service.client(|client| client);
        client.validate(&token).unwrap_or_else(|error| panic!("{page:?}: {error}"));
    }
}

fn replace(client: &Client, delete: bool, deploys: bool) -> Result<(), ReplaceError> {
    let deploy = |_: &CreatedAccessKey| match deploys {
        true => Ok(()),
        false => Err(DeployError::not_deployed("the vault is sealed")),
    };
    let replace = ReplaceAccessKey::new(LIVE);
    let replace = if delete { replace.delete_old() } else { replace };
    client.access_keys().replace(replace, deploy).map(drop)
}

/// What a replacement says must be so.
fn assert_true(ended: &Result<(), ReplaceError>, emulator: &Emulator, context: &str) {
    let old = emulator.key(LIVE);
    let is_live = |key: &descope_emulator::Key| key.status == Status::Active;
    match ended {
        Ok(()) => assert!(!old.as_ref().is_some_and(is_live), "{context}: the old key is live"),
        Err(ReplaceError::RolledBack { .. }) => {
            assert_eq!(created(emulator), 0, "{context}: the twin is there");
            assert!(old.as_ref().is_some_and(is_live), "{context}");
        }
        Err(ReplaceError::Read(_)) => assert_eq!(created(emulator), 0, "{context}"),
        Err(ReplaceError::Create(error)) => {
            assert!(old.as_ref().is_some_and(is_live), "{context}");
            assert!(created(emulator) == 0 || error.is_outcome_unknown(), "{context}: {error}");
        }
        // The rest says that a key may be left.
        Err(_) => {}
    }
    assert!(created(emulator) <= 1, "{context}: two twins");
}

#[test]
fn no_page_retires_a_key_or_rolls_one_back() {
    for page in Page::ALL {
        for step in [
            Operation::Search,
            Operation::Load,
            Operation::Create,
            Operation::Update,
            Operation::Delete,
            Operation::Deactivate,
        ] {
            for carried_out in [false, true] {
                for after_a_503 in [false, true] {
                    for (delete, deploys) in [(false, true), (true, true), (false, false)] {
                        if carried_out && comes_first(*page) {
                            continue;
                        }
                        let context = format!(
                            "{page:?} to {step:?}, carried out: {carried_out}, after a 503: \
                             {after_a_503}, deletes: {delete}, deploys: {deploys}"
                        );
                        let (service, client) = service();
                        if after_a_503 {
                            service.emulator.inject(Fault::status(503).on(step));
                        }
                        let fault = Fault::page(*page).on(step).forever();
                        let fault = if carried_out { fault.carried_out() } else { fault };
                        service.emulator.inject(fault);
                        let ended = replace(&client, delete, deploys);
                        assert_true(&ended, &service.emulator, &context);
                    }
                }
            }
        }
    }
}

#[test]
fn not_even_the_services_own_not_found_retires_what_is_there() {
    for status in [400, 404, 500] {
        for (step, delete, deploys) in [
            (Operation::Delete, true, true),
            (Operation::Deactivate, false, true),
            (Operation::Delete, false, false),
        ] {
            let (service, client) = service();
            let fault = Fault::refusal(status, "E111502", "Can't find access key");
            service.emulator.inject(fault.on(step));
            match replace(&client, delete, deploys) {
                Err(ReplaceError::OldLeft { .. }) => assert!(deploys),
                Err(ReplaceError::SuccessorLeft { .. }) => assert!(!deploys),
                ended => panic!("{status} to {step:?}: {ended:?}"),
            }
        }
    }
}
