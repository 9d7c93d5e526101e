//! The cases.

use std::collections::HashSet;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::Duration;

use descope_blocking::{Client, TokenSource, UreqTransport};
use descope_emulator::Emulator;
use descope_suite::faults::{Act, Behaviour, Identity, Request, Server, authority_pem};
use fork::Fork;

pub(crate) fn run() {
    let cases: [(&str, fn()); 7] = [
        ("markers differ", markers_differ),
        ("a child makes connections of its own", a_child_makes_connections_of_its_own),
        ("a flight in the parent", a_flight_in_the_parent_is_not_waited_for),
        ("a token at hand", a_token_at_hand_is_used_and_the_next_is_the_childs_own),
        ("forks in the midst of calls", a_fork_in_the_midst_of_calls_leaves_no_lock),
        ("a validator's thread", a_child_has_a_validators_thread_of_its_own),
        ("the child of a child", a_child_of_a_child_begins_anew_too),
    ];
    let wanted = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    for (name, case) in cases {
        if wanted.as_ref().is_none_or(|part| name.contains(part.as_str())) {
            case();
            println!("{name} ... ok");
        }
    }
}

/// Runs it in a forked child, and hands back what it returns.
fn in_child(run: impl FnOnce() -> String) -> String {
    let (mut mine, mut theirs) = UnixStream::pair().unwrap();
    match fork::fork().unwrap() {
        Fork::Child => {
            let text = catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|_| "it panicked".into());
            theirs.write_all(text.as_bytes()).unwrap();
            drop(theirs);
            std::process::exit(0)
        }
        Fork::Parent(child) => {
            drop(theirs);
            mine.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
            let mut text = String::new();
            if mine.read_to_string(&mut text).is_err() {
                text = "it hangs".to_owned();
                let _ = Command::new("kill").args(["-9", &child.to_string()]).status();
            }
            fork::waitpid(child).unwrap();
            text
        }
    }
}

const PROJECT: &str = "P2EmulatorProject00000000000";

/// A service with one key and one token; a hook sees each request first.
fn service(
    identity: Option<Identity>,
    hook: impl Fn(&Request) + Send + Sync + 'static,
) -> (Server, String) {
    let emulator = Emulator::builder().project_id(PROJECT).in_process();
    let token = emulator.token().expires_in(3600).mint();
    let keys = emulator.key_set().to_string();
    let session = format!(r#"{{"keyId":"K2a","sessionJwt":"{token}"}}"#);
    let answer = move |request: &Request| {
        hook(request);
        let body = match &request.head {
            head if head.contains("/exchange") => &session,
            head if head.contains("/v2/keys/") => &keys,
            _ => r#"{"key":{"id":"K2a","name":"a"}}"#,
        };
        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len());
        vec![Act::Send((head + body).into_bytes())]
    };
    let (https, answer) = (identity.is_some(), Arc::new(answer));
    let behaviour = Behaviour { https, identity, answer: Some(answer), ..Behaviour::default() };
    (Server::start(behaviour), token)
}

fn client(url: &str) -> Client {
    let transport = UreqTransport::builder().ca_pem(authority_pem()).no_proxy().build().unwrap();
    Client::builder(PROJECT)
        .management_key("K2management")
        .base_url(url)
        .transport(transport)
        .build()
        .unwrap()
}

fn load(client: &Client) -> String {
    match client.access_keys().load("K2a") {
        Ok(key) => key.id().to_owned(),
        Err(error) => error.to_string(),
    }
}

fn token(source: &TokenSource) -> String {
    match source.token() {
        Ok(_) => "a token".to_owned(),
        Err(error) => error.to_string(),
    }
}

fn uses(server: &Server) -> Vec<usize> {
    server.requests().iter().map(|request| request.on_connection).collect()
}

fn markers_differ() {
    let client = client("http://127.0.0.1:1");
    let own = client.marker();
    let mut all: HashSet<String> = (0..3).map(|_| in_child(|| client.marker())).collect();
    all.extend([own, client.marker()]);
    assert_eq!(all.len(), 5, "{all:?}");
}

fn a_child_makes_connections_of_its_own() {
    for identity in [None, Some(Identity::Trusted)] {
        let (server, _) = service(identity, |_| {});
        let client = client(&server.url());
        assert_eq!(load(&client), "K2a");
        for _ in 0..2 {
            let clients_copy = client.clone();
            let done = in_child(move || {
                let both = load(&clients_copy) + &load(&clients_copy);
                drop(clients_copy);
                both
            });
            assert_eq!(done, "K2aK2a");
            assert_eq!(load(&client), "K2a");
        }
        // The parent's first; two on each child's own; the parent's goes on between.
        assert_eq!(uses(&server), [1, 1, 2, 2, 1, 2, 3]);
        drop(client);
    }
}

/// Holds up what the parent asks first, until it is told to go on.
fn held_up(
    part: &'static str,
) -> (impl Fn(&Request) + Send + Sync, mpsc::Receiver<()>, mpsc::Sender<()>) {
    let (arrived, has_arrived) = mpsc::channel();
    let (go_on, may_go_on) = mpsc::channel();
    let (once, may_go_on) = (AtomicBool::new(true), Mutex::new(may_go_on));
    let hook = move |request: &Request| {
        if request.head.contains(part) && once.swap(false, Ordering::SeqCst) {
            arrived.send(()).unwrap();
            let _ = may_go_on.lock().unwrap().recv();
        }
    };
    (hook, has_arrived, go_on)
}

fn a_flight_in_the_parent_is_not_waited_for() {
    for identity in [None, Some(Identity::Trusted)] {
        let (hook, has_arrived, go_on) = held_up("/exchange");
        let (server, _) = service(identity, hook);
        let client = client(&server.url());
        let source = client.token_source("the-access-key");
        thread::scope(|scope| {
            let leader = scope.spawn(|| token(&source));
            has_arrived.recv().unwrap();
            assert_eq!(in_child(|| token(&source)), "a token");
            go_on.send(()).unwrap();
            assert_eq!(leader.join().unwrap(), "a token");
        });

        let (hook, has_arrived, go_on) = held_up("/v2/keys/");
        let (server, presented) = service(identity, hook);
        let client = self::client(&server.url());
        let validate =
            || client.validate(&presented).map_or_else(|it| it.to_string(), |_| "valid".into());
        thread::scope(|scope| {
            let leader = scope.spawn(validate);
            has_arrived.recv().unwrap();
            assert_eq!(in_child(validate), "valid");
            go_on.send(()).unwrap();
            assert_eq!(leader.join().unwrap(), "valid");
        });
    }
}

fn a_token_at_hand_is_used_and_the_next_is_the_childs_own() {
    let (server, _) = service(Some(Identity::Trusted), |_| {});
    let client = client(&server.url());
    let source = client.token_source("the-access-key");
    source.token().unwrap();
    let before = server.requests().len();
    assert_eq!(in_child(|| token(&source)), "a token");
    assert_eq!(server.requests().len(), before);
    let done = in_child(|| {
        source.clear();
        token(&source)
    });
    assert_eq!(done, "a token");
    assert_eq!(server.requests().len(), before + 2, "the exchange and the signing keys");
    assert_eq!(token(&source), "a token");
    assert_eq!(server.requests().len(), before + 2, "the parent has its own");
}

fn a_fork_in_the_midst_of_calls_leaves_no_lock() {
    let (server, presented) = service(None, |_| {});
    let client = client(&server.url());
    let source = client.token_source("the-access-key");
    let over = AtomicBool::new(false);
    let all = || {
        source.clear();
        let valid = client.validate(&presented).is_ok();
        format!("{} {} {valid}", load(&client), token(&source))
    };
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while !over.load(Ordering::Relaxed) {
                    all();
                }
            });
        }
        let done: Vec<_> = (0..40).map(|_| in_child(all)).collect();
        over.store(true, Ordering::Relaxed);
        assert!(done.iter().all(|done| done == "K2a a token true"), "{done:?}");
    });
}

fn a_child_of_a_child_begins_anew_too() {
    let (server, _) = service(Some(Identity::Trusted), |_| {});
    let client = client(&server.url());
    let own = client.marker();
    assert_eq!(load(&client), "K2a");
    let done = in_child(|| {
        let childs = load(&client) + &client.marker();
        let grandchilds = in_child(|| load(&client) + &client.marker());
        format!("{} {childs} {grandchilds}", load(&client))
    });
    let [after, childs, grandchilds] = done.split(' ').collect::<Vec<_>>()[..] else {
        panic!("{done}")
    };
    assert!(
        after == "K2a" && childs.starts_with("K2a") && grandchilds.starts_with("K2a"),
        "{done}"
    );
    assert!(
        childs != grandchilds && !childs.contains(&own) && !grandchilds.contains(&own),
        "{done}"
    );
    assert_eq!(uses(&server), [1, 1, 1, 2]);
    assert_eq!(load(&client), "K2a");
    assert_eq!(uses(&server)[4..], [2]);
}

fn a_child_has_a_validators_thread_of_its_own() {
    let emulator = Emulator::start();
    let client = Client::builder(emulator.project_id()).base_url(emulator.base_url());
    let client = client.build().unwrap();
    let validator = client.validator().unwrap();
    let keys = client.access_key_cache(Duration::from_secs(60));
    let token = emulator.token().mint();
    validator.validate(&token).unwrap();
    let text = in_child(|| {
        let _ = keys.exchange(descope_blocking::ExchangeAccessKey::new("K2-of-nobody-at-all-000"));
        for _ in 0..1000 {
            match validator.validate(&token) {
                Ok(_) => return "known".to_owned(),
                Err(error) if error.is_unreachable() => thread::sleep(Duration::from_millis(10)),
                Err(error) => return error.to_string(),
            }
        }
        "never known".to_owned()
    });
    assert_eq!(text, "known");
    validator.validate(&token).unwrap();
}
