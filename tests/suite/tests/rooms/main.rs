//! The core's rooms: each file belongs to one, a room takes only from rooms beneath it, and no file takes
//! in a circle.

mod imports;

use std::collections::{BTreeMap, BTreeSet};

use self::imports::{Files, arrows, circle, files};

/// From which rooms each may take. Whatever is not here is not allowed.
const ARROWS: [(&str, &[&str]); 10] = [
    ("context", &["replacing", "session", "endpoints", "call", "config", "error", "jwt", "base"]),
    ("replacing", &["session", "endpoints", "call", "config", "error", "base"]),
    ("session", &["endpoints", "call", "config", "error", "jwt", "base"]),
    ("endpoints", &["call", "config", "error", "jwt", "json", "base"]),
    ("call", &["config", "error", "json", "base"]),
    ("config", &["error", "jwt", "base"]),
    ("error", &["jwt", "json", "base"]),
    ("jwt", &["json", "base"]),
    ("json", &["base"]),
    ("base", &[]),
];

fn room(file: &str) -> &str {
    file.split('/').next().unwrap().trim_end_matches(".rs")
}

/// What the code of a file takes of the crate: the word after each `crate::`.
fn taken(text: &str) -> Vec<&str> {
    let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    let paths = code.flat_map(|line| line.split("crate::").skip(1));
    let word = |c: char| c.is_alphanumeric() || c == '_';
    paths.map(|path| path.split(|c| !word(c)).next().unwrap()).collect()
}

#[test]
fn the_scanner_sees_what_is_taken() {
    let text = "/// [`x`](crate::Context)\nuse crate::base::Now;\nlet a = crate::call::retry::mix(1);\n\
        use crate::{Error, jwt};\n";
    assert_eq!(taken(text), ["base", "call", ""]);
}

#[test]
fn a_room_takes_from_rooms_beneath_it_alone() {
    for (file, text) in files() {
        let room = room(&file);
        let (_, allowed) = ARROWS.iter().find(|(name, _)| *name == room).expect(room);
        for taken in taken(&text) {
            assert!(
                taken == room || allowed.contains(&taken),
                "{file} takes from `crate::{taken}`; {room} may take from {allowed:?}"
            );
        }
    }
}

#[test]
fn the_arrows_go_down() {
    for (place, (room, beneath)) in ARROWS.iter().enumerate() {
        for target in *beneath {
            let below = ARROWS[place + 1..].iter().any(|(name, _)| name == target);
            assert!(below, "{room} → {target} goes up");
        }
    }
}

#[test]
fn names_tell_files_apart() {
    let mut seen = BTreeMap::new();
    for file in files().into_keys() {
        let name = file.rsplit('/').next().unwrap().to_owned();
        if name == "mod.rs" {
            continue;
        }
        if let Some(other) = seen.insert(name, file.clone()) {
            panic!("{file} and {other} have one name");
        }
    }
}

#[test]
fn the_rooms_are_those_that_the_list_of_arrows_knows() {
    let rooms: BTreeSet<_> = files().keys().map(|file| room(file).to_owned()).collect();
    let known = ARROWS.map(|(room, _)| room.to_owned());
    assert_eq!(rooms, BTreeSet::from(known));
}

#[test]
fn a_circle_is_seen_through_what_a_room_hands_on() {
    let files = Files::from(
        [
            ("a/mod.rs", "mod b;\nmod c;\npub use b::B;\npub(crate) use c::{self, C};"),
            ("a/b.rs", "use crate::{\n    a::{C, c::D},\n};\nmod tests {\nuse crate::e::E;\n}"),
            ("a/c.rs", "/// [`E`](crate::e::E)\nfn f(b: &super::B) {}"),
            ("e.rs", "use crate::a::B;\nuse alloc::a::B;"),
        ]
        .map(|(file, text)| (file.to_owned(), text.to_owned())),
    );
    assert_eq!(circle(&arrows(&files)).unwrap(), ["a/b.rs", "a/c.rs", "a/b.rs"]);
}

#[test]
fn no_file_takes_in_a_circle() {
    if let Some(way) = circle(&arrows(&files())) {
        panic!("{}", way.join(" takes from "));
    }
}
