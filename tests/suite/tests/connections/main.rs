//! Connections of the whole client: kept, lost, and made through proxies.

mod deadlines;
mod large_refusals;
mod proxies;
mod refused;
mod stale;

use std::sync::Arc;

use descope_blocking::{Client, ClientBuilder, Error, UreqTransport};
use descope_suite::faults::{Act, Behaviour, Identity, Request, Server, authority_pem};

/// A server that answers as it is told, over TLS or not.
fn server(
    identity: Option<Identity>,
    answer: impl Fn(&Request) -> Vec<Act> + Send + Sync + 'static,
) -> Server {
    let https = identity.is_some();
    let answer = Arc::new(answer);
    Server::start(Behaviour { https, identity, answer: Some(answer), ..Behaviour::default() })
}

/// What answers a load.
fn key() -> Act {
    let body = r#"{"key":{"id":"K2a","name":"a"}}"#;
    answer(&format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len()))
}

fn answer(text: &str) -> Act {
    Act::Send(text.as_bytes().to_vec())
}

fn configured(url: &str) -> ClientBuilder {
    Client::builder("P1").management_key("K2management").base_url(url)
}

/// One that trusts the servers above.
fn client(url: &str) -> Client {
    let transport = UreqTransport::builder().ca_pem(authority_pem()).no_proxy().build().unwrap();
    configured(url).transport(transport).build().unwrap()
}

/// An error with its sources.
fn told(error: &Error) -> String {
    let mut told = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(error) = source {
        told += &format!(": {error}");
        source = error.source();
    }
    told
}
