//! The rooms of the core and of the tool: each file belongs to one, a room takes only from rooms beneath
//! it, and no file takes in a circle.

mod imports;

use std::collections::{BTreeMap, BTreeSet};

use self::imports::{Files, arrows, circle, files};

/// A crate, from which rooms each of its rooms may take. Whatever is not here is not allowed.
struct House {
    sources: &'static str,
    /// The file that stands above the rooms.
    map: &'static str,
    arrows: &'static [(&'static str, &'static [&'static str])],
}

const HOUSES: [House; 2] = [
    House { sources: "core/src", map: "lib.rs", arrows: &CORE },
    House { sources: "blocking/tool/src", map: "main.rs", arrows: &TOOL },
];

const CORE: [(&str, &[&str]); 10] = [
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

/// A command's arguments become a request, what comes of it a text.
const TOOL: [(&str, &[&str]); 10] = [
    ("cli", &["commands", "app", "failure", "arguments", "text"]),
    (
        "commands",
        &["secrets", "sessions", "keys", "processes", "app", "failure", "arguments", "text"],
    ),
    ("secrets", &["keys", "processes", "app", "failure", "arguments", "text"]),
    ("sessions", &["app", "failure", "arguments", "text"]),
    ("keys", &["app", "failure", "arguments", "text"]),
    ("processes", &["app", "failure"]),
    ("app", &["failure", "arguments", "text"]),
    ("failure", &["text"]),
    ("arguments", &["text"]),
    ("text", &[]),
];

impl House {
    /// Every source file but the map, by its path beneath the sources.
    fn files(&self) -> Files {
        let mut files = files(self.sources);
        files.remove(self.map).expect("the map");
        assert!(files.len() > 50, "{} files in {}", files.len(), self.sources);
        files
    }
}

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
    for house in HOUSES {
        for (file, text) in house.files() {
            let room = room(&file);
            let (_, allowed) = house.arrows.iter().find(|(name, _)| *name == room).expect(room);
            for taken in taken(&text) {
                assert!(
                    taken == room || allowed.contains(&taken),
                    "{file} takes from `crate::{taken}`; {room} may take from {allowed:?}"
                );
            }
        }
    }
}

#[test]
fn the_arrows_go_down() {
    for House { arrows, .. } in HOUSES {
        for (place, (room, beneath)) in arrows.iter().enumerate() {
            for target in *beneath {
                let below = arrows[place + 1..].iter().any(|(name, _)| name == target);
                assert!(below, "{room} → {target} goes up");
            }
        }
    }
}

#[test]
fn names_tell_files_apart() {
    for house in HOUSES {
        let mut seen = BTreeMap::new();
        for file in house.files().into_keys() {
            let name = file.rsplit('/').next().unwrap().to_owned();
            if name == "mod.rs" {
                continue;
            }
            if let Some(other) = seen.insert(name, file.clone()) {
                panic!("{file} and {other} have one name");
            }
        }
    }
}

#[test]
fn the_rooms_are_those_that_the_list_of_arrows_knows() {
    for house in HOUSES {
        let files = house.files();
        let rooms: BTreeSet<_> = files.keys().map(|file| room(file)).collect();
        let known = house.arrows.iter().map(|(room, _)| *room);
        assert_eq!(rooms, known.collect(), "{}", house.sources);
    }
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
    for house in HOUSES {
        if let Some(way) = circle(&arrows(&house.files())) {
            panic!("{}", way.join(" takes from "));
        }
    }
}
