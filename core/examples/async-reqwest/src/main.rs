//! The core driven by an async program, over reqwest: `cargo run -p async-reqwest`.
//!
//! `client.rs` is the loop, `transport.rs` sends one request. Nothing of the core is written again:
//! retries, deadlines, key-set caching, single flight, refresh of tokens and validation are its own.
//! With `DESCOPE_PROJECT_ID` and `DESCOPE_ACCESS_KEY` set it exchanges that key; else it does so
//! against an emulator in this process.

mod client;
#[cfg(test)]
mod tests;
mod transport;

use descope_core::{CallOptions, Config, ConfigBuilder, Error, SearchAccessKeys, Secret};
use descope_emulator::{Emulator, Key};

use client::AsyncClient;

#[tokio::main]
async fn main() -> Result<(), Error> {
    let var = |name: &str| std::env::var(name).ok();
    if let (Some(_), Some(access_key)) = (var("DESCOPE_PROJECT_ID"), var("DESCOPE_ACCESS_KEY")) {
        return calls(ConfigBuilder::from_vars(var)?.build()?, Secret::new(access_key)).await;
    }
    let key = Key::new("async").with_cleartext("K2-of-the-example");
    let emulator = Emulator::builder().key(key).start();
    println!("No DESCOPE_PROJECT_ID, so against an emulator at {}", emulator.base_url());
    let config = Config::builder(emulator.project_id())
        .base_url(emulator.base_url())
        .management_key(emulator.management_key())
        .build()?;
    calls(config, Secret::new("K2-of-the-example")).await
}

async fn calls(config: Config, access_key: Secret) -> Result<(), Error> {
    let manages = config.has_management_key();
    let client = AsyncClient::new(config)?;
    if manages {
        let all = client.call(SearchAccessKeys::new(), CallOptions::new()).await?;
        println!("the project has {} keys", all.len());
    }
    let tokens = client.tokens(access_key);
    // However many ask at once, one exchange is made, and the project's keys are fetched once.
    let (one, other) = tokio::join!(client.token(&tokens), client.token(&tokens));
    assert_eq!(one?.token(), other?.token());

    let session = client.token(&tokens).await?;
    let claims = client.validate(session.token().expose()).await?;
    println!("a token for {}, until {}", session.key_id(), claims.expires_at());
    Ok(())
}
