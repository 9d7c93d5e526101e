//! Help, version and README.

use crate::world::{Ended, Run};

/// The commands, as the help lists them.
fn commands() -> Vec<String> {
    let help = Run::bare(&["--help"]).ok().stdout;
    let list = help.split("Commands:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    let first = |line: &str| line.split_whitespace().next().unwrap().to_owned();
    let names = list.lines().filter(|line| !line.starts_with("   ")).map(first);
    names.filter(|name| name != "help").collect()
}

#[test]
fn help_and_version_are_answers() {
    for arguments in [&["--help"][..], &["-h"], &["help"], &["--version"], &["help", "create"]] {
        let ended = Run::bare(arguments).ok();
        assert_eq!(ended.stderr, "");
        assert!(!ended.stdout.is_empty());
    }
    let help = Run::bare(&["--help"]).ok().stdout;
    for arguments in [&["help", "--help"], &["help", "-h"]] {
        assert_eq!(Run::bare(arguments).ok().stdout, help);
    }
    let of_create = Run::bare(&["create", "--help"]).ok().stdout;
    assert_eq!(Run::bare(&["help", "create", "--help"]).ok().stdout, of_create);
    let Ended { code, stdout, stderr } = Run::bare(&[]).end();
    assert_eq!((code, stdout.as_str()), (2, ""));
    assert!(stderr.contains("Usage: descope-keys"), "{stderr}");
}

#[test]
fn every_command_explains_itself() {
    let commands = commands();
    assert!(commands.len() >= 15, "{commands:?}");
    for command in &commands {
        for option in ["-h", "--help"] {
            let help = Run::bare(&[command, option]).ok().stdout;
            assert!(help.contains("Usage: descope-keys"), "{help}");
            // Every argument says what it is.
            let lines: Vec<&str> = help.lines().collect();
            for (index, line) in lines.iter().enumerate() {
                let words = line.trim_start();
                let bare = words.starts_with("--") && !words.contains("  ");
                let explained = lines.get(index + 1).is_some_and(|next| next.starts_with("      "));
                assert!(!bare || explained, "{command}: {line}");
            }
            let wide = lines.iter().find(|line| line.chars().count() > 100);
            assert_eq!(wide, None, "{command}");
            // Examples come first.
            let at = |text| help.find(text);
            assert!(at("\nExample") < at("\nUsage:") && at("\nExample").is_some(), "{help}");
            // What it does is one line, and how it ends is said, or where that is.
            assert!(lines[0].len() <= 80 && lines[1].is_empty(), "{help}");
            assert!(help.contains("\nExit codes:") && help.ends_with('\n'), "{help}");
        }
    }
}

#[cfg(unix)]
#[test]
fn help_fits_80_columns() {
    let end = |columns| {
        let help = Run::bare(&["--help"]).on_terminal(columns).stdout;
        help.split_once("\nEnvironment:").expect("variables are told").1.to_owned()
    };
    assert_eq!(end(80), end(200));
    for command in commands() {
        let help = Run::bare(&[&command, "--help"]).on_terminal(80).stdout;
        let wide = help.lines().find(|line| line.chars().count() > 80);
        assert_eq!(wide, None, "{command}");
        // No example is broken into lines that nobody can paste.
        let examples =
            help.split("\nExample").nth(1).and_then(|it| it.split("\n\n").next()).unwrap();
        let mut goes_on = false;
        for line in examples.lines().skip(1) {
            let is_one = line.starts_with("  ") && line.contains("descope-keys ");
            assert!(is_one || goes_on && line.starts_with("    "), "{command}: {line}");
            goes_on = line.ends_with('\\');
        }
    }
}

#[test]
fn what_was_probably_meant_is_told() {
    for (arguments, tip) in [
        (&["exec", "sh", "-c", "true"][..], "put -- before the command"),
        (&["replace", "K2abc", "./deploy.sh"], "put -- before the command"),
        (&["leaked", "--replace", "./deploy.sh"], "put -- before the command"),
        (
            &["update", "K2abc", "--expires-in", "30d"],
            "the expiry of a key cannot be changed: use `descope-keys replace --expires-in`",
        ),
        (&["create", "--name", "foo", "--never-expires"], "the name is given without --name"),
        (&["find-unconfirmed", "ci"], "with --marker MARKER the times are not needed"),
    ] {
        let ended = Run::bare(arguments).fails(2);
        let tips: Vec<&str> =
            ended.stderr.lines().filter_map(|line| line.strip_prefix("  tip: ")).collect();
        assert_eq!(tips, [tip], "{}", ended.stderr);
    }
    let ended = Run::bare(&["replace", "K2abc", "K2def", "--", "true"]).fails(2);
    assert!(!ended.stderr.contains("put --"), "{}", ended.stderr);
}

#[test]
fn common_names_are_understood() {
    for (alias, command) in [("list", "search"), ("show", "load"), ("rm", "delete")] {
        let usage = |name| Run::bare(&[name, "--help"]).ok().stdout;
        assert_eq!(usage(alias), usage(command));
        assert!(Run::bare(&["--help"]).ok().stdout.contains(&format!("[alias: {alias}]")));
    }
}

#[test]
fn the_exit_codes_are_documented() {
    let help = Run::bare(&["--help"]).ok().stdout;
    let readme = include_str!("../../README.md");
    for text in [
        "0  done",
        "1  refused",
        "2  usage",
        "3  not found",
        "4  unauthorized",
        "5  rate limited",
        "6  outcome unknown",
        "7  unreachable",
        "8  secret lost",
    ] {
        assert!(help.contains(text), "{text}");
        let (code, word) = text.split_once("  ").unwrap();
        assert!(readme.contains(&format!("| {code} | {word}")), "{text}");
        // In JSON.
        assert!(readme.contains(&format!("`{}`", word.replace(' ', "_"))), "{text}");
    }
}

#[test]
fn the_readme_names_every_command_and_no_other() {
    let readme = include_str!("../../README.md");
    let mut commands = commands();
    for command in &commands {
        assert!(readme.contains(&format!("\n| `{command}")), "{command}");
    }
    let table = readme.split("\n## Commands\n").nth(1).unwrap().split("\n### ").next().unwrap();
    let rows = table.lines().filter_map(|line| line.strip_prefix("| `"));
    let mut named: Vec<String> =
        rows.map(|row| row.split([' ', '`']).next().unwrap().to_owned()).collect();
    named.sort();
    commands.sort();
    assert_eq!(named, commands);
}
