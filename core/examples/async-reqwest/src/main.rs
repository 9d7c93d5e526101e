//! The core driven by an async program, over reqwest. With no account:
//!
//! ```text
//! cargo run -p descope-emulator -- --sample -- cargo run -p async-reqwest
//! ```
//!
//! `driver.rs` is the loop, `transport.rs` sends one request: that is all there is to write. Retries,
//! deadlines, caches, single flight, refresh of tokens and validation are the core's.

mod driver;
#[cfg(test)]
mod tests;
mod transport;

use std::error::Error as StdError;
use std::sync::Arc;

use descope_core::{
    CallOptions, Config, ConfigBuilder, ExchangeAccessKey, SearchAccessKeys, TokenLimits,
};
use reqwest::{Client, ClientBuilder};
use rustls::{ClientConfig, RootCertStore, crypto::ring};

use driver::Driver;
use transport::Http;

#[tokio::main]
async fn main() -> Result<(), Box<dyn StdError>> {
    let var = |name: &str| std::env::var(name).ok();
    let config = ConfigBuilder::from_vars(var)?.build()?;
    let access_key = var("DESCOPE_ACCESS_KEY").ok_or("DESCOPE_ACCESS_KEY is not set")?;
    let manages = config.has_management_key();
    let http = http(&config)?;
    let driver = Driver::new(config, http);

    if manages {
        let all = driver.call(SearchAccessKeys::new()).await?;
        println!("the project has {} keys", all.len());
    }
    // However many ask at once, one exchange is made, and the signing keys are fetched once.
    let exchange = ExchangeAccessKey::new(access_key);
    let tokens = driver.context().token_cache(exchange, TokenLimits::default());
    let token = || driver.run(|_, now| tokens.obtain(CallOptions::new(), now));
    let (one, other) = tokio::join!(token(), token());
    let session = one?;
    assert_eq!(session.token(), other?.token());

    let jwt = session.token().expose();
    let claims = driver.run(|core, now| core.validate(jwt, CallOptions::new(), now)).await?;
    println!("a token for {}, until {}", session.key_id(), claims.expires_at());
    Ok(())
}

fn http(config: &Config) -> Result<Http, Box<dyn StdError>> {
    let tls = tls()?;
    let builder = || {
        let limit = config.limits().connect_timeout;
        let builder = Client::builder().tls_backend_preconfigured(tls.clone());
        let builder: ClientBuilder = builder.connect_timeout(limit);
        // Proxies from the environment are not for this machine.
        if config.is_loopback() { builder.no_proxy() } else { builder }
    };
    Ok(Http::new(builder)?)
}

fn tls() -> Result<ClientConfig, rustls::Error> {
    let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let builder = builder.with_safe_default_protocol_versions()?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}
