//! Fetches settings with a session token, which it exchanges an access key for.
//!
//! It reads `SETTINGS_URL`, and beside it `DESCOPE_PROJECT_ID`, `DESCOPE_ACCESS_KEY` and, where there
//! is one, `DESCOPE_BASE_URL`. Without `SETTINGS_URL` it touches no network, and the settings are
//! empty. The exchange, and then the fetch, may each take `SETTINGS_TIMEOUT` seconds, 5 by default. It
//! runs again only when one of these changes.

use std::env;
use std::error::Error;
use std::fs;
use std::net::IpAddr;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use descope_blocking::{ClientBuilder, access_key_from_env};
use ureq::Agent;
use ureq::http::Uri;

const MAX_BYTES: u64 = 1 << 20;
const VARIABLES: [&str; 5] = [
    "SETTINGS_URL",
    "SETTINGS_TIMEOUT",
    "DESCOPE_PROJECT_ID",
    "DESCOPE_ACCESS_KEY",
    "DESCOPE_BASE_URL",
];

pub(crate) fn main() -> ExitCode {
    println!("cargo::rerun-if-changed=build");
    for name in VARIABLES {
        println!("cargo::rerun-if-env-changed={name}");
    }
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // A directive is one line.
            println!("cargo::error=settings: {}", error.to_string().replace('\n', " "));
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let directory = env::var_os("OUT_DIR").ok_or("OUT_DIR is not set")?;
    let settings = match env::var("SETTINGS_URL") {
        Ok(url) if !url.is_empty() => fetch(&url)?,
        _ => String::new(),
    };
    // The settings alone: the token goes into no file.
    fs::write(Path::new(&directory).join("settings.txt"), settings)?;
    Ok(())
}

fn fetch(url: &str) -> Result<String, Box<dyn Error>> {
    let seconds = env::var("SETTINGS_TIMEOUT").unwrap_or_else(|_| "5".to_owned());
    let timeout = seconds.parse().map_err(|error| format!("SETTINGS_TIMEOUT: {error}"))?;
    let timeout = Duration::from_secs(timeout);
    let client = ClientBuilder::from_env()?.deadline(timeout).build()?;
    let session = client.exchange(access_key_from_env()?)?;

    let loopback = is_loopback(url);
    let mut config = Agent::config_builder()
        .timeout_global(Some(timeout))
        .https_only(!loopback)
        // The token is for this host alone.
        .max_redirects(0)
        .max_redirects_will_error(false)
        .http_status_as_error(false);
    if loopback {
        config = config.proxy(None);
    }
    let agent: Agent = config.build().into();
    let fetched = agent.get(url).header("authorization", session.authorization()).call();
    let mut answer = fetched.map_err(|error| format!("{url}: {error}"))?;
    if answer.status() != 200 {
        return Err(format!("{url}: answers with status {}", answer.status()).into());
    }
    let text = answer.body_mut().with_config().limit(MAX_BYTES).read_to_string();
    text.map_err(|error| format!("{url}: {error}").into())
}

fn is_loopback(url: &str) -> bool {
    let Ok(uri) = url.parse::<Uri>() else { return false };
    let host = uri.host().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}
