//! Every page times the commands: none says of a key what the service did not.

use descope_emulator::{Fault, Operation, Page, Status};

use crate::world::World;

/// Commands on the key, with the operation that is answered by a page.
const COMMANDS: [(&[&str], Operation); 8] = [
    (&["load", "K2ci"], Operation::Load),
    (&["search"], Operation::Search),
    (&["create", "new", "--never-expires"], Operation::Create),
    (&["update", "K2ci", "--name", "other"], Operation::Update),
    (&["deactivate", "K2ci"], Operation::Deactivate),
    (&["delete", "K2ci", "--yes"], Operation::Delete),
    (&["rotate", "K2ci"], Operation::Rotate),
    (&["exchange"], Operation::Exchange),
];

#[test]
fn no_page_is_told_as_the_services_word() {
    for page in Page::ALL {
        for (command, operation) in COMMANDS {
            let world = World::new();
            world.emulator.inject(Fault::page(*page).on(operation).forever());
            let run = world.run(command).arg("--attempts").arg("1").with_access_key();
            let ended = run.end();
            let context = format!("{page:?} to {command:?}: {}", ended.stderr);
            // Neither done, nor not found, nor unauthorized.
            assert!([1, 5, 6, 7].contains(&ended.code), "{} {context}", ended.code);
            let base_url = world.emulator.base_url();
            let host = base_url.trim_start_matches("http://");
            assert!(ended.stderr.contains(host), "{context}");
            assert_eq!(world.key("K2ci").status, Status::Active, "{context}");
            assert_eq!(world.emulator.keys().len(), 1, "{context}");
            assert!(!ended.stderr.contains("find_unconfirmed"), "{context}");
            if operation == Operation::Create && ended.code == 6 {
                assert!(ended.stderr.contains("find-unconfirmed"), "{context}");
            }
        }
    }
}

#[test]
fn the_services_own_word_is() {
    for (status, code, exit) in [
        (400, "E111502", 3),
        (404, "E111502", 3),
        (500, "E111502", 3),
        (401, "E064001", 4),
        (403, "E064001", 4),
        (400, "E130429", 5),
        (429, "E130429", 5),
        (409, "E062107", 1),
    ] {
        for (command, operation) in COMMANDS {
            let world = World::new();
            let fault = Fault::refusal(status, code, "not this time").on(operation);
            world.emulator.inject(fault.forever());
            let run = world.run(command).arg("--attempts").arg("1").with_access_key();
            let ended = run.end();
            assert_eq!(ended.code, exit, "{status} {code} to {command:?}: {}", ended.stderr);
        }
    }
}

#[test]
fn a_deletion_that_a_gateway_answers_is_looked_into() {
    let world = World::new();
    world.emulator.inject(Fault::status(503).on(Operation::Delete));
    world.emulator.inject(Fault::page(Page::DefaultBackend404).on(Operation::Delete));
    world.run(&["delete", "K2ci", "--yes"]).fails(6);
    assert_eq!(world.key("K2ci").status, Status::Active);
    world.emulator.inject(Fault::page(Page::Nginx502).on(Operation::Delete).carried_out());
    world.emulator.inject(Fault::page(Page::DefaultBackend404).on(Operation::Delete));
    world.run(&["delete", "K2ci", "--yes"]).ok();
    assert!(world.emulator.keys().is_empty());
}
