//! No secret on the command line, nor on standard error (which every test checks).

use crate::world::{ACCESS_KEY, Run, World};

#[test]
fn no_option_takes_a_secret() {
    for option in
        ["--management-key", "--access-key", "--cleartext", "--token", "--secret", "--password"]
    {
        for command in ["create", "exchange", "token", "validate", "whoami"] {
            let ended = Run::bare(&[command, option, ACCESS_KEY]).fails(2);
            assert_eq!(ended.stdout, "");
            assert!(ended.stderr.contains("unexpected argument"), "{}", ended.stderr);
        }
    }
}

#[test]
fn commands_that_were_not_asked_for_a_secret_print_none() {
    let world = World::new();
    let secrets = [ACCESS_KEY, world.emulator.management_key(), "eyJ"];
    for arguments in [
        &["load", "K2ci"][..],
        &["search"],
        &["update", "K2ci", "--description", "x"],
        &["deactivate", "K2ci"],
        &["activate", "K2ci"],
        &["whoami"],
        &["delete", "K2ci", "--yes"],
    ] {
        for format in [&[][..], &["--json"], &["--verbose"]] {
            let arguments = [arguments, format].concat();
            let ended = world.run(&arguments).with_access_key().end();
            for secret in secrets {
                assert!(!ended.stdout.contains(secret), "{arguments:?}: {}", ended.stdout);
            }
        }
    }
}
