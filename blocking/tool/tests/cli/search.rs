//! `descope-keys search`

use descope_emulator::{Emulator, Key, Operation};
use serde_json::{Value, json};

use crate::world::World;

const DAY: i64 = 86_400;

/// Keys at every stage, beside `K2ci`, which never ends.
fn world() -> World {
    let world = World::new();
    let now = world.emulator.now();
    for (id, name, ends) in [
        ("K2soon", "nightly backup of the database", now + 5 * DAY),
        ("K2later", "release", now + 90 * DAY),
        ("K2over", "old laptop", now - 3 * DAY),
    ] {
        let mut key = Key::new(name).with_id(format!("{id:0<28}")).expires_at(ends);
        key.created_time = now - 100 * DAY;
        world.emulator.seed(key.role("viewer").description("a description of some length"));
    }
    world.emulator.seed(Key::new("paused").with_id("K2paused").inactive().user_id("U2a"));
    world
}

fn names(found: &Value) -> Vec<&str> {
    found.as_array().unwrap().iter().map(|key| key["name"].as_str().unwrap()).collect()
}

fn found(world: &World, options: &[&str]) -> Vec<String> {
    let arguments = [&["search", "--json"], options].concat();
    let found = world.run(&arguments).ok().json();
    names(&found).into_iter().map(str::to_owned).collect()
}

#[cfg(unix)]
#[test]
fn a_table_fits_80_columns() {
    let world = world();
    let table = world.run(&["search"]).on_terminal(80).stdout;
    // Of the name two columns are missing; what would not fit at all is left out.
    let line =
        |id, name, status, expires| format!("{id:<28}  {name:<28}  {status:<8}  {expires}\n");
    let expected = [
        line("ID", "NAME", "STATUS", "EXPIRES"),
        line("K2over0000000000000000000000", "old laptop", "expired", "3 days ago"),
        line("K2soon0000000000000000000000", "nightly backup of the datab…", "active", "in 5 days"),
        line("K2later000000000000000000000", "release", "active", "in 90 days"),
        line("K2ci", "ci", "active", "never"),
        line("K2paused", "paused", "inactive", "never"),
    ];
    assert_eq!(table, expected.concat());
    assert_eq!(world.run(&["search"]).env("COLUMNS", "80").on_terminal(200).stdout, table);
}

#[cfg(unix)]
#[test]
fn a_wide_table_shows_more_and_elsewhere_all() {
    let world = world();
    let wide = world.run(&["search"]).on_terminal(200).stdout;
    let head = "ID  NAME  STATUS  EXPIRES  ACCESS  CREATED  DESCRIPTION";
    let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join("  ");
    assert_eq!(words(wide.lines().next().unwrap()), head);
    assert!(wide.contains("viewer          100 days ago  a description of some length"), "{wide}");
    assert!(wide.contains("acme: deployer"), "{wide}");
    assert!(wide.contains("as user U2a"), "{wide}");
    assert_eq!(world.run(&["search"]).ok().stdout, wide);
    // For another program nothing is cut, whatever a shell has exported.
    assert_eq!(world.run(&["search"]).env("COLUMNS", "40").ok().stdout, wide);
    // Ids stay whole where nothing else does.
    let narrow = world.run(&["search"]).on_terminal(20).stdout;
    assert!(narrow.contains("K2soon0000000000000000000000"), "{narrow}");
}

#[test]
fn what_the_sdk_keeps_in_a_description_is_in_no_table() {
    let world = World::new();
    let create = ["create", "a", "--never-expires", "--description", "of the farm", "--json"];
    let made = world.run(&create).ok().json();
    let id = made["key"]["id"].as_str().unwrap();
    let mark = "[retire after 1000, for K2new]";
    let whole = format!("{} {mark}", made["key"]["description"].as_str().unwrap());
    assert!(whole.contains("of the farm marker-"), "{whole}");
    world.run(&["update", id, "--description", &whole]).ok();
    for arguments in [&["search"][..], &["delete", id, "--dry-run"]] {
        let table = world.run(arguments).ok().stdout;
        assert!(table.contains("  of the farm\n"), "{table}");
        assert!(!table.contains("marker-") && !table.contains("[retire"), "{table}");
        let all = world.run(arguments).arg("--json").ok().stdout;
        assert!(all.contains(&whole), "{all}");
    }
    assert!(world.run(&["load", id]).ok().stdout.contains(&whole));
}

#[test]
fn keys_are_sorted() {
    let world = world();
    let (a, b, c) = ("old laptop", "nightly backup of the database", "release");
    assert_eq!(found(&world, &[]), [a, b, c, "ci", "paused"]);
    assert_eq!(found(&world, &["--sort", "expires:desc"]), ["ci", "paused", c, b, a]);
    assert_eq!(found(&world, &["--sort", "name"]), ["ci", b, a, "paused", c]);
    assert_eq!(
        found(&world, &["--sort", "status", "--sort", "name:desc"]),
        [c, b, "ci", a, "paused"]
    );
    let ended = world.run(&["search", "--sort", "colour"]).fails(2);
    assert!(ended.stderr.contains("created-by"), "{}", ended.stderr);
    world.run(&["search", "--sort", "name:down"]).fails(2);
}

#[test]
fn filters_of_the_tool_narrow_it_down() {
    let world = world();
    assert_eq!(found(&world, &["--expiring-within", "14d"]), ["nightly backup of the database"]);
    assert_eq!(
        found(&world, &["--expiring-within", "13w"]),
        ["nightly backup of the database", "release"]
    );
    assert_eq!(found(&world, &["--expiring-within", "4d"]), [""; 0]);
    assert_eq!(found(&world, &["--status", "expired"]), ["old laptop"]);
    assert_eq!(found(&world, &["--status", "inactive"]), ["paused"]);
    assert_eq!(found(&world, &["--status", "active"]).len(), 3);
}

#[test]
fn keys_are_found_by_their_age_and_by_having_no_end() {
    let world = world();
    assert_eq!(found(&world, &["--never-expires"]), ["ci", "paused"]);
    let mut unknown = Key::new("of unknown age").expires_at(world.emulator.now() + DAY);
    unknown.created_time = 0;
    world.emulator.seed(unknown);
    assert_eq!(
        found(&world, &["--older-than", "99d"]),
        ["old laptop", "nightly backup of the database", "release"]
    );
    assert_eq!(found(&world, &["--older-than", "101d"]), [""; 0]);
    assert_eq!(found(&world, &["--older-than", "99d", "--status", "expired"]), ["old laptop"]);
    for wrong in [&["--older-than", "soon"][..], &["--never-expires", "--expiring-within", "1d"]] {
        world.run(&[&["search"], wrong].concat()).fails(2);
    }
}

#[test]
fn a_time_that_no_calendar_has_breaks_no_filter() {
    let world = world();
    world.emulator.seed(Key::new("odd").expires_at(i64::MIN));
    assert_eq!(found(&world, &["--expiring-within", "4d"]), [""; 0]);
    assert_eq!(found(&world, &["--status", "expired"]), ["odd", "old laptop"]);
    world.run(&["search"]).ok();
}

#[test]
fn filters_of_the_service_are_sent() {
    let world = world();
    world.emulator.clear_requests();
    world
        .run(&["search", "the text", "--tenant", "acme", "--tenant", "globex", "--user", "U2a"])
        .arg("--created-by=U2b")
        .arg("--attribute=cost=1")
        .arg("--sort=created:desc")
        .arg("--sort=name")
        .arg("--limit=10")
        .arg("--page=2")
        .ok();
    let body = world.emulator.requests()[0].json();
    assert_eq!(
        body,
        json!({
            "text": "the text", "tenantIds": ["acme", "globex"], "boundUserId": "U2a",
            "creatingUser": "U2b", "customAttributes": {"cost": 1},
            "sort": [{"field": "createdTime", "desc": true}, {"field": "name", "desc": false}],
            "limit": 10, "page": 2,
        })
    );
    // Without a limit the order is this tool's, and nothing is sent of it.
    world.run(&["search", "--sort", "name"]).ok();
    assert_eq!(world.emulator.requests()[1].json(), json!({}));
    world.run(&["search", "--page", "1"]).fails(2);
    assert_eq!(world.emulator.count(Operation::Search), 2);
}

#[test]
fn nothing_found_is_no_error() {
    let world = World::with(Emulator::builder());
    world.emulator.delete("K2ci");
    let ended = world.run(&["search"]).ok();
    assert_eq!((ended.stdout.as_str(), ended.stderr.as_str()), ("", "No access key was found.\n"));
    assert_eq!(world.run(&["search", "--json"]).ok().json(), json!([]));
    assert_eq!(world.run(&["search", "--ids", "--json"]).ok().json(), json!([]));
}

#[test]
fn colour_comes_only_where_it_is_wanted() {
    let world = world();
    assert!(!world.run(&["search"]).ok().stdout.contains('\u{1b}'));
    // What a terminal would get.
    let forced = || world.run(&["search"]).env("CLICOLOR_FORCE", "1").env("TERM", "xterm");
    assert!(forced().ok().stdout.contains("\u{1b}[32mactive"));
    assert!(!forced().env("NO_COLOR", "1").ok().stdout.contains('\u{1b}'));
}

#[test]
fn a_reader_that_has_seen_enough_is_no_error() {
    let world = world();
    // It is gone long before the answer is there.
    let ended = world.run(&["search"]).unread();
    assert_eq!((ended.code, ended.stderr.as_str()), (0, ""));
    // But a secret that nobody reads is lost.
    let ended = world.run(&["rotate", "K2ci"]).unread();
    assert_eq!(ended.code, 8);
    assert!(ended.stderr.contains("the secret of K2ci is lost"), "{}", ended.stderr);
}
