//! The async client against an emulator, in fair and in foul weather.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use descope_core::{
    ActOnAccessKey, CallOptions, CreateAccessKey, CreatedAccessKey, Endpoint, ErrorKind, Expiry,
    LoadAccessKey, Outcome,
};
use descope_emulator::{Fault, Operation};

use super::*;

const CLEARTEXT: &str = "K2-of-a-test";

fn emulator() -> Emulator {
    Emulator::builder().key(Key::new("seeded").with_cleartext(CLEARTEXT)).start()
}

fn client(emulator: &Emulator) -> AsyncClient {
    client_at(emulator, &emulator.base_url())
}

fn client_at(emulator: &Emulator, base_url: &str) -> AsyncClient {
    let config = Config::builder(emulator.project_id())
        .base_url(base_url)
        .management_key(emulator.management_key())
        .limits(|limits| limits.backoff = Duration::ZERO)
        .build();
    AsyncClient::new(config.unwrap()).unwrap()
}

async fn call<E: Endpoint>(client: &AsyncClient, endpoint: E) -> Result<E::Output, Error> {
    client.call(endpoint, CallOptions::new()).await
}

async fn create(client: &AsyncClient) -> Result<CreatedAccessKey, Error> {
    call(client, CreateAccessKey::new("k", Expiry::Never)).await
}

#[tokio::test]
async fn a_keys_whole_life() {
    let emulator = emulator();
    let client = client(&emulator);
    let created = create(&client).await.unwrap();
    let tokens = client.tokens(&created.cleartext);
    let session = client.token(&tokens).await.unwrap();
    assert_eq!(session.key_id(), created.key.id());
    client.validate(session.token().expose()).await.unwrap();
    call(&client, ActOnAccessKey::delete(created.key.id())).await.unwrap();
    assert!(call(&client, LoadAccessKey::new(created.key.id())).await.is_err());
    assert_eq!(emulator.keys().len(), 1);
    let requests = emulator.requests();
    let load = requests.iter().find(|request| request.operation == Some(Operation::Load)).unwrap();
    assert_eq!(load.header("content-length"), None);
}

#[tokio::test]
async fn a_read_is_sent_again_and_a_create_is_not() {
    let emulator = emulator();
    let client = client(&emulator);
    emulator.inject(Fault::status(503).times(2));
    assert_eq!(call(&client, SearchAccessKeys::new()).await.unwrap().len(), 1);
    assert_eq!(emulator.count(Operation::Search), 3);

    for (fault, kind) in [
        (Fault::lost_answer(), ErrorKind::Transport),
        (Fault::reset(), ErrorKind::Transport),
        (Fault::cut(), ErrorKind::Transport),
        (Fault::garbage(), ErrorKind::Protocol),
        (Fault::status(503), ErrorKind::Api),
    ] {
        let shown = format!("{fault:?}");
        emulator.clear_requests();
        emulator.inject(fault);
        let error = create(&client).await.unwrap_err();
        assert_eq!((error.kind(), error.outcome()), (kind, Outcome::Unknown), "{shown}");
        assert_eq!(error.cleartext().is_some(), shown.contains("Cut"), "{shown}");
        assert_eq!(emulator.count(Operation::Create), 1, "{shown}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_fetches_for_all() {
    let emulator = emulator();
    let client = client(&emulator);
    let tokens = client.tokens(CLEARTEXT);
    emulator.inject(Fault::delayed(Duration::from_millis(50)).on(Operation::Exchange));
    let tasks: Vec<_> = (0..50)
        .map(|_| {
            let (client, tokens) = (client.clone(), tokens.clone());
            tokio::spawn(async move {
                let session = client.token(&tokens).await?;
                client.validate(session.token().expose()).await
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    assert_eq!(
        (emulator.count(Operation::Exchange), emulator.count(Operation::SigningKeys)),
        (1, 1)
    );
}

#[tokio::test]
async fn a_leader_that_is_dropped_leaves_nobody_waiting() {
    let emulator = emulator();
    let (client, token) = (client(&emulator), emulator.token().mint());
    emulator.inject(Fault::stalled().on(Operation::SigningKeys));
    let leader = tokio::spawn({
        let (client, token) = (client.clone(), token.clone());
        async move { client.validate(&token).await }
    });
    while emulator.count(Operation::SigningKeys) == 0 {
        tokio::task::yield_now().await;
    }
    let follower = tokio::spawn(async move { client.validate(&token).await });
    // On this one thread the follower runs until it waits.
    tokio::task::yield_now().await;
    leader.abort();
    follower.await.unwrap().unwrap();
    assert_eq!(emulator.count(Operation::SigningKeys), 2);
}

#[tokio::test]
async fn time_and_size_are_bounded() {
    let emulator = emulator();
    let client = client(&emulator);
    for fault in [Fault::stalled(), Fault::slow(Duration::from_millis(20))] {
        emulator.inject(fault);
        let options = CallOptions::new().deadline(Duration::from_millis(150)).max_attempts(1);
        let began = Instant::now();
        let error = client.call(LoadAccessKey::new("K2"), options).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout);
        assert!(began.elapsed() < Duration::from_millis(650), "{:?}", began.elapsed());
    }
    for (fault, kind) in [
        (Fault::answer(http::Response::new(vec![b' '; 2 << 20])), ErrorKind::BodyTooLarge),
        (Fault::status(400).header("x-long", &"x".repeat(70 << 10)), ErrorKind::Protocol),
        (Fault::status(302).header("location", "http://127.0.0.1:1"), ErrorKind::RedirectRefused),
    ] {
        emulator.inject(fault);
        assert_eq!(call(&client, LoadAccessKey::new("K2")).await.unwrap_err().kind(), kind);
    }
}

#[tokio::test]
async fn what_was_not_sent_is_known_not_to_be() {
    let emulator = emulator();
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for (base_url, kind) in [
        (format!("http://{free}"), ErrorKind::Connect),
        ("https://no-such-host.invalid".to_owned(), ErrorKind::Connect),
        (emulator.base_url().replace("http:", "https:"), ErrorKind::Tls),
    ] {
        let error = create(&client_at(&emulator, &base_url)).await.unwrap_err();
        assert_eq!((error.kind(), error.outcome()), (kind, Outcome::NotSent), "{base_url}");
    }
    assert_eq!(emulator.total(), 0);
}

/// Answers every request on every connection with a key, and counts connections.
fn keep_alive_server() -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let connections = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&connections);
    // Ends with the process, as what it waits for does.
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            counted.fetch_add(1, Ordering::SeqCst);
            thread::spawn(move || answer_all(stream));
        }
    });
    (url, connections)
}

fn answer_all(mut stream: TcpStream) -> std::io::Result<()> {
    let body = r#"{"cleartext": "K2x", "key": {"id": "K2", "name": "k"}}"#;
    let mut reader = BufReader::new(stream.try_clone()?);
    loop {
        let mut length = 0;
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line)? == 0 {
                return Ok(());
            }
            if let Some(value) = line.strip_prefix("content-length: ") {
                length = value.trim().parse().unwrap();
            }
            if line == "\r\n" {
                break;
            }
        }
        std::io::copy(&mut reader.by_ref().take(length), &mut std::io::sink())?;
        write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len())?;
    }
}

#[tokio::test]
async fn a_create_has_a_connection_of_its_own() {
    let (url, connections) = keep_alive_server();
    let client = client_at(&emulator(), &url);
    let load = || call(&client, LoadAccessKey::new("K2"));
    let mut counts = Vec::new();
    for _ in 0..2 {
        load().await.unwrap();
        counts.push(connections.load(Ordering::SeqCst));
        create(&client).await.unwrap();
        counts.push(connections.load(Ordering::SeqCst));
    }
    assert_eq!(counts, [1, 2, 2, 3]);
}
