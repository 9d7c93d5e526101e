//! `descope-keys completions`

use std::process::Command;

use crate::world::{Run, World};

#[test]
fn every_shell_has_a_script() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = Run::bare(&["completions", shell]).ok().stdout;
        for word in ["whoami", "find-unconfirmed", "expiring-within", "secret-file"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
    }
    Run::bare(&["completions", "tcsh"]).fails(2);
}

#[test]
fn bash_completes_commands_and_options() {
    let world = World::new();
    let script = world.file("descope-keys.bash", &Run::bare(&["completions", "bash"]).ok().stdout);
    let complete = |words: &str| {
        let count = words.split_whitespace().count();
        let program = format!(
            "source '{}'; COMP_WORDS=({words}); COMP_CWORD={}; _descope__keys descope-keys '{}' ''; \
             printf '%s\\n' \"${{COMPREPLY[@]}}\"",
            script.display(),
            count - 1,
            words.split_whitespace().last().unwrap(),
        );
        match Command::new("bash").args(["--norc", "-c", &program]).output() {
            Ok(output) => Some(String::from_utf8(output.stdout).unwrap()),
            Err(_) => None,
        }
    };
    let Some(commands) = complete("descope-keys de") else {
        println!("skipped: there is no bash");
        return;
    };
    assert_eq!(commands, "deactivate\ndelete\n");
    assert_eq!(complete("descope-keys create --sec").unwrap(), "--secret-only\n--secret-file\n");
}
