//! Commands on one key or many.

use descope_emulator::{Builder, Emulator, Fault, Key, Operation, Status};
use serde_json::json;

use crate::world::World;

fn world() -> World {
    let keys = ["K2a", "K2b", "K2c"].map(|id| Key::new(id).with_id(id));
    World::with(Builder::keys(Emulator::builder(), keys))
}

fn ids(world: &World) -> Vec<String> {
    world.emulator.keys().into_iter().map(|key| key.id).collect()
}

#[test]
fn one_key_takes_the_single_call() {
    let world = world();
    let ended = world.run(&["deactivate", "K2a"]).ok();
    assert_eq!((ended.stdout.as_str(), ended.stderr.as_str()), ("", "deactivated K2a\n"));
    assert_eq!(world.key("K2a").status, Status::Inactive);
    world.run(&["activate", "K2a"]).ok();
    assert_eq!(world.key("K2a").status, Status::Active);
    world.run(&["delete", "K2a", "--yes"]).ok();
    assert_eq!(ids(&world), ["K2b", "K2c", "K2ci"]);
    for operation in [Operation::Deactivate, Operation::Activate, Operation::Delete] {
        assert_eq!(world.emulator.count(operation), 1);
    }
    world.run(&["delete", "K2a", "-y"]).fails(3);
}

#[test]
fn several_keys_take_the_batch_call() {
    let world = world();
    let ended = world.run(&["deactivate", "K2a", "K2b", "K2a", "--yes"]).ok();
    assert_eq!(ended.stderr, "deactivated 2 keys\n");
    let requests = world.emulator.requests();
    assert_eq!(requests[2].operation, Some(Operation::DeactivateBatch));
    assert_eq!(requests[2].json(), json!({"ids": ["K2a", "K2b"]}));
    world.run(&["activate", "K2a", "K2b", "-y"]).ok();
    assert_eq!(world.key("K2b").status, Status::Active);
    world.run(&["delete", "K2a", "K2b", "-y"]).ok();
    assert_eq!(ids(&world), ["K2c", "K2ci"]);
    assert_eq!(world.emulator.total(), 3 * (2 + 1 + 2));
}

/// Something on the way answers as the service would, and passes nothing on.
#[test]
fn an_answer_to_a_batch_is_not_taken_at_its_word() {
    let batches = [
        ("deactivate", Operation::DeactivateBatch),
        ("activate", Operation::ActivateBatch),
        ("delete", Operation::DeleteBatch),
    ];
    for (command, operation) in batches {
        let world = world();
        if command == "activate" {
            world.run(&["deactivate", "K2a", "K2b", "--yes"]).ok();
        }
        world.emulator.inject(
            Fault::answer(descope_blocking::http::Response::new(b"{}".to_vec())).on(operation),
        );
        let ended = world.run(&[command, "K2a", "K2b", "--yes"]).fails(1);
        let said = "although the answer said so: K2a, K2b";
        assert!(ended.stderr.contains(said), "{command}: {}", ended.stderr);
        assert!(!ended.stderr.contains("2 keys"), "{command}: {}", ended.stderr);
        world.emulator.inject(
            Fault::answer(descope_blocking::http::Response::new(b"{}".to_vec())).on(operation),
        );
        let ended = world.run(&[command, "K2a", "K2b", "--yes", "--json"]).fails(1);
        assert_eq!(ended.json()["error"]["unchanged"], json!(["K2a", "K2b"]));
        world.run(&[command, "K2a", "K2b", "--yes"]).ok();
    }
}

/// Of the length that the service has.
const NONE: &str = "K2noneK2noneK2noneK2noneK2no";

#[test]
fn what_does_not_exist_is_named_and_the_rest_is_done() {
    let world = world();
    let ended = world.run(&["deactivate", "K2a", NONE, "K2b", "--yes"]).fails(3);
    assert!(ended.stderr.starts_with("deactivated 2 keys\n"), "{}", ended.stderr);
    assert!(
        ended.stderr.ends_with(&format!("there is no access key {NONE}\n")),
        "{}",
        ended.stderr
    );
    let status = |id| world.key(id).status;
    assert_eq!(["K2a", "K2b"].map(status), [Status::Inactive; 2]);
    let ended = world.run(&["delete", "K2a", NONE, "--yes", "--json"]).fails(3);
    let error = &ended.json()["error"];
    assert_eq!((&error["deleted"], &error["notFound"]), (&json!(["K2a"]), &json!([NONE])));
    assert_eq!((&error["exit"], &error["kind"]), (&json!("not_found"), &json!("not_found")));
    assert_eq!(ids(&world), ["K2b", "K2c", "K2ci"]);
    let before = world.emulator.count(Operation::DeleteBatch);
    let none = NONE.replace("none", "also");
    world.run(&["delete", NONE, &none, "--yes"]).fails(3);
    assert_eq!(world.emulator.count(Operation::DeleteBatch), before);
    let ended = world.run(&["delete", "K2b", NONE, "--dry-run"]).fails(3);
    assert!(ended.stdout.contains("K2b") && ended.stderr.contains(NONE), "{}", ended.stderr);
}

#[test]
fn nothing_is_changed_unless_all_ids_could_be_looked_up() {
    let world = world();
    let refusal = Fault::refusal(403, "E064001", "no").on(Operation::Load).after(1);
    world.emulator.inject(refusal.forever());
    world.run(&["delete", "K2a", "K2b", "K2c", "--yes"]).fails(4);
    assert_eq!(ids(&world), ["K2a", "K2b", "K2c", "K2ci"]);
}

/// This many keys besides, and their ids.
fn many(world: &World, count: usize) -> Vec<String> {
    let seeded = (0..count).map(|_| world.emulator.seed(Key::new("one of many")).id);
    seeded.collect()
}

#[test]
fn large_lists_go_in_chunks() {
    let world = world();
    let ids = many(&world, 201);
    let ended = world.run(&["deactivate", "-", "--yes"]).stdin(ids.join("\n")).ok();
    // No bar where there is no terminal.
    assert_eq!(ended.stderr, "deactivated 201 keys\n");
    assert_eq!(world.emulator.count(Operation::DeactivateBatch), 2);
    assert_eq!(world.emulator.count(Operation::Deactivate), 1);
    assert!(ids.iter().all(|id| world.key(id).status == Status::Inactive));
    // A chunk that fails ends it, and what was done is told.
    let refusal = Fault::refusal(403, "E064001", "no").on(Operation::DeleteBatch).after(1);
    world.emulator.inject(refusal);
    let ended = world.run(&["delete", "-", "--yes", "--json"]).stdin(ids.join("\n")).fails(4);
    assert!(ended.stderr.contains("100 keys were deleted, and then: "), "{}", ended.stderr);
    let error = &ended.json()["error"];
    assert_eq!(error["deleted"].as_array().unwrap().len(), 100);
    assert_eq!((&error["kind"], &error["outcome"]), (&json!("api"), &json!("rejected")));
    let left = ids.iter().filter(|id| world.emulator.key(id).is_some());
    assert_eq!(left.count(), 101);
}

#[cfg(unix)]
#[test]
fn a_terminal_sees_how_far_a_large_list_is() {
    let world = world();
    let ids = many(&world, 30);
    let mut arguments = vec!["deactivate", "--yes"];
    arguments.extend(ids.iter().map(String::as_str));
    let ended = world.run(&arguments).env("TERM", "xterm").on_terminal(80);
    assert!(ended.stdout.contains("Looking up keys ["), "{}", ended.stdout);
    assert!(ended.stdout.ends_with("deactivated 30 keys\n"), "{}", ended.stdout);
    let ended = world.run(&arguments).arg("--quiet").env("TERM", "xterm").on_terminal(80);
    assert_eq!(ended.stdout, "");
}

#[test]
fn ids_come_on_standard_input() {
    let world = world();
    let ended = world.run(&["delete", "-", "--json", "--yes"]).stdin("K2a\nK2b  K2a\r\n\n").ok();
    assert_eq!(ended.json(), json!({"deleted": ["K2a", "K2b"]}));
    assert_eq!(world.emulator.count(Operation::DeleteBatch), 1);
    // They do so where it is asked for, and never because there happens to be none here.
    for arguments in [&["delete", "--yes"][..], &["delete", "", "--yes"]] {
        world.run(arguments).stdin("K2c").fails(2);
    }
    assert_eq!(ids(&world), ["K2c", "K2ci"]);
}

#[test]
fn what_is_found_can_be_deleted() {
    let world = world();
    let found = world.run(&["search", "--sort", "id", "--ids"]).ok();
    assert_eq!(found.stdout, "K2a\nK2b\nK2c\nK2ci\n");
    world.run(&["delete", "-", "--yes"]).stdin(found.stdout).ok();
    assert_eq!(ids(&world), [""; 0]);
}

#[test]
fn nothing_is_sent_without_an_id() {
    let world = world();
    for arguments in [&["delete"][..], &["activate"], &["deactivate", ""]] {
        let ended = world.run(arguments).fails(2);
        assert!(ended.stderr.contains("id"), "{}", ended.stderr);
    }
    assert_eq!(world.emulator.total(), 0);
}

#[test]
fn no_ids_on_standard_input_are_nothing_to_do() {
    let world = world();
    let none = world.run(&["search", "nothing is called so", "--ids"]).ok().stdout;
    for (command, done) in
        [("delete", "deleted"), ("activate", "activated"), ("deactivate", "deactivated")]
    {
        for (stdin, options) in [
            (none.as_str(), &["--yes"][..]),
            (" \n", &[]),
            ("[]", &["--yes"]),
            ("", &["--dry-run"]),
        ] {
            let arguments = [&[command, "-"], options].concat();
            let ended = world.run(&arguments).stdin(stdin).ok();
            let note = "no ids on standard input: nothing to do\n";
            assert_eq!((ended.stdout.as_str(), ended.stderr.as_str()), ("", note));
        }
        let ended = world.run(&[command, "-", "--json"]).ok();
        assert_eq!(ended.json(), json!({ done: [] }));
        assert_eq!(world.run(&[command, "-", "--dry-run", "--json"]).ok().json(), json!([]));
    }
    assert_eq!(world.emulator.total(), 1);
    // Those that are arguments are still there.
    world.run(&["delete", "K2a", "-", "--yes"]).ok();
    assert_eq!(ids(&world), ["K2b", "K2c", "K2ci"]);
}

#[test]
fn a_malformed_id_is_one_that_does_not_exist() {
    let world = world();
    let ended = world.run(&["deactivate", "K2a", "K2abc", "K2b", "--yes"]).fails(3);
    assert_eq!(ended.stderr, "deactivated 2 keys\nerror: there is no access key K2abc\n");
    let ended = world.run(&["delete", "-", "--yes", "--json"]).stdin("K2abc K2a").fails(3);
    let error = &ended.json()["error"];
    assert_eq!((&error["deleted"], &error["notFound"]), (&json!(["K2a"]), &json!(["K2abc"])));
    for arguments in [
        &["delete", "K2abc", "--yes"][..],
        &["activate", "K2abc"],
        &["load", "K2abc"],
        &["rotate", "K2abc"],
        &["update", "K2abc", "--name", "a"],
        &["replace", "K2abc", "--", "true"],
    ] {
        let ended = world.run(&[&["--json"], arguments].concat()).fails(3);
        let told = "there is no access key K2abc (an id has 27 characters or more)";
        assert_eq!(ended.stderr, format!("error: {told}\n"), "{arguments:?}");
        assert_eq!(ended.json()["error"]["exit"], "not_found");
    }
    // It is the service that knows: a short id may be one, and not all that it refuses is.
    world.run(&["load", "K2b"]).ok();
    world.emulator.inject(Fault::refusal(400, "E011003", "The name field is too long"));
    let ended = world.run(&["update", "K2b", "--name", "a"]).fails(1);
    assert!(ended.stderr.contains("The name field is too long"), "{}", ended.stderr);
}

#[test]
fn a_loop_whose_variable_is_empty_deletes_nothing() {
    let world = world();
    let script = "printf 'K2a\\nK2b\\n' | while read -r id; do {} delete $none --yes; done";
    world.run(&[]).by_shell(script).end();
    assert_eq!(ids(&world), ["K2a", "K2b", "K2c", "K2ci"]);
    assert_eq!(world.emulator.total(), 0);
}

#[test]
fn ids_are_read_from_what_this_tool_prints() {
    let world = world();
    let printed = [
        &["search", "--json"][..],
        &["search", "--json", "--ids"],
        &["load", "K2a", "--json"],
        &["create", "a", "--never-expires", "--json"],
        &["rotate", "K2a", "--json"],
        &["activate", "K2a", "--json"],
        &["delete", "K2a", "K2b", "--dry-run", "--json"],
    ];
    for arguments in printed {
        let document = world.run(arguments).ok();
        let ended = world.run(&["activate", "-", "--json", "-y"]).stdin(document.stdout).ok();
        let ids = ended.json()["activated"].as_array().unwrap().len();
        assert!((1..=5).contains(&ids), "{arguments:?}: {ids}");
    }
    world.run(&["delete", "-", "-y"]).stdin("\u{feff}[\"K2a\"]\n").ok();
    assert_eq!(ids(&world).len(), 4);
}

#[test]
fn no_ids_are_read_from_anything_else() {
    let world = world();
    let failed = world.run(&["load", "K2noneK2noneK2noneK2noneK2no", "--json"]).fails(3).stdout;
    let table = world.run(&["search"]).ok().stdout;
    for text in [
        r#"{"items": ["K2a"]}"#,
        r#"[{"id": "K2a"}]"#,
        r#"[{"id": "K2a", "name": "a", "status": "active"}]"#,
        r#"["K2a", 7]"#,
        r#"["K2a""#,
        r#""K2a""#,
        "[\"K2a\"]\n[\"K2b\"]",
        "K2a K2b {",
        "K2a K2b,K2c",
        &failed,
        "ID   NAME  STATUS\nK2a  a     active\n",
        &table,
    ] {
        let ended = world.run(&["delete", "-", "--yes"]).stdin(text).fails(2);
        assert!(ended.stderr.contains("standard input"), "{text}: {}", ended.stderr);
    }
    assert_eq!(ids(&world), ["K2a", "K2b", "K2c", "K2ci"]);
}

#[test]
fn nobody_to_be_asked_is_no_yes() {
    let world = world();
    for arguments in [
        &["delete", "K2a"][..],
        &["delete", "K2a", "K2b"],
        &["deactivate", "K2a", "K2b"],
        &["activate", "K2a", "K2b"],
        &["delete", "-"],
    ] {
        let ended = world.run(arguments).stdin("K2a").fails(2);
        let command = arguments[0];
        let (why, them) = match &arguments[1..] {
            ["-"] => ("the ids come from standard input", "it"),
            [_] => ("there is no terminal", "it"),
            _ => ("there is no terminal", "them"),
        };
        let told = format!(
            "error: cannot ask, because {why}: add --yes to {command} {them}, or --dry-run to see \
             {them}\n"
        );
        assert_eq!(ended.stderr, told);
    }
    assert_eq!(world.emulator.total(), 0);
    // One that is deactivated comes back as easily.
    world.run(&["deactivate", "K2a"]).ok();
}

#[test]
fn a_dry_run_shows_the_keys_and_changes_nothing() {
    let world = world();
    for command in ["delete", "deactivate", "activate"] {
        let ended = world.run(&[command, "K2a", "K2b", "--dry-run"]).ok();
        assert!(ended.stdout.contains("\nK2a  K2a   active"), "{}", ended.stdout);
        assert!(ended.stderr.ends_with("nothing was changed.\n"), "{}", ended.stderr);
    }
    let found = world.run(&["delete", "K2a", "--dry-run", "--json"]).ok().json();
    assert_eq!(found[0]["id"], "K2a");
    world.run(&["delete", "K2a", "K2noneK2noneK2noneK2noneK2no", "--dry-run"]).fails(3);
    assert_eq!(ids(&world), ["K2a", "K2b", "K2c", "K2ci"]);
    assert_eq!(world.emulator.count(Operation::Load), world.emulator.total());
}

#[cfg(unix)]
#[test]
fn a_terminal_is_asked() {
    let world = world();
    for answer in ["n\n", "\n", "yesterday\n", "\u{4}"] {
        let ended = world.run(&["delete", "K2a", "K2b"]).stdin(answer).on_terminal(80);
        assert_eq!(ended.code, 1, "{}", ended.stdout);
        assert!(ended.stdout.contains("Delete 2 keys for good? [y/N]"), "{}", ended.stdout);
        assert!(ended.stdout.contains("K2b  K2b   active"), "{}", ended.stdout);
        assert!(ended.stdout.ends_with("[y/N] Nothing was changed.\n"), "{}", ended.stdout);
    }
    assert_eq!(ids(&world), ["K2a", "K2b", "K2c", "K2ci"]);
    world.run(&["deactivate", "K2a", "K2b"]).stdin("n\n").on_terminal(80);
    assert_eq!(world.key("K2a").status, Status::Active);
    for (id, answer) in [("K2a", "y\n"), ("K2b", "YES\n")] {
        let ended = world.run(&["delete", id]).stdin(answer).on_terminal(80);
        assert_eq!(ended.code, 0, "{}", ended.stdout);
    }
    assert_eq!(ids(&world), ["K2c", "K2ci"]);
    // With --yes there is no question, nor for one key that is deactivated.
    for arguments in [&["deactivate", "K2c"][..], &["delete", "K2c", "--yes"]] {
        let ended = world.run(arguments).on_terminal(80);
        assert_eq!((ended.code, ended.stdout.contains('?')), (0, false), "{}", ended.stdout);
    }
    // Nor can one be answered where the ids are.
    let ended = world.run(&["delete", "-"]).stdin("K2ci K2c\n\u{4}").on_terminal(80);
    assert_eq!(ended.code, 2, "{}", ended.stdout);
    let told = "because the ids come from standard input: add --yes to delete them, or --dry-run";
    assert!(ended.stdout.contains(told), "{}", ended.stdout);
    // A question that nobody sees is none.
    let run = world.run(&["delete", "K2ci"]).stdin("y\n").by_shell("exec {} 2> /dev/null");
    assert_eq!(run.on_terminal(80).code, 2);
}
