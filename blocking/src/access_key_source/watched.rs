//! A place of an access key that is looked at once in a while.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use descope_core::{Error, Now, Secret, SecretSource};

use super::{AccessKeySource, Place};

/// The key in a place, as it was found when the place was last looked at.
pub(crate) struct WatchedKey {
    shared: Arc<Shared>,
    place: Place,
    every: Duration,
}

struct Shared {
    /// Counts the keys that were found. Word-sized: not every machine has atomics of 64 bits.
    version: AtomicUsize,
    looking: AtomicBool,
    /// It was refused since the last look.
    refused: AtomicBool,
    found: Mutex<Found>,
    looked: Condvar,
}

#[derive(Default)]
struct Found {
    key: Option<Secret>,
    /// Why the last look found none.
    error: Option<Error>,
    /// When it was last begun to look.
    last: Option<Now>,
}

impl WatchedKey {
    pub(crate) fn new(source: &AccessKeySource) -> Self {
        let AccessKeySource { place, every } = source.clone();
        let shared = Arc::new(Shared {
            version: AtomicUsize::new(0),
            looking: AtomicBool::new(false),
            refused: AtomicBool::new(false),
            found: Mutex::default(),
            looked: Condvar::new(),
        });
        if let Place::Value(key) = &place {
            shared.take(key.clone());
        }
        Self { shared, place, every }
    }

    /// Waits for the first look to end, where nothing is known yet.
    pub(crate) fn wait_for_first(&self, now: Now, limit: Duration) {
        self.version(now);
        let found = self.shared.found();
        let nothing_yet = |found: &mut Found| {
            let nothing = found.key.is_none() && found.error.is_none();
            nothing && self.shared.looking.load(Ordering::Acquire)
        };
        drop(self.shared.looked.wait_timeout_while(found, limit, nothing_yet));
    }

    fn look(&self) {
        let end = Look(Arc::clone(&self.shared));
        match &self.place {
            Place::Value(_) => {}
            Place::Read(read) => end.0.take(read()),
            Place::Command(run) => {
                let run = run.clone();
                let thread = thread::Builder::new().name("descope-key".into());
                // Where it fails the key is as it was, and the next look is the next try.
                let _ = thread.spawn(move || end.0.take(run.run()));
            }
        }
    }
}

/// Somebody looks. Its end, by a panic too, lets another look.
struct Look(Arc<Shared>);

impl Drop for Look {
    fn drop(&mut self) {
        // Under the lock, so that one who is about to wait does not miss it.
        let mut found = self.0.found();
        // One that brought nothing, not even an error, was no look: the next caller looks.
        if found.key.is_none() && found.error.is_none() {
            found.last = None;
        }
        self.0.looking.store(false, Ordering::Release);
        drop(found);
        self.0.looked.notify_all();
    }
}

impl Shared {
    fn version(&self) -> u64 {
        self.version.load(Ordering::Acquire) as u64
    }

    fn found(&self) -> MutexGuard<'_, Found> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes what a look brought. What cannot be a key is as no look, once one is known.
    fn take(&self, key: Result<Secret, Error>) {
        let key = key.and_then(|key| usable(&key));
        let mut found = self.found();
        match key {
            Ok(key) if found.key.as_ref() == Some(&key) => {}
            Ok(key) => {
                found.key = Some(key);
                self.version.fetch_add(1, Ordering::Release);
            }
            Err(error) => found.error = Some(error),
        }
    }
}

fn usable(key: &Secret) -> Result<Secret, Error> {
    let text = key.expose().trim();
    if text.is_empty() {
        return Err(Error::invalid_argument("access key", "is empty"));
    }
    if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        let what = "holds a character other than visible ASCII (it is not shown here)";
        return Err(Error::invalid_argument("access key", what));
    }
    Ok(Secret::new(text))
}

impl SecretSource for WatchedKey {
    fn version(&self, now: Now) -> u64 {
        let shared = &*self.shared;
        // Who finds it locked goes on with what is known: another looks.
        if let (false, Ok(mut found)) =
            (matches!(self.place, Place::Value(_)), shared.found.try_lock())
        {
            let due = found.last.is_none_or(|last| now.since(last) >= self.every)
                || shared.refused.load(Ordering::Acquire);
            if due && !shared.looking.swap(true, Ordering::AcqRel) {
                found.last = Some(now);
                shared.refused.store(false, Ordering::Release);
                drop(found);
                self.look();
            }
        }
        shared.version()
    }

    fn latest(&self) -> Result<(u64, Secret), Error> {
        let found = self.shared.found();
        match (&found.key, &found.error) {
            (Some(key), _) => Ok((self.shared.version(), key.clone())),
            (None, Some(error)) => Err(error.clone()),
            (None, None) => Err(Error::invalid_argument("access key", "is not known yet")),
        }
    }

    fn refused(&self) {
        self.shared.refused.store(true, Ordering::Release);
    }
}

impl fmt::Debug for WatchedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WatchedKey")
            .field("version", &self.shared.version())
            .finish_non_exhaustive()
    }
}
