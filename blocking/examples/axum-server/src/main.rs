//! An axum server that validates session tokens: `cargo run -p axum-server`.
//!
//! `GET /whoami` wants a valid token, `POST /deploy` one with the role `deployer` in the tenant `acme`.
//! Tokens are judged by a validator, which does no IO: no worker is ever blocked, whatever the service
//! does. With `DESCOPE_PROJECT_ID` set it takes the tokens of that project; else it starts an emulator,
//! and prints a token to try it with.

#[cfg(test)]
mod tests;

use std::error::Error;

use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Json, Router};
use descope_blocking::http::request::Parts;
use descope_blocking::{Authenticator, Client, ClientBuilder};
use descope_emulator::Emulator;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let real = std::env::var_os("DESCOPE_PROJECT_ID").is_some();
    let emulator = if real { None } else { Some(Emulator::start()) };
    let builder = match &emulator {
        Some(emulator) => Client::builder(emulator.project_id()).base_url(emulator.base_url()),
        None => ClientBuilder::from_env()?,
    };
    // Fetches the signing keys, before there is anybody to wait for it.
    let authenticator = builder.build()?.validator()?.authenticator();
    Runtime::new()?.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        println!("Listening on http://{address}");
        if let Some(emulator) = &emulator {
            let tenants = json!({"acme": {"roles": ["deployer"]}});
            let token = emulator.mint(json!({"tenants": tenants}));
            println!("curl -H 'Authorization: Bearer {token}' http://{address}/whoami");
        }
        axum::serve(listener, router(authenticator)).await?;
        Ok(())
    })
}

fn router(authenticator: Authenticator) -> Router {
    let routes = Router::new().route("/whoami", get(whoami)).route("/deploy", post(deploy));
    routes.with_state(authenticator)
}

/// A rejection is the response to answer with, so that a handler's `?` does.
type Answer = Result<Json<Value>, Response>;

async fn whoami(State(auth): State<Authenticator>, head: Parts) -> Answer {
    let caller = auth.check(&head)?;
    let tenants: Vec<_> = caller.claims().tenants().collect();
    Ok(Json(json!({"key": caller.claims().key_id(), "tenants": tenants})))
}

async fn deploy(State(auth): State<Authenticator>, head: Parts) -> Answer {
    let caller = auth.check(&head)?.in_tenant("acme")?.with_role("deployer")?;
    Ok(Json(json!({"deployed_by": caller.claims().key_id()})))
}
