//! Every fault of the table against the whole client: one load and one create each.

use std::error::Error as StdError;
use std::fmt::Write;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use descope_blocking::{Client, CreateAccessKey, Error, Expiry, Outcome, UreqTransport};
use descope_suite::faults::table::{CLEARTEXT, CONNECT, DEADLINE, MAX_BODY};
use descope_suite::faults::{Called, Fault, Open, authority_pem, each_at_once, table};
use log::{LevelFilter, Log, Metadata, Record};

const MANAGEMENT_KEY: &str = "K2management0key0that0nobody0may0ever0see";

#[test]
fn every_fault_ends_as_it_must() {
    log::set_logger(&LINES).unwrap();
    log::set_max_level(LevelFilter::Trace);
    let table = table();
    let wrong = each_at_once(&table, |fault| {
        [("load", &fault.load), ("create", &fault.create)].map(|(call, must)| {
            let wrong = meet(fault, call, must).err()?;
            Some(format!("{}, {call}: {wrong}", fault.name))
        })
    });
    let mut wrong: Vec<String> = wrong.into_iter().flatten().flatten().collect();
    let lines = LINES.0.lock().unwrap();
    assert!(lines.iter().any(|line| line.contains("attempt 3")), "nothing was logged");
    wrong.extend(
        lines
            .iter()
            .filter(|line| is_leak(line) && !is_logged_in_vain(line))
            .map(|line| format!("logged: {line}")),
    );
    assert!(wrong.is_empty(), "{} of {} faults:\n{}", wrong.len(), table.len(), wrong.join("\n"));
}

/// A busy machine is no fault of the client: what took too long is met again, four times at most.
fn meet(fault: &Fault, call: &str, must: &Called) -> Result<(), String> {
    let is_late =
        |result: &Result<(), String>| result.as_ref().is_err_and(|wrong| wrong.starts_with(TOOK));
    let mut result = meet_once(fault, call, must);
    for _ in 0..4 {
        if !is_late(&result) {
            break;
        }
        result = meet_once(fault, call, must);
    }
    result
}

const TOOK: &str = "it took ";

fn meet_once(fault: &Fault, call: &str, must: &Called) -> Result<(), String> {
    let open = fault.peer.open();
    let client = client(&open.url);
    if fault.kept_alive {
        prime(&client, &open);
    }
    let seen = |open: &Open| open.server.as_ref().map_or(0, |server| server.requests().len());
    let before = seen(&open);
    let start = Instant::now();
    let result = if call == "load" {
        client.access_keys().load("K1").map(|key| assert_eq!(key.id(), "K1"))
    } else {
        let create = CreateAccessKey::new("ci", Expiry::Never);
        client.access_keys().create(&create).map(|created| {
            assert_eq!(created.cleartext.expose(), CLEARTEXT);
        })
    };
    let took = start.elapsed();
    let seen = seen(&open) - before;

    let is = result.as_ref().err().map(Error::kind);
    if is != must.result.err() {
        return Err(format!("{is:?} instead of {:?}: {result:?}", must.result));
    }
    if !must.took.fits(took, CONNECT, DEADLINE) {
        return Err(format!("{TOOK}{took:?} instead of {:?}", must.took));
    }
    let Err(error) = result else {
        let attempts = u32::try_from(seen).unwrap();
        // A request on a connection that the server has ended may not be seen at all.
        let unseen = u32::from(fault.kept_alive);
        return match must.attempts.contains(&attempts)
            || must.attempts.contains(&(attempts + unseen))
        {
            true => Ok(()),
            false => Err(format!("{attempts} attempts instead of {:?}", must.attempts)),
        };
    };
    failed(&error, call, must)?;
    if call == "create" && error.outcome() == Outcome::Unknown && seen > 1 {
        return Err(format!("{seen} creates were sent, and what became of them is unknown"));
    }
    if error.outcome() == Outcome::NotSent && seen > 0 {
        return Err(format!("{seen} requests were seen that are said not to have been sent"));
    }
    Ok(())
}

fn failed(error: &Error, call: &str, must: &Called) -> Result<(), String> {
    if error.outcome() != must.outcome {
        return Err(format!("{:?} instead of {:?}: {error}", error.outcome(), must.outcome));
    }
    if !must.attempts.contains(&error.attempts()) {
        return Err(format!("{} attempts instead of {:?}", error.attempts(), must.attempts));
    }
    let in_doubt = call == "create" && must.outcome == Outcome::Unknown;
    if error.is_outcome_unknown() != in_doubt {
        return Err(format!("the error says of the outcome: {:?}", error.outcome_unknown()));
    }
    let secret = error.cleartext().map(|secret| secret.expose() == CLEARTEXT);
    if secret != must.secret.then_some(true) {
        return Err(format!("the cleartext is there, and right: {secret:?}"));
    }
    let shown = everything(error);
    if is_leak(&shown) {
        return Err(format!("a secret shows: {shown}"));
    }
    Ok(())
}

/// In a process of its own, so that nothing else takes memory meanwhile.
#[cfg(target_os = "linux")]
#[test]
fn faults_of_size_take_little_memory() {
    let output = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "memory::measured", "--ignored", "--nocapture"])
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
}

#[cfg(target_os = "linux")]
mod memory {
    use descope_blocking::{ErrorKind, SearchAccessKeys};

    use super::*;

    const MIB: usize = 1 << 20;

    #[test]
    #[ignore = "run by `faults_of_size_take_little_memory`, alone"]
    fn measured() {
        let table: Vec<_> = table().into_iter().filter(|fault| fault.large).collect();
        assert!(table.len() > 10);
        for fault in &table {
            for (call, must) in [("load", &fault.load), ("create", &fault.create)] {
                let growth = growth(|| meet(fault, call, must).unwrap());
                assert!(growth <= 16 * MIB, "{}, {call}: {growth} bytes", fault.name);
            }
        }
        // A search may be large: it takes its bound, and no more than this above it.
        let bound = 64 * MIB;
        for name in ["a gzip bomb", "a body without end", "chunks without end"] {
            let open = table.iter().find(|fault| fault.name == name).unwrap().peer.open();
            let client = client(&open.url);
            let growth = growth(|| {
                let error = client.access_keys().search(&SearchAccessKeys::new()).unwrap_err();
                assert_eq!(error.kind(), ErrorKind::BodyTooLarge);
            });
            assert!(growth <= bound + 16 * MIB, "search, {name}: {growth} bytes");
            assert!(growth >= bound / 2, "search, {name}: {growth} bytes, measured wrongly");
        }
    }

    /// By how much the peak of the memory in use rises meanwhile, in bytes.
    fn growth(run: impl FnOnce()) -> usize {
        std::fs::write("/proc/self/clear_refs", "5").unwrap();
        let before = status("VmRSS:");
        run();
        status("VmHWM:").saturating_sub(before)
    }

    fn status(name: &str) -> usize {
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        let kibibytes: usize = line.trim().trim_end_matches(" kB").parse().unwrap();
        kibibytes * 1024
    }
}

/// All that can be had of an error as text, but for its cleartext.
fn everything(error: &Error) -> String {
    let mut text = format!(
        "{error} {error:?} {:?} {:?} {:?} {:?} {:?} {:?}",
        error.code(),
        error.description(),
        error.message(),
        error.body(),
        error.request_id(),
        error.outcome_unknown(),
    );
    let mut source = error.source();
    while let Some(error) = source {
        write!(text, " {error} {error:?}").unwrap();
        source = error.source();
    }
    text
}

/// ureq takes this header of an answer to hold no secret, and one fault puts one there.
fn is_logged_in_vain(line: &str) -> bool {
    line.starts_with("ureq") && line.contains("content-encoding")
}

/// Whether a text holds enough of a secret to be of use.
fn is_leak(text: &str) -> bool {
    text.contains(&MANAGEMENT_KEY[..20]) || text.contains(&CLEARTEXT[..20])
}

fn prime(client: &Client, open: &Open) {
    client.access_keys().load("K1").unwrap();
    open.server.as_ref().unwrap().settle();
}

fn client(url: &str) -> Client {
    let transport = UreqTransport::builder().ca_pem(authority_pem()).build().unwrap();
    Client::builder("P1")
        .base_url(url)
        .management_key(MANAGEMENT_KEY)
        .transport(transport)
        .limits(|limits| {
            limits.deadline = DEADLINE;
            limits.one_shot_deadline = DEADLINE;
            limits.connect_timeout = CONNECT;
            limits.max_body = MAX_BODY;
            limits.backoff = Duration::from_millis(2);
            limits.max_backoff = Duration::from_millis(4);
        })
        .build()
        .unwrap()
}

/// Every line that is logged.
struct Lines(Mutex<Vec<String>>);

static LINES: Lines = Lines(Mutex::new(Vec::new()));

impl Log for Lines {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        // What ureq and its parts log is their own: at this level every byte of requests and answers,
        // as the documentation of the transport says.
        metadata.target().starts_with("descope") || metadata.level() < log::Level::Trace
    }

    fn log(&self, record: &Record<'_>) {
        if self.enabled(record.metadata()) {
            self.0.lock().unwrap().push(format!("{} {}", record.target(), record.args()));
        }
    }

    fn flush(&self) {}
}
