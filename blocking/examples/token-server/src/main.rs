//! A threaded HTTP server that validates session tokens: `cargo run -p token-server`.
//!
//! `GET /whoami` wants a valid token, `POST /deploy` one with the role `deployer` in the tenant
//! `acme`. With `DESCOPE_PROJECT_ID` set it takes the tokens of that project; else it starts an
//! emulator, and prints a token to try it with.

mod guard;
mod routes;
#[cfg(test)]
mod tests;

use std::error::Error;
use std::thread;

use descope_blocking::{Client, ClientBuilder};
use descope_emulator::Emulator;
use tiny_http::Server;

/// Threads that answer. They share one client, and so its key set and its remembered tokens.
const THREADS: usize = 8;

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
    serve(&server, &client(builder)?);
    Ok(())
}

fn client(builder: ClientBuilder) -> Result<Client, descope_blocking::Error> {
    // The signature of a token that comes with a thousand requests is checked once.
    builder.limits(|limits| limits.verified_tokens = 10_000).build()
}

/// Answers until the server is told to stop.
fn serve(server: &Server, client: &Client) {
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                while let Ok(request) = server.recv() {
                    routes::answer(client, request);
                }
            });
        }
    });
}
