//! Every fault of the table against the ureq transport alone: one GET and one POST each.

use std::thread;
use std::time::{Duration, Instant};

use descope_blocking::UreqTransport;
use descope_core::{
    CallOptions, Config, Context, CreateAccessKey, Endpoint, Expiry, Failure, FailureKind,
    LoadAccessKey, Now, Outgoing, Step, Transport,
};
use descope_emulator::conformance::faults::table::{CONNECT, DEADLINE, MAX_BODY};
use descope_emulator::conformance::faults::{
    Fault, Open, Sent, Took, authority_pem, each_at_once, table,
};
use ureq::Agent;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

const MANAGEMENT_KEY: &str = "K2management0key";

#[test]
fn every_fault_is_told_apart() {
    run(
        || UreqTransport::builder().ca_pem(authority_pem()).build().unwrap(),
        |_, must| must.clone(),
    );
}

#[test]
fn with_an_agent_of_ones_own_little_is_told_less() {
    run(
        || {
            let authority = Certificate::from_pem(authority_pem().as_bytes()).unwrap();
            let tls = TlsConfig::builder().root_certs(RootCerts::from(vec![authority])).build();
            let config = Agent::config_builder().tls_config(tls).max_redirects(5).build();
            UreqTransport::from_agent(config.new_agent())
        },
        coarser,
    );
}

/// What the documentation of `from_agent` says is otherwise.
fn coarser(fault: &str, must: &Sent) -> Sent {
    let must = must.clone();
    match fault {
        "TLS closed at the hello"
        | "TLS reset at the hello"
        | "TLS closed in the midst of a record" => {
            Sent { reply: Err(FailureKind::Closed), sent: true, ..must }
        }
        "TLS body without a length, cut" | "a body that ends with the connection, reset" => {
            Sent { reply: Ok(200), ..must }
        }
        "closed in a gzip body" => Sent { reply: Err(FailureKind::Coding), ..must },
        "a trailer without end" => Sent { reply: Err(FailureKind::Closed), ..must },
        "trailers without end" | "gzip of nothing without end" => {
            Sent { reply: Err(FailureKind::Timeout), took: Took::Deadline, ..must }
        }
        "a body one byte too long" | "ten gibibytes announced" => {
            Sent { partial: Some((200, Vec::new())), ..must }
        }
        _ => must,
    }
}

fn run(transport: impl Fn() -> UreqTransport + Sync, must: impl Fn(&str, &Sent) -> Sent + Sync) {
    let table = table();
    assert!(table.len() >= 60);
    let wrong = each_at_once(&table, |fault| {
        let methods = [("GET", &fault.get), ("POST", &fault.post)].into_iter();
        let met = methods.filter_map(|(method, sent)| {
            let sent = must(&fault.name, sent);
            Some(format!("{method}: {}", meet(&transport(), fault, method, &sent).err()?))
        });
        met.collect()
    });
    assert!(wrong.is_empty(), "{} of {} faults:\n{}", wrong.len(), table.len(), wrong.join("\n"));
}

fn meet(transport: &UreqTransport, fault: &Fault, method: &str, must: &Sent) -> Result<(), String> {
    let open = fault.peer.open();
    if fault.kept_alive {
        prime(transport, &open);
    }
    let outgoing = if method == "GET" { load(&open.url) } else { create(&open.url) };
    let before = open.server.as_ref().map_or(0, |server| server.requests().len());
    let start = Instant::now();
    let reply = transport.send(outgoing);
    let took = start.elapsed();

    let is = match &reply {
        Ok(response) => Ok(response.status().as_u16()),
        Err(failure) => Err(failure.kind),
    };
    if is != must.reply {
        return Err(format!("{is:?} instead of {:?}; {reply:?}", must.reply));
    }
    if !must.took.fits(took, CONNECT, DEADLINE) {
        return Err(format!("{took:?} instead of {:?}", must.took));
    }
    if let Some(server) = &open.server {
        let sent = server.requests().len() - before;
        if sent > 1 {
            return Err(format!("the server saw {sent} requests"));
        }
        if sent == 1 && reply.as_ref().is_err_and(|failure| !failure.sent) {
            return Err("the server saw a request that was not sent".to_owned());
        }
    }
    match reply {
        Ok(_) => Ok(()),
        Err(failure) => failed(&failure, must),
    }
}

fn failed(failure: &Failure, must: &Sent) -> Result<(), String> {
    if failure.sent != must.sent {
        return Err(format!("sent is {}", failure.sent));
    }
    let partial = failure.partial.as_ref();
    let partial = partial.map(|partial| (partial.status().as_u16(), &partial.body()[..]));
    let fits = match (&must.partial, partial) {
        (None, None) => true,
        (Some((status, body)), Some((is_status, is_body))) => {
            *status == is_status
                && is_body.starts_with(body)
                && (!body.is_empty() || is_body.is_empty())
                && is_body.len() <= MAX_BODY
        }
        _ => false,
    };
    if !fits {
        let beginning = partial.map(|(status, body)| {
            (status, String::from_utf8_lossy(&body[..body.len().min(80)]).into_owned())
        });
        return Err(format!("the part that arrived is {beginning:?}"));
    }
    let source = failure.source.as_ref().map(ToString::to_string);
    let is_of_time = matches!(failure.kind, FailureKind::Timeout | FailureKind::ConnectTimeout);
    if source.is_none() && !is_of_time {
        return Err("the failure has no source".to_owned());
    }
    if failure.kind == FailureKind::Certificate
        && !source.is_some_and(|text| text.starts_with("invalid peer certificate: "))
    {
        return Err("the source does not say what is wrong with the certificate".to_owned());
    }
    if format!("{failure:?}").contains(MANAGEMENT_KEY) {
        return Err("the failure shows the management key".to_owned());
    }
    Ok(())
}

/// Fills the pool with a connection, and lets the server do with it what it does when idle.
fn prime(transport: &UreqTransport, open: &Open) {
    let response = transport.send(load(&open.url)).unwrap();
    assert_eq!(response.status(), 200);
    let server = open.server.as_ref().unwrap();
    let start = Instant::now();
    while server.ended() == 0 && start.elapsed() < Duration::from_millis(30) {
        thread::yield_now();
    }
}

fn load(url: &str) -> Outgoing {
    outgoing(url, LoadAccessKey::new("K1"))
}

fn create(url: &str) -> Outgoing {
    outgoing(url, CreateAccessKey::new("ci", Expiry::Never))
}

/// A request as the core makes it.
fn outgoing(url: &str, endpoint: impl Endpoint) -> Outgoing {
    let config = Config::builder("P1")
        .base_url(url)
        .management_key(MANAGEMENT_KEY)
        .limits(|limits| {
            limits.deadline = DEADLINE;
            limits.one_shot_deadline = DEADLINE;
            limits.connect_timeout = CONNECT;
            limits.max_body = MAX_BODY;
        })
        .build()
        .unwrap();
    let now = Now::new(Duration::ZERO, Duration::from_secs(1_800_000_000));
    match Context::new(config, [1; 32]).call(endpoint, CallOptions::new(), now) {
        Step::Send(outgoing, _) => outgoing,
        step => panic!("{step:?}"),
    }
}
