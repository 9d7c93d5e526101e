//! The program's options.

use std::ffi::OsString;
use std::fs;
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;

use super::seed_file;
use crate::{Builder, Emulator};

/// `name`: what the program is called. Where it begins with the sample keys whatever is asked for,
/// nothing is said of `--sample`.
pub(super) fn help(name: &str, has_sample: bool) -> String {
    let (sample, begins, options) = match has_sample {
        true => ("", "\nIt begins with a few sample keys.", ""),
        false => (" --sample", "", SAMPLE),
    };
    format!(
        "\
An offline Descope for access keys, for tests in every language.

Examples:
  {name}{sample} -- bash
  {name} --seed project.json -- pytest

Usage: {name} [OPTIONS] [-- COMMAND [ARGUMENTS]]

With a command, runs it with DESCOPE_* variables set so that any SDK talks to
the emulator, and exits with its code. Without, prints them, as lines for a
shell or a .env file, and serves until it is stopped: DESCOPE_BASE_URL,
DESCOPE_BASE_URI (the same, for Python), DESCOPE_PROJECT_ID,
DESCOPE_MANAGEMENT_KEY, and with an active key DESCOPE_ACCESS_KEY.{begins}

Options:
{options}{OPTIONS}

Exit codes: that of COMMAND; 126 where it cannot be run, 127 where it is not
found; 1 where the emulator cannot start, 2 where an argument is wrong."
    )
}

const SAMPLE: &str = "  --sample              Begin with a few sample keys\n";

const OPTIONS: &str = "\
\x20 --seed FILE           What the project holds to begin with, as JSON:
                          {\"keys\": [{\"name\": \"ci\", \"cleartext\": \"K2-of-a-test\",
                             \"keyTenants\": [{\"tenantId\": \"acme\",
                                             \"roleNames\": [\"deployer\"]}]}],
                           \"roles\": {\"deployer\": [\"deploy\"]},
                           \"tenants\": {\"acme\": \"Acme Inc.\"},
                           \"users\": [{\"id\": \"U2a\", \"roleNames\": [\"viewer\"]}]}
                        or a list of keys; their members are the service's
  --control             Take faults, times, tokens to mint and more over HTTP;
                        GET /emulator/ tells what
  --host ADDRESS        Listen on this IP address; 127.0.0.1 by default. In a
                        container it is 0.0.0.0, and a client of this SDK
                        elsewhere needs DESCOPE_ALLOW_PLAIN_HTTP=<the host of
                        its DESCOPE_BASE_URL>
  --port PORT           Listen on this port; a free one by default
  --project-id ID       The project's id
  --management-key KEY  The management key that it takes
  --until-stdin-closes  Stop when standard input ends, as it does when a test
                        that started the emulator through a pipe is over
  --help                Print this
  --version             Print the version";

/// What the program was asked to do.
#[derive(Debug)]
pub(super) enum Request {
    Run(Box<Options>),
    Help { has_sample: bool },
    Version,
}

#[derive(Debug, PartialEq)]
pub(super) struct Options {
    pub(super) host: IpAddr,
    pub(super) port: u16,
    project_id: Option<String>,
    management_key: Option<String>,
    sample: bool,
    seed: Option<PathBuf>,
    control: bool,
    pub(super) until_stdin_closes: bool,
    pub(super) command: Vec<OsString>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            host: Ipv4Addr::LOCALHOST.into(),
            port: 0,
            project_id: None,
            management_key: None,
            sample: false,
            seed: None,
            control: false,
            until_stdin_closes: false,
            command: Vec::new(),
        }
    }
}

impl Options {
    /// Reads the arguments that follow the program's name; values are given as `--name value` or
    /// `--name=value`.
    pub(super) fn parse(mut args: impl Iterator<Item = OsString>) -> Result<Request, String> {
        let mut options = Self::default();
        while let Some(arg) = args.next() {
            if arg == "--" {
                options.command = args.by_ref().collect();
                if options.command.is_empty() {
                    return Err("there is no command after --".to_owned());
                }
                break;
            }
            let arg = text("an option", arg)?;
            let (name, inline) = match arg.split_once('=') {
                Some((name, value)) => (name, Some(OsString::from(value))),
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
                "--help" | "-h" => return Ok(Request::Help { has_sample: options.sample }),
                "--version" => return Ok(Request::Version),
                "--host" => options.host = parsed(name, value()?)?,
                "--port" => options.port = parsed(name, value()?)?,
                "--project-id" => options.project_id = Some(text(name, value()?)?),
                "--management-key" => options.management_key = Some(text(name, value()?)?),
                "--sample" => options.sample = true,
                "--seed" => options.seed = Some(value()?.into()),
                "--control" => options.control = true,
                "--until-stdin-closes" => options.until_stdin_closes = true,
                _ if name.starts_with('-') => return Err(format!("there is no option {name}")),
                _ => return Err(format!("a command stands after --: -- {arg}")),
            }
        }
        if options.until_stdin_closes && !options.command.is_empty() {
            return Err("--until-stdin-closes and a command exclude each other".to_owned());
        }
        Ok(Request::Run(Box::new(options)))
    }

    /// The emulator that they ask for; reads the seed file.
    pub(super) fn builder(&self) -> Result<Builder, String> {
        let mut builder = Emulator::builder().host(self.host).port(self.port).control(self.control);
        if let Some(id) = &self.project_id {
            builder = builder.project_id(id);
        }
        if let Some(key) = &self.management_key {
            builder = builder.management_key(key);
        }
        if let Some(file) = &self.seed {
            let named = |error: String| format!("{}: {error}", file.display());
            let json = fs::read_to_string(file).map_err(|error| named(error.to_string()))?;
            builder = seed_file::add(builder, &json).map_err(named)?;
        }
        Ok(if self.sample { builder.sample() } else { builder })
    }
}

fn text(name: &str, value: OsString) -> Result<String, String> {
    value.into_string().map_err(|_| format!("{name}: it is not UTF-8"))
}

fn parsed<T>(name: &str, value: OsString) -> Result<T, String>
where
    T: std::str::FromStr<Err: std::fmt::Display>,
{
    let value = text(name, value)?;
    value.parse().map_err(|error| format!("{name} {value}: {error}"))
}

fn is_switch(name: &str) -> bool {
    let switches = ["--help", "-h", "--version", "--sample", "--control", "--until-stdin-closes"];
    switches.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(args: &[&str]) -> Result<Request, String> {
        Options::parse(args.iter().map(Into::into))
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
            "--host",
            "::1",
            "--project-id",
            "P2x",
            "--management-key=a=b",
            "--until-stdin-closes",
        ]);
        assert_eq!((given.port, given.until_stdin_closes), (8080, true));
        assert!(given.host.is_loopback() && given.host.is_ipv6());
        assert_eq!(given.project_id.as_deref(), Some("P2x"));
        assert_eq!(given.management_key.as_deref(), Some("a=b"));
    }

    #[test]
    fn what_follows_two_dashes_is_the_command() {
        let given = options(&["--control", "--", "sh", "-c", "--", "--port"]);
        assert_eq!(given.command, ["sh", "-c", "--", "--port"]);
        assert!(given.control);
    }

    #[test]
    fn wrong_options_are_named() {
        for (args, error) in [
            (&["--prot", "1"][..], "there is no option --prot"),
            (&["pytest", "-x"], "a command stands after --: -- pytest"),
            (&["--"], "there is no command after --"),
            (&["--port"], "--port needs a value"),
            (&["--port", "70000"], "--port 70000: number too large to fit in target type"),
            (&["--host", "emulator"], "--host emulator: invalid IP address syntax"),
            (&["--help=x"], "--help takes no value"),
            (
                &["--until-stdin-closes", "--", "true"],
                "--until-stdin-closes and a command exclude each other",
            ),
        ] {
            assert_eq!(parse(args).unwrap_err(), error);
        }
    }

    #[test]
    fn help_names_every_option_and_the_program() {
        let help = help("a-tool emulator", false);
        assert!(help.contains("Usage: a-tool emulator ["), "{help}");
        assert_eq!(help.lines().find(|line| line.len() > 80), None);
        for name in [
            "sample",
            "seed",
            "control",
            "host",
            "port",
            "project-id",
            "management-key",
            "until-stdin-closes",
            "help",
            "version",
        ] {
            assert!(help.contains(&format!("\n  --{name} ")), "{name}");
        }
        let with_sample = super::help("a-tool emulator", true);
        assert!(help.contains(" --sample") && !with_sample.contains(" --sample"), "{with_sample}");
        assert!(with_sample.contains("begins with a few sample keys."), "{with_sample}");
        assert_eq!(with_sample.lines().find(|line| line.len() > 80), None);
    }
}
