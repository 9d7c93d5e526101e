//! Arguments that the service takes, and that are hardly meant.
#![cfg(unix)]

use descope_emulator::Operation;

use crate::world::World;

const HARDLY_MEANT: [(&[&str], &str); 3] = [
    (&["create", "a", "--expires-at", "2020-01-01"], "the key is already expired"),
    (&["create", "a", "--expires-at", "180000000000"], "are these milliseconds?"),
    (
        &["create", "a", "--never-expires", "--role", "r", "--tenant", "acme"],
        "ignores project-level roles where the key has tenants",
    ),
];

#[test]
fn a_terminal_is_asked() {
    let world = World::new();
    for (arguments, why) in HARDLY_MEANT {
        let before = world.emulator.count(Operation::Create);
        let ended = world.run(arguments).stdin("n\n").on_terminal(80);
        assert_eq!(ended.code, 1, "{}", ended.stdout);
        assert!(ended.stdout.ends_with("[y/N] Nothing was changed.\n"), "{}", ended.stdout);
        let shown = ended.stdout.replace('\n', " ");
        assert!(shown.contains(why) && shown.contains("Is this meant? [y/N]"), "{shown}");
        assert_eq!(world.emulator.count(Operation::Create), before);
        for (answer, options) in [("y\n", &[][..]), ("", &["--yes"])] {
            let run = world.run(&[arguments, options].concat()).stdin(answer);
            assert_eq!(run.on_terminal(80).code, 0);
        }
        assert_eq!(world.emulator.count(Operation::Create), before + 2);
    }
    let replace = ["replace", "K2ci", "--expires-at", "2020-01-01", "--", "/bin/cat"];
    assert_eq!(world.run(&replace).stdin("n\n").on_terminal(80).code, 1);
    assert_eq!(world.emulator.keys().len(), 7);
    let update = ["update", "K2ci", "--name", "a", "--role", "r", "--tenant", "acme"];
    assert_eq!(world.run(&update).stdin("n\n").on_terminal(80).code, 1);
    assert_eq!(world.key("K2ci").name, "ci");
}

#[test]
fn elsewhere_it_is_a_warning() {
    let world = World::new();
    for (arguments, why) in HARDLY_MEANT {
        let ended = world.run(arguments).ok();
        assert!(
            ended.stderr.contains("warning:") && ended.stderr.contains(why),
            "{}",
            ended.stderr
        );
    }
}
