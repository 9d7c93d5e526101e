//! Which project, where, and over what: the options and the environment become a client.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use descope_blocking::descope_core::ConfigBuilder;
use descope_blocking::{CallOptions, Client, ClientBuilder, Error, Secret, UreqTransport};
use descope_emulator::Emulator;

use crate::app::input::{self, Input};
use crate::arguments::misplaced_secret;
use crate::failure::Failure;
use crate::text::time;

#[derive(Debug, Args)]
#[command(next_help_heading = "Connection")]
pub(crate) struct ConnectionArgs {
    /// The project's id, instead of DESCOPE_PROJECT_ID
    #[arg(long, global = true, value_name = "ID", display_order = 200)]
    project_id: Option<String>,
    /// A file with the management key, instead of DESCOPE_MANAGEMENT_KEY; - is standard input
    #[arg(long, global = true, value_name = "FILE", display_order = 200)]
    management_key_file: Option<PathBuf>,
    /// The base URL, instead of DESCOPE_BASE_URL [default: that of the project's region]
    #[arg(long, global = true, value_name = "URL", display_order = 200)]
    base_url: Option<String>,
    /// The time limit of a call, retries included [default: 10s; search 60s; create and rotate 30s]
    #[arg(long, global = true, value_name = "DURATION", value_parser = time::duration, display_order = 200)]
    timeout: Option<Duration>,
    /// The time limit for connecting [default: 5s]
    #[arg(long, global = true, value_name = "DURATION", value_parser = time::duration, display_order = 200, hide_short_help = true)]
    connect_timeout: Option<Duration>,
    /// How many times a request may be sent [default: 3]
    #[arg(long, global = true, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..), display_order = 200, hide_short_help = true)]
    attempts: Option<u32>,
    /// The URL of a proxy without a password, instead of HTTPS_PROXY
    #[arg(long, global = true, value_name = "URL", display_order = 200, hide_short_help = true)]
    proxy: Option<String>,
    /// Use no proxy, whatever the environment says
    #[arg(
        long,
        global = true,
        conflicts_with = "proxy",
        display_order = 200,
        hide_short_help = true
    )]
    no_proxy: bool,
    /// A PEM file with the only certificate authorities to trust, instead of DESCOPE_CA_FILE; can be
    /// repeated
    #[arg(long, global = true, value_name = "FILE", display_order = 200, hide_short_help = true)]
    ca_file: Vec<PathBuf>,
    /// A file of `Name: value` lines to send as headers with every request
    #[arg(long, global = true, value_name = "FILE", display_order = 200, hide_short_help = true)]
    header_file: Option<PathBuf>,
    /// An id for the requests, sent as the header x-external-rid
    #[arg(long, global = true, value_name = "ID", display_order = 200, hide_short_help = true)]
    request_id: Option<String>,
    /// Run this command against an emulator with sample keys; no account is needed
    #[arg(long, global = true, conflicts_with_all = ["project_id", "management_key_file", "base_url"], display_order = 200)]
    pub(crate) emulator: bool,
}

/// A setting, and where it was found.
#[derive(Debug, Clone)]
pub(crate) struct Setting {
    pub(crate) value: Secret,
    pub(crate) source: String,
}

impl Setting {
    pub(crate) fn new(value: impl Into<Secret>, source: impl Into<String>) -> Self {
        Self { value: value.into(), source: source.into() }
    }

    /// A variable of the environment, unless it is empty.
    pub(crate) fn env(name: &str) -> Option<Self> {
        let value = std::env::var(name).ok().filter(|value| !value.trim().is_empty())?;
        Some(Self::new(value, name))
    }
}

/// The settings that the SDK reads from the environment, by their names there.
#[derive(Debug, Default)]
pub(crate) struct Settings(Vec<(&'static str, Setting)>);

const NAMES: [&str; 6] = [
    "DESCOPE_PROJECT_ID",
    "DESCOPE_MANAGEMENT_KEY",
    "DESCOPE_AUTH_MANAGEMENT_KEY",
    "DESCOPE_BASE_URL",
    "DESCOPE_BASE_URI",
    "DESCOPE_PUBLIC_KEY",
];

impl Settings {
    pub(crate) fn of(emulator: &Emulator) -> Self {
        let mut settings = Self::default();
        let base_url = emulator.base_url();
        let values = [
            ("DESCOPE_PROJECT_ID", emulator.project_id()),
            ("DESCOPE_MANAGEMENT_KEY", emulator.management_key()),
            ("DESCOPE_BASE_URL", &base_url),
        ];
        for (name, value) in values {
            settings.set(name, Setting::new(value, "the emulator"));
        }
        settings
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Setting> {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, setting)| setting)
    }

    /// A setting that cannot be used is called what whoever gave it called it.
    fn named(&self, error: Error) -> Failure {
        let of_it = error.field().and_then(|name| Some((name, self.get(name)?)));
        match of_it.map(|(name, setting)| (error.to_string(), name, &setting.source)) {
            Some((text, name, source)) if name != source && text.starts_with(name) => {
                Failure::Usage(format!("{source}{}", &text[name.len()..]))
            }
            _ => error.into(),
        }
    }

    pub(crate) fn set(&mut self, name: &'static str, setting: Setting) {
        self.0.retain(|(known, _)| *known != name);
        self.0.push((name, setting));
    }
}

impl ConnectionArgs {
    /// What the options say, and for what they do not say, the environment.
    pub(crate) fn settings(&self, input: &Input) -> Result<Settings, Failure> {
        let mut settings = Settings::default();
        for name in NAMES {
            if let Some(setting) = Setting::env(name) {
                settings.set(name, setting);
            }
        }
        if let Some(id) = &self.project_id {
            settings.set("DESCOPE_PROJECT_ID", Setting::new(id.as_str(), "--project-id"));
        }
        if let Some(url) = &self.base_url {
            settings.set("DESCOPE_BASE_URL", Setting::new(url.as_str(), "--base-url"));
        }
        if let Some(path) = &self.management_key_file {
            let key = input.secret("the management key", path)?;
            settings.set("DESCOPE_MANAGEMENT_KEY", Setting::new(key, path.display().to_string()));
        }
        for name in ["DESCOPE_PROJECT_ID", "DESCOPE_BASE_URL", "DESCOPE_BASE_URI"] {
            if let Some(Setting { value, source }) = settings.get(name) {
                if misplaced_secret::is_in(value.expose()) {
                    let why = format!("{source} holds a secret, which is neither shown nor sent");
                    return Err(Failure::Usage(why));
                }
            }
        }
        Ok(settings)
    }

    /// A client of these settings. Does no network IO.
    pub(crate) fn client(&self, settings: &Settings) -> Result<Client, Failure> {
        let value = |name: &str| settings.get(name).map(|it| it.value.expose().to_owned());
        let mut config = ConfigBuilder::from_vars(value)?;
        if let Some(timeout) = self.connect_timeout {
            config = config.limits(|limits| limits.connect_timeout = timeout);
        }
        for (name, value) in self.headers()? {
            config = config.header(name, value);
        }
        let mut transport = UreqTransport::builder();
        for path in self.ca_files() {
            transport = transport.ca_file(path);
        }
        if let Some(url) = &self.proxy {
            if url.contains('@') {
                let why = "--proxy holds a user name or password, which others can see on the \
                           command line: put it in HTTPS_PROXY instead";
                return Err(Failure::Usage(why.to_owned()));
            }
            transport = transport.proxy(url);
        }
        if self.no_proxy {
            transport = transport.no_proxy();
        }
        let client = ClientBuilder::from(config).transport(transport.build()?);
        let client = client.build().map_err(|error| settings.named(error))?;
        Ok(client.with_options(self.call_options()))
    }

    fn ca_files(&self) -> Vec<PathBuf> {
        let variable = || std::env::var_os("DESCOPE_CA_FILE").filter(|path| !path.is_empty());
        match self.ca_file.as_slice() {
            [] => variable().map(PathBuf::from).into_iter().collect(),
            files => files.to_vec(),
        }
    }

    fn call_options(&self) -> CallOptions {
        let mut options = CallOptions::new();
        if let Some(timeout) = self.timeout {
            options = options.deadline(timeout);
        }
        if let Some(attempts) = self.attempts {
            options = options.max_attempts(attempts);
        }
        if let Some(id) = &self.request_id {
            options = options.external_request_id(id);
        }
        options
    }

    fn headers(&self) -> Result<Vec<(String, String)>, Failure> {
        let Some(path) = &self.header_file else { return Ok(Vec::new()) };
        let text = input::file(path)?;
        let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
        lines
            .map(|(index, line)| match line.split_once(':') {
                Some((name, value)) => Ok((name.trim().to_owned(), value.trim().to_owned())),
                None => Err(Failure::Usage(format!(
                    "{}, line {}: is not `Name: value`",
                    path.display(),
                    index + 1
                ))),
            })
            .collect()
    }
}
