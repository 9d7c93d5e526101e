//! A transport that runs the `curl` program: `cargo run -p curl-transport`.
//!
//! For a place where curl is what gets through: its TLS library, its proxy, its patches. With
//! `DESCOPE_PROJECT_ID` and `DESCOPE_ACCESS_KEY` set it exchanges that key; else it does so against
//! an emulator in this process.

mod answer;
mod config;
mod curl;
mod exit_code;
#[cfg(test)]
mod tests;

use descope_blocking::{Client, ClientBuilder, Error, Secret, access_key_from_env};
use descope_emulator::{Emulator, Key};

use curl::Curl;

fn main() -> Result<(), Error> {
    if std::env::var_os("DESCOPE_PROJECT_ID").is_some() {
        return exchange(ClientBuilder::from_env()?, access_key_from_env()?);
    }
    let key = Key::new("by-curl").with_cleartext("K2-of-the-example");
    let emulator = Emulator::builder().key(key).start();
    println!("No DESCOPE_PROJECT_ID, so against an emulator at {}", emulator.base_url());
    let builder = Client::builder(emulator.project_id()).base_url(emulator.base_url());
    exchange(builder, Secret::new("K2-of-the-example"))
}

fn exchange(builder: ClientBuilder, access_key: Secret) -> Result<(), Error> {
    let client = builder.transport(Curl::new("curl")).build()?;
    let session = client.exchange(access_key)?;
    println!("a token for {}, until {}", session.key_id(), session.claims().expires_at());
    Ok(())
}
