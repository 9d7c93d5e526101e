//! Connections that waited in the pool, and that nobody serves any more.

use std::sync::{Arc, Barrier};
use std::thread;
use std::time::{Duration, Instant};

use descope_blocking::{Client, ErrorKind, Outcome};
use descope_suite::faults::{Act, Identity, Server};

use crate::{answer, client, key, server};

/// A server that serves one load a connection, so many at a time, and then does this with it.
fn serving_once(connections: usize, identity: Option<Identity>, then: Act) -> Server {
    let all_are_here = Arc::new(Barrier::new(connections));
    server(identity, move |request| {
        if request.on_connection > 1 {
            return vec![then.clone()];
        }
        if request.number <= connections {
            all_are_here.wait();
        }
        if request.head.starts_with("POST") {
            return vec![answer("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")];
        }
        vec![key()]
    })
}

fn fill_the_pool(client: &Client, connections: usize) {
    thread::scope(|scope| {
        for _ in 0..connections {
            scope.spawn(|| client.access_keys().load("K2a").unwrap());
        }
    });
}

#[test]
fn however_many_are_reset_the_next_call_succeeds() {
    for identity in [None, Some(Identity::Trusted)] {
        for then in [Act::Reset, Act::Close, Act::Cut] {
            for connections in [1, 2, 3, 8] {
                let server = serving_once(connections, identity, then.clone());
                let client = client(&server.url());
                fill_the_pool(&client, connections);
                client.access_keys().load("K2a").unwrap();
                let before = server.requests().len();
                assert_eq!(before, connections + 2, "one of them was tried, and then a fresh one");
                client.access_keys().deactivate("K2a").unwrap();
                assert_eq!(server.requests().len(), before + 2, "the fresh one was kept");
            }
        }
    }
}

#[test]
fn a_silent_one_leaves_time_for_another() {
    let server = serving_once(1, None, Act::Stall);
    let client = crate::configured(&server.url()).deadline(Duration::from_secs(2)).build().unwrap();
    fill_the_pool(&client, 1);
    let began = Instant::now();
    client.access_keys().load("K2a").unwrap();
    let took = began.elapsed();
    assert!(took >= Duration::from_secs(1) && took < Duration::from_secs(2), "{took:?}");
}

#[test]
fn a_fresh_one_that_is_slow_has_all_the_time() {
    let server = server(None, |_| vec![Act::Wait(Duration::from_millis(700)), key()]);
    let client = crate::configured(&server.url()).deadline(Duration::from_secs(1)).build().unwrap();
    client.access_keys().load("K2a").unwrap();
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn a_call_of_one_attempt_has_all_the_time_on_any() {
    let server = server(None, |request| match request.on_connection {
        1 => vec![key()],
        _ => vec![Act::Wait(Duration::from_millis(700)), key()],
    });
    let client = crate::configured(&server.url())
        .limits(|limits| limits.max_attempts = 1)
        .deadline(Duration::from_secs(1))
        .build()
        .unwrap();
    for _ in 0..2 {
        client.access_keys().load("K2a").unwrap();
    }
    assert_eq!(server.requests().last().unwrap().on_connection, 2);
}

#[test]
fn a_create_never_meets_one_and_its_own_is_kept() {
    let server = server(None, |request| {
        if request.on_connection > 1 {
            return vec![Act::Reset];
        }
        if request.is_create() {
            let body = r#"{"key":{"id":"K2a","name":"a"},"cleartext":"secret"}"#;
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len());
            return vec![answer(&(head + body))];
        }
        vec![key()]
    });
    let client = client(&server.url());
    fill_the_pool(&client, 1);
    let create = descope_blocking::CreateAccessKey::new("a", descope_blocking::Expiry::Never);
    for _ in 0..3 {
        client.access_keys().create(&create).unwrap();
    }
    let uses: Vec<_> = server.requests().iter().map(|request| request.on_connection).collect();
    assert_eq!(uses, [1; 4]);
    client.access_keys().load("K2a").unwrap();
    let uses: Vec<_> = server.requests().iter().map(|request| request.on_connection).collect();
    assert_eq!(uses[4..], [2, 1], "the last create's was kept, and then all were given up");
}

#[test]
fn a_server_that_resets_fresh_ones_too_is_told_after_three_attempts() {
    let server = server(None, |request| match request.number {
        1 => vec![key()],
        _ => vec![Act::Reset],
    });
    let client = client(&server.url());
    fill_the_pool(&client, 1);
    let error = client.access_keys().load("K2a").unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Transport, 3));
    assert_eq!(error.outcome(), Outcome::Unknown);
    assert_eq!(server.requests().len(), 4);
}

/// An answer that nobody asked for is not taken for that of the next request.
#[test]
fn a_connection_with_an_unasked_answer_is_not_used() {
    let server = server(None, |request| match request.on_connection {
        1 => vec![key(), Act::Wait(Duration::from_millis(1)), key()],
        other => panic!("it was used {other} times"),
    });
    let client = client(&server.url());
    for _ in 0..3 {
        client.access_keys().load("K2a").unwrap();
        thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(server.requests().len(), 3);
}

#[test]
fn sixteen_threads_make_sixteen_connections_at_most() {
    let server = server(Some(Identity::Trusted), |_| vec![key()]);
    let client = client(&server.url());
    thread::scope(|scope| {
        for thread in 0..16 {
            let client = &client;
            let calls = if thread < 4 { 32 } else { 31 };
            scope.spawn(move || {
                for _ in 0..calls {
                    client.access_keys().load("K2a").unwrap();
                }
            });
        }
    });
    let requests = server.requests();
    let connections = requests.iter().filter(|request| request.on_connection == 1).count();
    assert_eq!(requests.len(), 500);
    assert!(connections <= 16, "{connections}");
}
