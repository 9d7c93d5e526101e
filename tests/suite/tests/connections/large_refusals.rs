//! Refusals whose body is larger than what is kept of it.

use std::time::{Duration, Instant};

use descope_blocking::{Client, ErrorKind, UreqTransport, ureq};
use descope_suite::faults::{Act, Server};

use crate::{answer, client, configured, key, server};

/// Refuses what comes first on a connection, with so many bytes after the code, and then serves.
fn refusing_first(length: usize, then: &[Act]) -> Server {
    let then = then.to_vec();
    server(None, move |request| match request.on_connection {
        1 if request.number < 3 => {
            let start = r#"{"errorCode":"E112102","errorMessage":""#;
            let head = format!(
                "HTTP/1.1 400 Bad Request\r\ncontent-length: {}\r\n\r\n",
                length + start.len()
            );
            let mut acts = vec![answer(&(head + start))];
            acts.extend_from_slice(&then);
            acts
        }
        _ => vec![key()],
    })
}

fn uses(server: &Server) -> Vec<usize> {
    server.requests().iter().map(|request| request.on_connection).collect()
}

fn is_refused(client: &Client) {
    let error = client.access_keys().load("K2a").unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Api, Some("E112102")), "{error}");
}

#[test]
fn its_connection_is_given_up_and_that_of_a_smaller_one_kept() {
    for (length, second) in [(60 << 10, 2), (100 << 10, 1), (900 << 10, 1)] {
        for agent in [None, Some(ureq::agent())] {
            let server = refusing_first(length, &[answer(&"a".repeat(length))]);
            let client = match agent {
                None => client(&server.url()),
                Some(agent) => {
                    let transport = UreqTransport::from_agent(agent);
                    configured(&server.url()).transport(transport).build().unwrap()
                }
            };
            is_refused(&client);
            if second == 1 {
                is_refused(&client);
            } else {
                client.access_keys().load("K2a").unwrap();
            }
            client.access_keys().load("K2a").unwrap();
            assert_eq!(uses(&server), [1, second, if second == 1 { 1 } else { 3 }], "{length}");
        }
    }
}

#[test]
fn its_rest_is_not_waited_for() {
    let there = [answer(&"a".repeat(80 << 10)), Act::Stall];
    let server = refusing_first(900 << 10, &there);
    let client = client(&server.url());
    let began = Instant::now();
    is_refused(&client);
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
}
