//! Keys in files and of commands, over sockets and under load: a rotation fails no call, and arrives
//! within the minute.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use descope_blocking::{AccessKeySource, Client, Error, Secret, TokenSource};
use descope_emulator::{Emulator, Key, Operation};

const OLD: &str = "K2-the-old-cleartext";
const NEW: &str = "K2-the-new-cleartext";
const THREADS: usize = 64;

/// A folder of the test's own.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static MADE: AtomicUsize = AtomicUsize::new(0);
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let name = format!("descope-key-places-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::create_dir(&path).unwrap();
        Self(path)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Mounts a secret as Kubernetes does: the file is a link through a link to a folder, and the link
    /// between is turned.
    fn mount(&self, version: &str, secret: &str) -> PathBuf {
        let folder = self.path(version);
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("key"), secret).unwrap();
        symlink(version, self.path("..data_tmp")).unwrap();
        fs::rename(self.path("..data_tmp"), self.path("..data")).unwrap();
        let file = self.path("key");
        if !file.exists() {
            symlink("..data/key", &file).unwrap();
        }
        file
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn emulator() -> Emulator {
    Emulator::builder()
        .key(Key::new("old").with_id("K2old").with_cleartext(OLD))
        .key(Key::new("new").with_id("K2new").with_cleartext(NEW))
        .start()
}

fn client(emulator: &Emulator) -> Client {
    let builder = Client::builder(emulator.project_id()).base_url(emulator.base_url());
    // While one thread calls, the test lets seconds pass.
    builder.clock(emulator.clock()).deadline(Duration::from_secs(600)).build().unwrap()
}

/// What threads that ask for tokens without an end have met.
struct Load {
    over: AtomicBool,
    /// Calls that have ended, of each thread.
    calls: [AtomicU64; THREADS],
    failures: AtomicU64,
    /// Of any call, in microseconds.
    longest: AtomicU64,
}

impl Load {
    /// Runs the story while threads ask, and fails if a call of theirs did.
    fn during(tokens: &TokenSource, story: impl FnOnce(&Self)) -> Self {
        let load = Self {
            over: AtomicBool::default(),
            calls: [const { AtomicU64::new(0) }; THREADS],
            failures: AtomicU64::default(),
            longest: AtomicU64::default(),
        };
        thread::scope(|scope| {
            for calls in &load.calls {
                scope.spawn(|| load.ask(tokens, calls));
            }
            let story = std::panic::AssertUnwindSafe(|| story(&load));
            let result = std::panic::catch_unwind(story);
            load.over.store(true, Ordering::Relaxed);
            result.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        });
        assert_eq!(load.failures.load(Ordering::Relaxed), 0, "failed calls");
        load
    }

    fn ask(&self, tokens: &TokenSource, calls: &AtomicU64) {
        while !self.over.load(Ordering::Relaxed) {
            let began = Instant::now();
            if tokens.token().is_err() {
                self.failures.fetch_add(1, Ordering::Relaxed);
            }
            let took = u64::try_from(began.elapsed().as_micros()).unwrap();
            self.longest.fetch_max(took, Ordering::Relaxed);
            calls.fetch_add(1, Ordering::Relaxed);
            thread::yield_now();
        }
    }

    /// Lets every thread begin and end a call, so that whatever is due by the clock is done.
    fn round(&self) {
        let counts = || self.calls.each_ref().map(|calls| calls.load(Ordering::Relaxed));
        let before = counts();
        while before.iter().zip(counts()).any(|(before, now)| now < before + 2) {
            thread::sleep(Duration::from_millis(1));
        }
    }

    /// Lets seconds pass, one by one.
    fn pass(&self, emulator: &Emulator, seconds: u64) {
        for _ in 0..seconds {
            emulator.advance(Duration::from_secs(1));
            self.round();
        }
    }
}

/// The seconds by the emulator's clock until the tokens are those of the key.
fn seconds_until(emulator: &Emulator, load: &Load, tokens: &TokenSource, key_id: &str) -> u64 {
    for second in 0..120 {
        if tokens.token().unwrap().key_id() == key_id {
            return second;
        }
        load.pass(emulator, 1);
    }
    panic!("it did not arrive");
}

#[test]
fn a_mounted_secret_is_replaced_under_load() {
    let (emulator, folder) = (emulator(), Folder::new());
    let file = folder.mount("..1", &format!("{OLD}\n"));
    let tokens = client(&emulator).token_source(AccessKeySource::file(file));
    tokens.token().unwrap();
    let _ = Load::during(&tokens, |load| {
        assert_eq!(seconds_until(&emulator, load, &tokens, "K2old"), 0);
        // Empty, gone, no text, and half-written: the old token serves.
        for (number, secret) in ["", "\n", "two\nlines", &NEW[..10]].iter().enumerate() {
            folder.mount(&format!("..bad{number}"), secret);
            load.pass(&emulator, 15);
        }
        fs::remove_file(folder.path("..data")).unwrap();
        load.pass(&emulator, 11);
        assert_eq!(tokens.token().unwrap().key_id(), "K2old");
        folder.mount("..2", NEW);
        let seconds = seconds_until(&emulator, load, &tokens, "K2new");
        assert!(seconds <= 60, "{seconds} s");
        // Nobody needs the old one any more.
        assert!(emulator.deactivate("K2old"));
        emulator.advance(Duration::from_secs(3600));
        load.round();
    });
    // One a key and one for the last hour; the half is tried every 10 s at most while it is there.
    let exchanges = emulator.count(Operation::Exchange);
    assert!(exchanges <= 3 + 4, "{exchanges} exchanges");
}

#[test]
fn a_key_that_is_rotated_in_place_fails_no_call() {
    let (emulator, folder) = (emulator(), Folder::new());
    let file = folder.mount("..1", OLD);
    let tokens = client(&emulator).token_source(AccessKeySource::file(file));
    tokens.token().unwrap();
    let _ = Load::during(&tokens, |load| {
        // The old secret is dead at once; the file follows half a minute later.
        assert!(emulator.deactivate("K2old"));
        load.pass(&emulator, 30);
        folder.mount("..2", NEW);
        assert!(seconds_until(&emulator, load, &tokens, "K2new") <= 60);
    });
}

#[test]
fn nobody_with_a_token_waits_for_a_command() {
    let (emulator, folder) = (emulator(), Folder::new());
    let (key, hold, running) = (folder.path("key"), folder.path("hold"), folder.path("running"));
    fs::write(&key, OLD).unwrap();
    // While there is a hold it hangs.
    let script = r#"while [ -e "$2" ]; do : >"$3"; sleep 0.05; done; cat "$1""#;
    let text = |path: &Path| path.to_str().unwrap().to_owned();
    let arguments =
        ["-c".into(), script.into(), "sh".into(), text(&key), text(&hold), text(&running)];
    let source = AccessKeySource::command("sh", arguments).every(Duration::from_secs(10));
    let tokens = client(&emulator).token_source(source);
    assert_eq!(tokens.token().unwrap().key_id(), "K2old", "the first one waits for it");
    let load = Load::during(&tokens, |load| {
        fs::write(&hold, "").unwrap();
        emulator.advance(Duration::from_secs(11));
        while !running.exists() {
            load.round();
        }
        for _ in 0..50 {
            load.round();
        }
        fs::write(&key, NEW).unwrap();
        fs::remove_file(&hold).unwrap();
        let began = Instant::now();
        while tokens.token().unwrap().key_id() != "K2new" {
            assert!(began.elapsed() < Duration::from_secs(30), "it did not arrive");
            load.round();
        }
    });
    let longest = Duration::from_micros(load.longest.load(Ordering::Relaxed));
    assert!(longest < Duration::from_secs(3), "a call took {longest:?}");
}

#[test]
fn a_command_that_fails_is_named_without_its_arguments() {
    let emulator = emulator();
    for (program, arguments, expected) in [
        ("false", &["K2-secret-argument"][..], "failed with"),
        ("true", &["K2-secret-argument"], "is empty"),
        ("/no/such/program", &["K2-secret-argument"], "cannot be run"),
        ("printf", &["two\\nlines%s"], "visible ASCII"),
    ] {
        let source = AccessKeySource::command(program, arguments.iter().copied());
        let error = client(&emulator).token_source(source).token().unwrap_err();
        let text = error.to_string();
        assert!(text.contains(expected) && !text.contains("secret-argument"), "{text}");
    }
    assert_eq!(emulator.count(Operation::Exchange), 0);
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let (emulator, folder) = (emulator(), Folder::new());
    for path in [folder.path("nowhere"), folder.0.clone()] {
        let tokens = client(&emulator).token_source(AccessKeySource::file(&path));
        let text = tokens.token().unwrap_err().to_string();
        assert!(text.contains(path.to_str().unwrap()), "{text}");
    }
}

#[test]
fn a_function_is_asked_once_in_a_while_by_one() {
    let emulator = emulator();
    let asked = std::sync::Arc::new(AtomicU64::new(0));
    let counter = asked.clone();
    let ask = move || -> Result<Secret, Error> {
        match counter.fetch_add(1, Ordering::Relaxed) {
            0 => Ok(Secret::new(OLD)),
            1 => panic!("as foreign code may"),
            _ => Ok(Secret::new(NEW)),
        }
    };
    // Longer than a test takes: the emulator's clock moves with the real one.
    let interval = Duration::from_secs(100);
    let source = AccessKeySource::from_fn(ask).every(interval);
    let tokens = client(&emulator).token_source(source);
    for _ in 0..100 {
        assert_eq!(tokens.token().unwrap().key_id(), "K2old");
    }
    assert_eq!(asked.load(Ordering::Relaxed), 1);
    emulator.advance(interval);
    let panics = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| tokens.token()));
    assert!(panics.is_err());
    assert_eq!(tokens.token().unwrap().key_id(), "K2old", "it spoils one call");
    emulator.advance(interval);
    assert_eq!(tokens.token().unwrap().key_id(), "K2new");
}

#[test]
fn a_function_that_panics_spoils_one_call() {
    let emulator = emulator();
    let calls = AtomicUsize::new(0);
    let tokens = client(&emulator).token_source(AccessKeySource::from_fn(move || {
        assert!(calls.fetch_add(1, Ordering::Relaxed) > 0, "the first time");
        Ok(Secret::new(OLD))
    }));
    let first = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| tokens.token().is_ok()));
    first.unwrap_err();
    assert_eq!(tokens.token().unwrap().key_id(), "K2old");
}

#[test]
fn the_environment_is_read_when_the_source_is_made() {
    let source = AccessKeySource::env("DESCOPE_SUITE_NO_SUCH_KEY");
    let error = client(&emulator()).token_source(source).token().unwrap_err();
    assert_eq!(error.field(), Some("DESCOPE_SUITE_NO_SUCH_KEY"));
}
