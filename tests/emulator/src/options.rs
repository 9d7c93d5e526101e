//! The program's options.

use std::collections::{HashMap, HashSet};
use std::fs;

use descope_emulator::{Builder, Emulator, Key, User};
use serde::Deserialize;

const HELP: &str = "\
An offline Descope for access keys, served on 127.0.0.1 until it is stopped.

Usage: descope-emulator [OPTIONS]

It prints the settings that point an SDK at it, as lines for a shell or a .env file:
DESCOPE_BASE_URL, DESCOPE_PROJECT_ID and DESCOPE_MANAGEMENT_KEY.

Options:
  --port PORT           Listen on this port; a free one by default
  --project-id ID       The project's id
  --management-key KEY  The management key that it takes
  --seed FILE           What the project holds to begin with, as JSON, for example
                          {\"keys\": [{\"name\": \"ci\", \"cleartext\": \"K2-of-a-test\",
                                     \"keyTenants\": [{\"tenantId\": \"acme\",
                                                     \"roleNames\": [\"deployer\"]}]}],
                           \"roles\": {\"deployer\": [\"deploy\"]},
                           \"tenants\": {\"acme\": \"Acme Inc.\"},
                           \"users\": [{\"id\": \"U2a\", \"roleNames\": [\"viewer\"]}]}
                        or a list of keys; their members are those of the service
  --control             Take faults, times, tokens to mint and more beneath /emulator/;
                        see the documentation of Builder::control
  --until-stdin-closes  Stop when standard input ends, as it does when a test that
                        started the emulator through a pipe is over
  --help                Print this
  --version             Print the version";

/// What the program was asked to do.
#[derive(Debug)]
pub(crate) enum Request {
    Run(Box<Options>),
    Print(String),
}

#[derive(Debug, Default, PartialEq)]
pub(crate) struct Options {
    pub(crate) port: u16,
    project_id: Option<String>,
    management_key: Option<String>,
    seed: Option<String>,
    control: bool,
    pub(crate) until_stdin_closes: bool,
}

/// The contents of a seed file.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Project {
    #[serde(default)]
    keys: Vec<Key>,
    #[serde(default)]
    users: Vec<User>,
    #[serde(default)]
    roles: HashMap<String, Vec<String>>,
    #[serde(default)]
    tenants: HashMap<String, String>,
}

impl Options {
    /// Reads the arguments that follow the program's name; values are given as `--name value` or
    /// `--name=value`.
    pub(crate) fn parse(mut args: impl Iterator<Item = String>) -> Result<Request, String> {
        let mut options = Self::default();
        while let Some(arg) = args.next() {
            let (name, inline) = match arg.split_once('=') {
                Some((name, value)) => (name, Some(value.to_owned())),
                None => (arg.as_str(), None),
            };
            if inline.is_some() && is_switch(name) {
                return Err(format!("{name} takes no value"));
            }
            let mut value = || {
                inline
                    .clone()
                    .or_else(|| args.next())
                    .ok_or_else(|| format!("{name} needs a value"))
            };
            match name {
                "--help" | "-h" => return Ok(Request::Print(HELP.to_owned())),
                "--version" => {
                    let text = concat!("descope-emulator ", env!("CARGO_PKG_VERSION"));
                    return Ok(Request::Print(text.to_owned()));
                }
                "--port" => {
                    options.port = value()?.parse().map_err(|error| format!("--port: {error}"))?;
                }
                "--project-id" => options.project_id = Some(value()?),
                "--management-key" => options.management_key = Some(value()?),
                "--seed" => options.seed = Some(value()?),
                "--control" => options.control = true,
                "--until-stdin-closes" => options.until_stdin_closes = true,
                _ => return Err(format!("there is no option {name}")),
            }
        }
        Ok(Request::Run(Box::new(options)))
    }

    /// The emulator that they ask for; reads the seed file.
    pub(crate) fn builder(&self) -> Result<Builder, String> {
        let mut builder = Emulator::builder().port(self.port).control(self.control);
        if let Some(id) = &self.project_id {
            builder = builder.project_id(id);
        }
        if let Some(key) = &self.management_key {
            builder = builder.management_key(key);
        }
        if let Some(path) = &self.seed {
            let text = fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))?;
            builder = seeded(builder, &text).map_err(|error| format!("{path}: {error}"))?;
        }
        Ok(builder)
    }
}

fn is_switch(name: &str) -> bool {
    matches!(name, "--help" | "-h" | "--version" | "--control" | "--until-stdin-closes")
}

fn seeded(mut builder: Builder, json: &str) -> Result<Builder, String> {
    let project = project(json).map_err(|error| error.to_string())?;
    let mut secrets = HashSet::new();
    for key in project.keys.iter().filter(|key| !key.cleartext().is_empty()) {
        if !secrets.insert(key.cleartext()) {
            return Err(format!("the key {:?} has the cleartext of another one", key.name));
        }
    }
    for (role, permissions) in project.roles {
        builder = builder.role(role, permissions);
    }
    for (id, name) in project.tenants {
        builder = builder.tenant(id, name);
    }
    for user in project.users {
        builder = builder.user(user);
    }
    Ok(builder.keys(project.keys))
}

/// Read as what it looks like, for an error that says more than "neither".
fn project(json: &str) -> Result<Project, serde_json::Error> {
    if json.trim_start().starts_with('[') {
        Ok(Project { keys: serde_json::from_str(json)?, ..Project::default() })
    } else {
        serde_json::from_str(json)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(args: &[&str]) -> Result<Request, String> {
        Options::parse(args.iter().map(ToString::to_string))
    }

    fn options(args: &[&str]) -> Options {
        match parse(args) {
            Ok(Request::Run(options)) => *options,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn values_are_given_in_two_ways() {
        assert_eq!(options(&[]), Options::default());
        let given = options(&[
            "--port=8080",
            "--project-id",
            "P2x",
            "--management-key=a=b",
            "--until-stdin-closes",
        ]);
        assert_eq!((given.port, given.until_stdin_closes), (8080, true));
        assert_eq!(given.project_id.as_deref(), Some("P2x"));
        assert_eq!(given.management_key.as_deref(), Some("a=b"));
    }

    #[test]
    fn wrong_options_are_named() {
        for (args, error) in [
            (&["--prot", "1"][..], "there is no option --prot"),
            (&["8080"], "there is no option 8080"),
            (&["--port"], "--port needs a value"),
            (&["--port", "70000"], "--port: number too large to fit in target type"),
            (&["--help=x"], "--help takes no value"),
        ] {
            assert_eq!(parse(args).unwrap_err(), error);
        }
    }

    #[test]
    fn help_names_every_option() {
        let Ok(Request::Print(help)) = parse(&["--help"]) else { panic!("no help") };
        for name in
            ["port", "project-id", "management-key", "seed", "control", "until-stdin-closes"]
        {
            assert!(help.contains(&format!("--{name}")), "{name}");
        }
    }

    #[test]
    fn a_seed_is_a_project_or_a_list_of_keys() {
        let seed = |json| Ok::<_, String>(seeded(Emulator::builder(), json)?.in_process().keys());
        let keys = seed(
            r#"{"keys": [{"name": "ci", "cleartext": "K2c", "keyTenants": [{"tenantId": "acme"}]}],
                "roles": {"deployer": ["deploy"]}, "tenants": {"acme": "Acme Inc."},
                "users": [{"id": "U2a", "roleNames": ["viewer"]}]}"#,
        );
        let keys: Vec<Key> = keys.unwrap();
        assert_eq!((keys[0].name.as_str(), keys[0].cleartext()), ("ci", "K2c"));
        assert_eq!(keys[0].key_tenants[0].tenant_name, "Acme Inc.");
        assert_eq!(seed(r#"[{"name": "a"}, {"name": "b"}]"#).unwrap().len(), 2);
        for wrong in ["", "7", "{\"key\": []}", "[{\"name\": 7}]"] {
            assert!(seed(wrong).is_err(), "{wrong}");
        }
        let twice = r#"[{"name": "a", "cleartext": "hush"}, {"name": "b", "cleartext": "hush"}]"#;
        assert_eq!(seed(twice).unwrap_err(), "the key \"b\" has the cleartext of another one");
    }
}
