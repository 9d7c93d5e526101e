//! The HTTP server: one thread accepts, one serves each connection, and stopping joins them all.

mod connection;
mod read;
mod write;

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::emulator::Instance;

pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    shared: Arc<Shared>,
    /// Returns the threads of the connections.
    acceptor: Option<JoinHandle<Vec<JoinHandle<()>>>>,
}

struct Shared {
    instance: Arc<Instance>,
    open: Mutex<Open>,
    stopped: Condvar,
}

/// The open connections, so that stopping can end them.
#[derive(Default)]
struct Open {
    stopping: bool,
    connections: HashMap<u64, Arc<TcpStream>>,
}

impl Server {
    /// Listens on an address; port 0 is a free one.
    pub(crate) fn start(instance: Arc<Instance>, address: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind(address)?;
        let address = reachable(listener.local_addr()?);
        let shared = Arc::new(Shared { instance, open: Mutex::default(), stopped: Condvar::new() });
        let acceptor = thread(address).spawn({
            let shared = Arc::clone(&shared);
            move || shared.accept(&listener, address)
        })?;
        Ok(Self { address, shared, acceptor: Some(acceptor) })
    }
}

/// Where a server that listens here is reached from this machine.
fn reachable(mut listening: SocketAddr) -> SocketAddr {
    match listening.ip() {
        IpAddr::V4(any) if any.is_unspecified() => listening.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(any) if any.is_unspecified() => listening.set_ip(Ipv6Addr::LOCALHOST.into()),
        _ => {}
    }
    listening
}

/// A connection's place among the open ones; left when its thread ends, by a panic too (of a closure
/// that edits an answer), so that the socket is closed.
struct Entry {
    shared: Arc<Shared>,
    number: u64,
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.shared.open().connections.remove(&self.number);
    }
}

/// A thread of the server at this address, named after it.
fn thread(address: SocketAddr) -> thread::Builder {
    thread::Builder::new().name(format!("emulator-{}", address.port()))
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.open().stopping = true;
        self.shared.stopped.notify_all();
        // Wakes the acceptor, which then sees that it is to stop.
        drop(TcpStream::connect(self.address));
        let Some(Ok(threads)) = self.acceptor.take().map(JoinHandle::join) else { return };
        for stream in self.shared.open().connections.values() {
            let _ = stream.shutdown(Shutdown::Both);
        }
        for thread in threads {
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn accept(
        self: &Arc<Self>,
        listener: &TcpListener,
        address: SocketAddr,
    ) -> Vec<JoinHandle<()>> {
        let mut threads: Vec<JoinHandle<()>> = Vec::new();
        for number in 0.. {
            let accepted = listener.accept();
            if self.open().stopping {
                break;
            }
            let Ok((stream, peer)) = accepted else {
                // Out of file descriptors, most likely: some may be free in a moment.
                self.pause(Duration::from_millis(10));
                continue;
            };
            threads.retain(|thread| !thread.is_finished());
            let stream = Arc::new(stream);
            self.open().connections.insert(number, Arc::clone(&stream));
            let entry = Entry { shared: Arc::clone(self), number };
            let served = thread(address).spawn(move || {
                connection::serve(&stream, peer.ip(), &entry.shared);
            });
            // Without a thread for it, the connection is closed.
            threads.extend(served);
        }
        threads
    }

    /// Waits this long, or until the server stops; says whether it does.
    fn pause(&self, time: Duration) -> bool {
        let open = self.open();
        let waited = self.stopped.wait_timeout_while(open, time, |open| !open.stopping);
        waited.unwrap_or_else(PoisonError::into_inner).0.stopping
    }
}
