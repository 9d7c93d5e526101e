//! The core's rooms: each file belongs to one, and a room takes only from rooms beneath it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

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

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../core/src")
}

/// Every source file but `lib.rs`, by its path beneath `src`.
fn files() -> BTreeMap<String, String> {
    fn collect(directory: &Path, into: &mut BTreeMap<String, String>) {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(&path, into);
            } else {
                let name = path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned();
                into.insert(name, fs::read_to_string(&path).unwrap());
            }
        }
    }
    let mut files = BTreeMap::new();
    collect(&root(), &mut files);
    files.remove("lib.rs").expect("the map");
    assert!(files.len() > 50, "{} files", files.len());
    files
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
fn few_rooms_stand_beside_the_map() {
    let entries = fs::read_dir(root()).unwrap().count() - 1;
    assert_eq!(entries, ARROWS.len(), "rooms that the list of arrows does not know");
    assert!(entries <= 10);
}
