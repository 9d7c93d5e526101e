//! The core does no IO. The compiler sees to it: the crate is `no_std`, and what it takes of `std`
//! comes through one door. This sees to the door, and to what not every target has.

use std::fs;
use std::path::{Path, PathBuf};

const DOOR: &str = "std_parts.rs";

fn sources() -> Vec<(PathBuf, String)> {
    fn collect(directory: &Path, into: &mut Vec<(PathBuf, String)>) {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(&path, into);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                into.push((path, text));
            }
        }
    }
    let mut sources = Vec::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../core/src"), &mut sources);
    assert!(sources.len() > 30, "{} files", sources.len());
    sources
}

/// The code of a file: comments, in which examples name `std`, are left out.
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let numbered = text.lines().enumerate().map(|(line, code)| (line + 1, code.trim()));
    numbered.filter(|(_, code)| !code.starts_with("//"))
}

/// The lines that take something of `std` past the door.
fn past_the_door(text: &str) -> Vec<usize> {
    let words = |code: &str| {
        let word = |c: char| c.is_alphanumeric() || c == '_';
        code.split(|c| !word(c)).any(|word| word == "std")
    };
    // `no_std` is one word; `"std"` is the name of a feature of dependencies.
    code(text).filter(|(_, code)| words(code)).map(|(line, _)| line).collect()
}

#[test]
fn the_scanner_sees_what_it_should() {
    let offending = "use std::net::TcpStream;\nlet t = ::std::time::Instant::now();\n\
        extern crate std;\nuse {core, std as s};\n";
    assert_eq!(past_the_door(offending), [1, 2, 3, 4]);
    let fine = "//! std::time\n#![no_std]\n/// std::thread\nuse crate::std_parts::Mutex;\n";
    assert!(past_the_door(fine).is_empty());
}

#[test]
fn std_is_named_at_the_door_alone() {
    let mut doors = 0;
    for (path, text) in sources() {
        if path.ends_with(DOOR) {
            doors += 1;
        } else {
            let lines = past_the_door(&text);
            assert!(lines.is_empty(), "{} takes of std in lines {lines:?}", path.display());
        }
        if path.ends_with("src/lib.rs") {
            assert!(code(&text).any(|(_, code)| code == "#![no_std]"));
        }
    }
    assert_eq!(doors, 1);
}

#[test]
fn the_door_lets_locks_a_shield_and_the_type_of_a_time_through_and_nothing_else() {
    let (_, text) = sources().into_iter().find(|(path, _)| path.ends_with(DOOR)).unwrap();
    let code = code(&text).map(|(_, code)| code);
    let taken: Vec<_> = code.filter(|code| code.contains("std")).collect();
    assert_eq!(
        taken,
        [
            "extern crate std;",
            "use std::panic::{AssertUnwindSafe, catch_unwind};",
            "pub(crate) use std::sync::RwLock;",
            "pub(crate) use std::sync::{Mutex, MutexGuard, PoisonError};",
            "pub(crate) use std::time::{SystemTime, UNIX_EPOCH};",
        ]
    );
}

/// What other crates could do in its stead: read a clock, draw the system's randomness.
#[test]
fn nothing_reads_a_clock_or_the_systems_randomness() {
    for (path, text) in sources() {
        for (line, code) in code(&text) {
            for call in ["SystemTime::now", "Instant", ".elapsed()", "SystemRandom", "getrandom"] {
                assert!(!code.contains(call), "{}:{line} names {call}", path.display());
            }
        }
    }
}

/// powerpc, mips and armv5 have none of 64 bits, and there the crate would not build.
#[test]
fn atomics_are_a_word_at_most() {
    for (path, text) in sources() {
        for (line, code) in code(&text) {
            for wide in ["AtomicU64", "AtomicI64"] {
                assert!(!code.contains(wide), "{}:{line} names {wide}", path.display());
            }
        }
    }
}
