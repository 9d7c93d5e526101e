//! Looks names up within a limit of time. The system's look-up takes none, so it runs on threads: at
//! most four, shared by all requests of a transport.

use std::collections::VecDeque;
use std::collections::hash_map::{Entry, HashMap};
use std::fmt;
use std::io;
use std::net::{IpAddr, ToSocketAddrs};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

const MOST_THREADS: usize = 4;
/// How long an answer is used.
const USED_FOR: Duration = Duration::from_secs(10);

/// The names looked up by one transport. Clones share.
#[derive(Clone)]
pub(super) struct Names(Arc<Shared>);

struct Shared {
    look_up: fn(&str) -> io::Result<Vec<IpAddr>>,
    /// How long a thread without work stays.
    idle_for: Duration,
    state: Mutex<State>,
    /// Something to look up, or a look-up that has ended.
    changed: Condvar,
}

#[derive(Default)]
struct State {
    names: HashMap<String, Name>,
    /// Not yet begun.
    queue: VecDeque<String>,
    threads: usize,
    idle: usize,
}

enum Name {
    LookedUp(Arc<Pending>),
    Known { addresses: Addresses, since: Instant },
}

/// A look-up under way, shared by all who wait for it.
type Pending = OnceLock<Result<Addresses, Arc<io::Error>>>;

pub(super) type Addresses = Arc<[IpAddr]>;

/// Why a name has no address.
#[derive(Debug)]
pub(super) enum NoAddress {
    /// The limit passed first.
    TimedOut,
    Failed(io::Error),
}

impl Default for Names {
    fn default() -> Self {
        let look_up =
            |host: &str| Ok((host, 0).to_socket_addrs()?.map(|address| address.ip()).collect());
        Self::with(look_up, Duration::from_secs(10))
    }
}

impl Names {
    fn with(look_up: fn(&str) -> io::Result<Vec<IpAddr>>, idle_for: Duration) -> Self {
        let (state, changed) = (Mutex::default(), Condvar::new());
        Self(Arc::new(Shared { look_up, idle_for, state, changed }))
    }

    /// The addresses of a host: at once if it is one itself, or was looked up a moment ago.
    pub(super) fn addresses(&self, host: &str, by: Instant) -> Result<Addresses, NoAddress> {
        let literal = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        if let Ok(address) = literal.unwrap_or(host).parse::<IpAddr>() {
            return Ok(Arc::new([address]));
        }
        let mut state = self.0.lock();
        let pending = match state.names.get(host) {
            Some(Name::Known { addresses, since }) if since.elapsed() < USED_FOR => {
                return Ok(Arc::clone(addresses));
            }
            Some(Name::LookedUp(pending)) => Arc::clone(pending),
            _ => self.begin(&mut state, host)?,
        };
        loop {
            if let Some(ended) = pending.get() {
                return ended.clone().map_err(|error| NoAddress::Failed(again(&error)));
            }
            let left = by.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(NoAddress::TimedOut);
            }
            let waited = self.0.changed.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Has a name looked up again next time: what was answered led nowhere.
    pub(super) fn forget(&self, host: &str) {
        if let Entry::Occupied(name) = self.0.lock().names.entry(host.to_owned()) {
            if matches!(name.get(), Name::Known { .. }) {
                name.remove();
            }
        }
    }

    fn begin(&self, state: &mut State, host: &str) -> Result<Arc<Pending>, NoAddress> {
        if state.idle <= state.queue.len() && state.threads < MOST_THREADS {
            let shared = Arc::clone(&self.0);
            let thread = thread::Builder::new().name("descope-names".to_owned());
            match thread.spawn(move || shared.work()) {
                Ok(_) => state.threads += 1,
                // Another will come to it.
                Err(_) if state.threads > 0 => {}
                Err(error) => {
                    let text = format!("no thread can be started to look the name up: {error}");
                    return Err(NoAddress::Failed(io::Error::new(error.kind(), text)));
                }
            }
        }
        let pending = Arc::default();
        state.names.insert(host.to_owned(), Name::LookedUp(Arc::clone(&pending)));
        state.queue.push_back(host.to_owned());
        self.0.changed.notify_all();
        Ok(pending)
    }
}

impl Shared {
    /// What each thread does.
    fn work(&self) {
        let mut state = self.lock();
        loop {
            let Some(host) = state.queue.pop_front() else {
                state.idle += 1;
                let waited = self
                    .changed
                    .wait_timeout_while(state, self.idle_for, |state| state.queue.is_empty())
                    .unwrap_or_else(PoisonError::into_inner);
                state = waited.0;
                state.idle -= 1;
                if waited.1.timed_out() && state.queue.is_empty() {
                    state.threads -= 1;
                    return;
                }
                continue;
            };
            drop(state);
            let result = (self.look_up)(&host).and_then(|addresses| match &addresses[..] {
                [] => Err(io::Error::other("the host has no address")),
                _ => Ok(Addresses::from(addresses)),
            });
            state = self.lock();
            let name = match &result {
                Ok(addresses) => {
                    let known =
                        Name::Known { addresses: Arc::clone(addresses), since: Instant::now() };
                    state.names.insert(host, known)
                }
                Err(_) => state.names.remove(&host),
            };
            if let Some(Name::LookedUp(pending)) = name {
                let _ = pending.set(result.map_err(Arc::new));
            }
            self.changed.notify_all();
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An error of the system cannot be cloned.
fn again(error: &io::Error) -> io::Error {
    match error.raw_os_error() {
        Some(code) => io::Error::from_raw_os_error(code),
        None => io::Error::new(error.kind(), error.to_string()),
    }
}

impl fmt::Debug for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Names").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc;

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(20);

    fn soon() -> Instant {
        Instant::now() + PATIENCE
    }

    fn nobody_asks(host: &str) -> io::Result<Vec<IpAddr>> {
        panic!("{host} was looked up");
    }

    #[test]
    fn an_address_is_looked_up_by_none() {
        let names = Names::with(nobody_asks, PATIENCE);
        for (host, address) in [("127.0.0.1", "127.0.0.1"), ("[::1]", "::1"), ("::1", "::1")] {
            let expected: IpAddr = address.parse().unwrap();
            assert_eq!(*names.addresses(host, soon()).unwrap(), [expected]);
        }
        assert_eq!(names.0.lock().threads, 0);
    }

    #[test]
    fn an_answer_is_used_until_it_is_old_or_forgotten() {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        fn counted(_: &str) -> io::Result<Vec<IpAddr>> {
            let count = COUNT.fetch_add(1, Ordering::SeqCst) + 1;
            Ok(vec![IpAddr::from([10, 0, 0, count as u8])])
        }
        let names = Names::with(counted, PATIENCE);
        let last = || match names.addresses("host", soon()).unwrap()[0] {
            IpAddr::V4(address) => address.octets()[3],
            IpAddr::V6(_) => panic!("none was answered"),
        };
        assert_eq!((last(), last()), (1, 1));
        names.forget("other");
        assert_eq!(last(), 1);
        names.forget("host");
        assert_eq!(last(), 2);
        if let Some(Name::Known { since, .. }) = names.0.lock().names.get_mut("host") {
            *since -= USED_FOR;
        }
        assert_eq!((last(), last()), (3, 3));
        assert_eq!(names.0.lock().threads, 1);
    }

    #[test]
    fn a_failure_is_told_to_all_who_wait_and_not_kept() {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        fn refused(_: &str) -> io::Result<Vec<IpAddr>> {
            if COUNT.fetch_add(1, Ordering::SeqCst) == 0 {
                Err(io::Error::other("no such host"))
            } else {
                Ok(Vec::new())
            }
        }
        let names = Names::with(refused, PATIENCE);
        for expected in ["no such host", "the host has no address"] {
            match names.addresses("host", soon()) {
                Err(NoAddress::Failed(error)) => assert_eq!(error.to_string(), expected),
                other => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn a_thread_without_work_ends_and_another_begins() {
        fn loopback(_: &str) -> io::Result<Vec<IpAddr>> {
            Ok(vec![IpAddr::from([127, 0, 0, 1])])
        }
        let names = Names::with(loopback, Duration::from_millis(1));
        for host in ["a", "b"] {
            names.addresses(host, soon()).unwrap();
            let until = soon();
            while names.0.lock().threads > 0 {
                assert!(Instant::now() < until, "it stays");
                thread::yield_now();
            }
        }
    }

    /// Look-ups that begin when the test says so: each name has a gate.
    #[test]
    fn four_threads_look_up_and_each_name_once() {
        static BEGUN: AtomicUsize = AtomicUsize::new(0);
        static GATE: Mutex<()> = Mutex::new(());
        fn gated(_: &str) -> io::Result<Vec<IpAddr>> {
            BEGUN.fetch_add(1, Ordering::SeqCst);
            drop(GATE.lock());
            Ok(vec![IpAddr::from([10, 0, 0, 1])])
        }
        let names = Names::with(gated, PATIENCE);
        let closed = GATE.lock().unwrap();
        // A caller whose time is over goes on; the look-up does too.
        let by = Instant::now();
        for host in ["a", "b", "c", "d", "e", "f", "a"] {
            assert!(matches!(names.addresses(host, by), Err(NoAddress::TimedOut)), "{host}");
        }
        assert_eq!(names.0.lock().threads, MOST_THREADS);
        let (done, all_done) = mpsc::channel();
        thread::scope(|scope| {
            for host in ["a", "a", "f", "f"] {
                let (names, done) = (&names, done.clone());
                scope.spawn(move || done.send(names.addresses(host, soon()).is_ok()));
            }
            drop(closed);
        });
        assert_eq!(all_done.iter().take(4).filter(|is_ok| *is_ok).count(), 4);
        for host in ["b", "c", "d", "e"] {
            names.addresses(host, soon()).unwrap();
        }
        assert_eq!(BEGUN.load(Ordering::SeqCst), 6, "six names");
        assert_eq!(names.0.lock().threads, MOST_THREADS);
    }
}
