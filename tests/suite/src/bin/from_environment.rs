//! A client as the environment configures it: loads a key, and exchanges the access key.

use descope_blocking::{Client, access_key_from_env};

fn main() {
    let client = match Client::from_env() {
        Ok(client) => client,
        Err(error) => return println!("client: {error}"),
    };
    match client.access_keys().load("K2id") {
        Ok(key) => println!("load: {}", key.name()),
        Err(error) => println!("load: {error}"),
    }
    match access_key_from_env().and_then(|key| client.exchange(key)) {
        Ok(session) => println!("exchange: {}", session.key_id()),
        Err(error) => println!("exchange: {error}"),
    }
}
