//! The SDK against its baselines: `cargo bench -p descope-suite`. Prints a table of ratios.
//!
//! The process is pinned to one core, server thread included, and the SDK and its baseline take turns:
//! unpinned, medians jump tenfold.

mod measure;

use std::hint::black_box;
use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use descope_blocking::{Client, SearchAccessKeys, UreqTransport};
use descope_core::{Endpoint, SearchAccessKeys as Search};
use descope_emulator::Emulator;
use descope_suite::bare::{self, PROJECT, PublicKey};
use descope_suite::canned::Canned;
use descope_suite::faults::{Act, Behaviour, Identity, Server, authority_pem};
use measure::{Row, in_turn, median};
use ureq::Agent;

const KEY: &str = r#"{"id":"K2key","name":"ci-deployer","roleNames":["reader"],"keyTenants":[{"tenantId":"acme","tenantName":"Acme Inc.","roleNames":["deployer","viewer"]}],"status":"active","createdTime":1763800000,"expireTime":1795400000,"createdBy":"U2creator","clientId":"C2client","boundUserId":"","customClaims":{"team":"build","level":3},"description":"deploys from the build farm","permittedIps":["10.0.0.0/8"],"customAttributes":{"env":"prod"},"editable":true}"#;

fn main() {
    // `cargo test --benches` passes no `--bench`; there is nothing to test here.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    if let Ok(server) = std::env::var("PEAK_OF_SEARCH_AT") {
        return peak_of_search(&server);
    }
    let all = core_affinity::get_core_ids().unwrap_or_default();
    if let Some(last) = all.last() {
        core_affinity::set_for_current(*last);
    }
    let emulator = Emulator::builder().project_id(PROJECT).in_process();
    let token = emulator.token().expires_in(360_000).mint();
    let keys = emulator.key_set().to_string();
    let server = Canned::default()
        .answer("GET /v1/mgmt/accesskey?", &format!(r#"{{"key":{KEY}}}"#))
        .answer("/exchange", &format!(r#"{{"keyId":"K2key","sessionJwt":"{token}"}}"#))
        .answer("/v2/keys/", &keys)
        .serve();
    let client = manager(server);
    let agent = bare::agent();
    let public_key = PublicKey::from_set(keys.as_bytes());

    println!(
        "| what | baseline | SDK's time | baseline's time | ratio | goal |\n|---|---|---|---|---|---|"
    );

    let (ours, baselines) = in_turn(
        41,
        200,
        || drop(black_box(client.access_keys().load("K2key").unwrap())),
        || drop(black_box(bare::load(&agent, server))),
    );
    let baseline = "bare ureq and a serde parse";
    Row { what: "`load`, warm connection", baseline, ours, baselines, goal: 1.15 }.print();

    let (ours, baselines) = in_turn(
        41,
        200,
        || drop(black_box(client.exchange("cleartext").unwrap())),
        || public_key.verify_token(black_box(&bare::exchange(&agent, server))),
    );
    let baseline = "bare ureq and one bare verification";
    Row { what: "`exchange`, keys cached", baseline, ours, baselines, goal: 1.15 }.print();

    let (message, signature) = token.rsplit_once('.').unwrap();
    let signature = decoded(signature);
    let (ours, baselines) = in_turn(
        41,
        500,
        || drop(black_box(client.validate(black_box(&token)).unwrap())),
        || public_key.verify(black_box(message.as_bytes()), black_box(&signature)),
    );
    let baseline = match cfg!(feature = "aws-lc-rs") {
        true => "bare aws-lc-rs verification",
        false => "bare `ring` verification",
    };
    Row { what: "`validate`, RS256-2048, key cached", baseline, ours, baselines, goal: 1.08 }
        .print();

    let remembering = Client::builder(PROJECT)
        .signing_keys(keys.as_str())
        .limits(|limits| limits.verified_tokens = 1000)
        .build()
        .unwrap();
    let (ours, baselines) = in_turn(
        41,
        500,
        || drop(black_box(remembering.validate(black_box(&token)).unwrap())),
        || public_key.verify(black_box(message.as_bytes()), black_box(&signature)),
    );
    let what = "`validate`, verified-token cache";
    Row { what, baseline, ours, baselines, goal: 0.10 }.print();

    search(&agent);
    start(&token, &keys);

    let tokens = client.token_source("cleartext");
    tokens.token().unwrap();
    let one = per_call(1, || drop(black_box(tokens.token().unwrap())));
    for id in &all {
        core_affinity::set_for_current(*id);
    }
    println!("| `token_source.token()`, fresh | — | {one:.1?} | — | — | ≤ 100 ns |");
    sixteen_threads(&agent, server);
    let eight = per_call(8, || drop(black_box(tokens.token().unwrap())));
    println!("| the same, 8 threads, per call and core | — | {eight:.1?} | — | — | as one |");
}

fn decoded(text: &str) -> Vec<u8> {
    use base64::Engine;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(text).unwrap()
}

/// 100,000 keys, 48 MB: parsing alone, which is what the two differ in.
fn search(agent: &Agent) {
    let mut body = String::from(r#"{"keys":["#);
    for number in 0..100_000 {
        if number > 0 {
            body.push(',');
        }
        body.push_str(&KEY.replace("K2key", &format!("K2key{number:06}")));
    }
    body.push_str("]}");
    let search = Search::new();
    let (ours, baselines) = in_turn(
        7,
        1,
        || drop(black_box(search.parse(black_box(body.as_bytes())).unwrap())),
        || drop(black_box(serde_json::from_slice::<bare::Keys>(body.as_bytes()).unwrap())),
    );
    let baseline = "serde_json into bare structs";
    Row { what: "search of 100,000 keys, the parse", baseline, ours, baselines, goal: 0.8 }.print();

    let server = Canned::default().answer("/search", &body).serve();
    let client = manager(server);
    let (ours, baselines) = in_turn(
        7,
        1,
        || drop(black_box(client.access_keys().search(&SearchAccessKeys::new()).unwrap())),
        || drop(black_box(bare::search(agent, server))),
    );
    let baseline = "bare ureq and serde_json into bare structs";
    Row { what: "the same, the whole call", baseline, ours, baselines, goal: 0.8 }.print();

    let program = Command::new(std::env::current_exe().unwrap())
        .arg("--bench")
        .env("PEAK_OF_SEARCH_AT", server.to_string())
        .output()
        .unwrap();
    let peak: f64 = String::from_utf8_lossy(&program.stdout).trim().parse().unwrap_or(f64::NAN);
    println!(
        "| the same, peak memory of a process | the body, {:.1} MB | {:.1} MB | — | {:.2} | ≤ 1.80 |",
        body.len() as f64 / 1e6,
        peak / 1e6,
        peak / body.len() as f64
    );
}

/// Prints what a process that searches has taken of memory, as the system counts it.
fn peak_of_search(server: &str) {
    let client = manager(server.parse().unwrap());
    black_box(client.access_keys().search(&SearchAccessKeys::new()).unwrap());
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes: u64 = peak.map_or(0, |peak| peak.replace("kB", "").trim().parse().unwrap());
    println!("{}", kilobytes * 1024);
}

fn manager(server: SocketAddr) -> Client {
    let client = Client::builder(PROJECT).management_key("management-key");
    client.base_url(format!("http://{server}")).build().unwrap()
}

const THREADS: u32 = 16;

/// Loads that take the service 5 ms each, and how many connections they take over TLS.
fn sixteen_threads(agent: &Agent, quick: SocketAddr) {
    const PAUSE: Duration = Duration::from_millis(5);
    let answer = format!(r#"{{"key":{KEY}}}"#);
    let server = Canned::default().answer("GET /v1/mgmt/accesskey?", &answer).after(PAUSE).serve();
    let client = manager(server);
    let (_, own) = in_turn(11, 200, || (), || drop(black_box(bare::load(agent, quick))));
    let per_load = |load: &(dyn Fn() + Sync)| in_threads(THREADS, 200, load) / (THREADS * 200);
    let (mut ours, mut bare) = (Vec::new(), Vec::new());
    for _ in 0..5 {
        ours.push(per_load(&|| drop(client.access_keys().load("K2key").unwrap())));
        bare.push(per_load(&|| drop(bare::load(agent, server))));
    }
    let rate = |per_load: Duration| 1.0 / per_load.as_secs_f64();
    let ideal = f64::from(THREADS) / (PAUSE + own).as_secs_f64();
    let (ours, bare) = (rate(median(ours)), rate(median(bare)));
    println!(
        "| loads a second, 16 threads, answers after 5 ms | 16 / (5 ms + {own:.0?}); bare ureq makes \
         {bare:.0} | {ours:.0} | {ideal:.0} | {:.3} | ≥ 0.95 |",
        ours / ideal
    );

    let body = answer;
    let server = Server::start(Behaviour {
        https: true,
        identity: Some(Identity::Trusted),
        answer: Some(Arc::new(move |_| {
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len());
            vec![Act::Send((head + &body).into_bytes())]
        })),
        ..Behaviour::default()
    });
    let transport = UreqTransport::builder().ca_pem(authority_pem()).build().unwrap();
    let client = Client::builder(PROJECT).management_key("management-key").base_url(server.url());
    let client = client.transport(transport).build().unwrap();
    let load = || drop(client.access_keys().load("K2key").unwrap());
    in_threads(THREADS, 31, &load);
    in_threads(4, 1, &load);
    let requests = server.requests();
    let connections = requests.iter().filter(|one| one.on_connection == 1).count();
    let loads = requests.len();
    println!(
        "| connections of {loads} loads by 16 threads, TLS | — | {connections} | — | — | ≤ 16 |"
    );
}

/// How long it takes so many threads at once to call so often each.
fn in_threads(threads: u32, calls: u32, call: &(dyn Fn() + Sync)) -> Duration {
    let began = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| (0..calls).for_each(|_| call()));
        }
    });
    began.elapsed()
}

/// A small program from its start to its first validated token.
fn start(token: &str, keys: &str) {
    let server = Canned::default()
        .answer("/exchange", &format!(r#"{{"keyId":"K2key","sessionJwt":"{token}"}}"#))
        .answer("/v2/keys/", keys)
        .serve();
    let run = |program: &str| {
        let status = Command::new(program)
            .env("DESCOPE_PROJECT_ID", PROJECT)
            .env("DESCOPE_ACCESS_KEY", "cleartext")
            .env("DESCOPE_BASE_URL", format!("http://{server}"))
            .stdout(Stdio::null())
            .status();
        assert!(status.unwrap().success());
    };
    let (ours, baselines) = in_turn(
        41,
        5,
        || run(env!("CARGO_BIN_EXE_first_token")),
        || run(env!("CARGO_BIN_EXE_first_token_bare")),
    );
    let baseline = "bare ureq, the same two requests";
    Row { what: "process start to first validated token", baseline, ours, baselines, goal: 1.05 }
        .print();
}

/// The median time of a call in each of so many threads at once.
fn per_call(threads: u32, call: impl Fn() + Sync) -> Duration {
    const CALLS: u32 = 200_000;
    let cores = std::thread::available_parallelism().map_or(1, usize::from).min(threads as usize);
    let rounds = (0..15)
        .map(|_| in_threads(threads, CALLS, &call) * cores as u32 / (CALLS * threads))
        .collect();
    median(rounds)
}
