//! A process that replaces keys, and is killed at each of its requests: the guide's sample.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{fs, thread};

use descope_emulator::{Emulator, Fault, Key, Operation, Status};

const SAMPLE: &str = include_str!("../src/bin/nightly_replacement/nightly.rs");
const GUIDE: &str = include_str!("../../../blocking/docs/when-the-program-dies.md");
/// Longer than a run is taken for one that still deploys.
const LATER: Duration = Duration::from_secs(2 * 3_600);

struct Night {
    emulator: Emulator,
    vault: PathBuf,
    ahead: Duration,
}

impl Night {
    /// An old key whose secret is in the vault, and one that is not old.
    fn new(name: &str) -> Self {
        let mut old = Key::new("ci").with_id("K2old").description("deploys");
        old.created_time = 1_700_000_000;
        let emulator = Emulator::builder().key(old).key(Key::new("young")).start();
        let vault = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir_all(&vault).unwrap();
        let night = Self { emulator, vault, ahead: Duration::ZERO };
        fs::write(night.vault.join("ci"), night.emulator.key("K2old").unwrap().cleartext())
            .unwrap();
        night
    }

    fn start(&self) -> Child {
        Command::new(env!("CARGO_BIN_EXE_nightly_replacement"))
            .env("PROJECT", self.emulator.project_id())
            .env("URL", self.emulator.base_url())
            .env("MANAGEMENT_KEY", self.emulator.management_key())
            .env("VAULT", &self.vault)
            .env("SECONDS_AHEAD", self.ahead.as_secs().to_string())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    fn later(&mut self) {
        self.emulator.advance(LATER);
        self.ahead += LATER;
    }

    fn live(&self) -> Vec<Key> {
        let keys = self.emulator.keys().into_iter();
        keys.filter(|key| key.name == "ci" && key.status == Status::Active).collect()
    }

    fn stored(&self) -> String {
        fs::read_to_string(self.vault.join("ci")).unwrap()
    }
}

impl Drop for Night {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.vault);
    }
}

/// Whether a child has made so many requests, or ended before it.
fn arrives(night: &Night, child: &mut Child, requests: u64) -> bool {
    let begun = Instant::now();
    while night.emulator.total() < requests {
        if child.try_wait().unwrap().is_some() {
            return night.emulator.total() >= requests;
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "it hangs");
        thread::sleep(Duration::from_millis(2));
    }
    true
}

/// Kills the sample at each of its requests, which are carried out, or are not.
fn killed_at_each_request(name: &str, fault: impl Fn() -> Fault) {
    let mut requests = 0;
    loop {
        let mut night = Night::new(&format!("{name}-{requests}"));
        night.emulator.inject(fault().after(requests));
        let mut child = night.start();
        let killed = arrives(&night, &mut child, u64::from(requests) + 1);
        if killed {
            child.kill().unwrap();
        }
        child.wait().unwrap();
        night.emulator.clear_faults();
        let live = night.live();
        let stored = night.stored();
        assert!(live.iter().any(|key| key.cleartext() == stored), "{requests}: {live:?}");

        // The next night.
        night.later();
        let output = night.start().wait_with_output().unwrap();
        assert!(output.status.success() && output.stderr.is_empty(), "{requests}: {output:?}");
        let live = night.live();
        let [key] = &live[..] else { panic!("{requests}: {live:?}") };
        assert_eq!((key.cleartext(), key.id == "K2old"), (&*night.stored(), false));
        if !killed {
            break;
        }
        requests += 1;
    }
    println!("killed at {requests} requests");
    assert!(requests > 8);
}

#[test]
fn by_a_kill_before_each_request_is_carried_out() {
    killed_at_each_request("before", Fault::stalled);
}

#[test]
fn by_a_kill_after_each_request_is_carried_out() {
    killed_at_each_request("after", || Fault::delayed(Duration::from_secs(60)));
}

#[test]
fn the_sample_replaces_what_is_old_and_searches_once_for_all() {
    let night = Night::new("undisturbed");
    let output = night.start().wait_with_output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    let live = night.live();
    let [key] = &live[..] else { panic!("{live:?}") };
    let told = String::from_utf8(output.stdout).unwrap();
    assert_eq!(told, format!("{} has replaced K2old\n", key.id));
    assert_eq!(key.cleartext(), night.stored());
    // Once more to see whether somebody else has begun.
    assert_eq!(night.emulator.count(Operation::Search), 2);
}

#[test]
fn the_guide_has_the_sample_in_30_lines() {
    let sample = SAMPLE.split("// sample\n").nth(1).unwrap().split("// end").next().unwrap();
    assert!(sample.lines().count() <= 30, "{}", sample.lines().count());
    assert!(GUIDE.contains(&format!("```rust\n{sample}```")), "the guide shows another one");
}
