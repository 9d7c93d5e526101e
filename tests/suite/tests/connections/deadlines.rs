//! Limits of time end when they say, whatever was under way.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;
use std::time::{Duration, Instant};

use descope_blocking::{ErrorKind, UreqTransport};
use descope_suite::faults::Act;

use crate::{configured, key, server};

/// A kernel rounds a socket's limit of so many seconds up by seconds.
#[test]
#[ignore = "takes half a minute; run with --ignored"]
fn a_long_deadline_ends_within_half_a_second() {
    let server = server(None, |_| vec![Act::Stall]);
    let limit = Duration::from_secs(31);
    let client = configured(&server.url()).deadline(limit).build().unwrap();
    let began = Instant::now();
    let error = client.access_keys().load("K2a").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    let late = began.elapsed().saturating_sub(limit);
    assert!(late < Duration::from_millis(500), "{late:?}");
}

#[test]
fn a_deadline_ends_within_half_a_second() {
    let server = server(None, |_| vec![Act::Stall]);
    let limit = Duration::from_millis(2300);
    let client = configured(&server.url()).deadline(limit).build().unwrap();
    let began = Instant::now();
    client.access_keys().load("K2a").unwrap_err();
    let took = began.elapsed();
    assert!(took >= limit && took < limit + Duration::from_millis(500), "{took:?}");
}

/// A proxy that says a little, again and again, gets no more time.
#[test]
fn the_talk_with_a_proxy_is_within_the_connect_timeout() {
    let proxy = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = proxy.local_addr().unwrap();
    thread::spawn(move || {
        let (mut client, _) = proxy.accept().unwrap();
        let _ = client.read(&mut [0; 4096]);
        while client.write_all(b"HTTP/1.1 200 OK\r\nx: ").is_ok() {
            thread::sleep(Duration::from_millis(100));
        }
    });
    let transport = UreqTransport::builder().proxy(format!("http://{address}")).build().unwrap();
    let client = configured("https://127.0.0.1:1")
        .transport(transport)
        .limits(|limits| {
            limits.connect_timeout = Duration::from_millis(600);
            limits.max_attempts = 1;
        })
        .build()
        .unwrap();
    let began = Instant::now();
    let error = client.access_keys().load("K2a").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectTimeout, "{error}");
    assert!(began.elapsed() < Duration::from_millis(1100), "{:?}", began.elapsed());
}

#[test]
fn an_answer_that_comes_after_a_second_is_taken() {
    let server = server(None, |_| vec![Act::Wait(Duration::from_millis(2200)), key()]);
    configured(&server.url()).build().unwrap().access_keys().load("K2a").unwrap();
}
