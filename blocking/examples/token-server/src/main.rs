//! A threaded HTTP server that takes session tokens and access keys: `cargo run -p token-server`.
//!
//! `GET /whoami` wants either, `POST /deploy` one with the role `deployer` in the tenant `acme`. With `DESCOPE_PROJECT_ID` set it takes the tokens of that project; else it starts an
//! emulator, and prints a token to try it with.

mod routes;
#[cfg(test)]
mod tests;

use std::error::Error;
use std::thread;
use std::time::Duration;

use descope_blocking::{Authenticator, Client, ClientBuilder};
use descope_emulator::Emulator;
use tiny_http::Server;

/// Threads that answer. They share the signing keys, the tokens and the access keys that are known.
const THREADS: usize = 8;
/// How long an access key is let in after it was revoked.
const REVOKED_WITHIN: Duration = Duration::from_secs(60);

fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let server = Server::http("127.0.0.1:0")?;
    println!("Listening on http://{}", server.server_addr());
    let real = std::env::var_os("DESCOPE_PROJECT_ID").is_some();
    let emulator = if real { None } else { Some(Emulator::start()) };
    let builder = match &emulator {
        Some(emulator) => {
            let tenants = serde_json::json!({"acme": {"roles": ["deployer"]}});
            let token = emulator.mint(serde_json::json!({"tenants": tenants}));
            println!(
                "No DESCOPE_PROJECT_ID, so an emulator made the token. Try it within 10 minutes:"
            );
            println!(
                "curl -H 'Authorization: Bearer {token}' http://{}/whoami",
                server.server_addr()
            );
            Client::builder(emulator.project_id()).base_url(emulator.base_url())
        }
        None => ClientBuilder::from_env()?,
    };
    serve(&server, &authenticator(builder)?);
    Ok(())
}

fn authenticator(builder: ClientBuilder) -> Result<Authenticator, descope_blocking::Error> {
    // The signature of a token that comes with a thousand requests is checked once.
    let client = builder.limits(|limits| limits.verified_tokens = 10_000).build()?;
    let access_keys = client.access_key_cache(REVOKED_WITHIN);
    Ok(client.validator()?.authenticator().access_keys(&access_keys))
}

/// Answers until the server is told to stop.
fn serve(server: &Server, authenticator: &Authenticator) {
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                while let Ok(request) = server.recv() {
                    routes::answer(authenticator, request);
                }
            });
        }
    });
}
