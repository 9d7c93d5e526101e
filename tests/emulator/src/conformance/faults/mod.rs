//! Named faults of a server, as data: what it does on its raw sockets, and what must come of it,
//! from a transport alone and from a whole client.

mod expect;
mod fault_server;
mod identity;
pub mod table;

use std::fmt;
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use socket2::{Domain, Socket, Type};

pub use self::expect::{Called, Sent, Took};
pub use self::fault_server::{Act, Request, Server};
pub use self::identity::{Identity, authority_pem};
pub use self::table::table;

/// One fault.
#[derive(Debug)]
pub struct Fault {
    /// What it is called in a test's output.
    pub name: String,
    /// Whether another request is answered well before, on a connection that stays open.
    pub kept_alive: bool,
    /// Whether it is a fault of size, under which the memory taken is to be measured.
    pub large: bool,
    /// Who misbehaves.
    pub peer: Peer,
    /// What becomes of one GET that a transport sends.
    pub get: Sent,
    /// What becomes of one POST that a transport sends on a fresh connection.
    pub post: Sent,
    /// What becomes of a load.
    pub load: Called,
    /// What becomes of a create.
    pub create: Called,
}

impl Fault {
    /// Whether it is met over TLS.
    #[must_use]
    pub fn is_https(&self) -> bool {
        match &self.peer {
            Peer::Address(url) => url.starts_with("https:"),
            Peer::Server(behaviour) => behaviour.https,
            Peer::Nobody | Peer::Hanging => false,
        }
    }

    /// Whether it is met only by who offers to take gzip.
    #[must_use]
    pub fn is_of_gzip(&self) -> bool {
        self.name.contains("gzip")
    }

    /// Whether it is met only by who speaks HTTP/1.1.
    #[must_use]
    pub fn is_of_http_1_1(&self) -> bool {
        ["chunk", "trailer", "interim"].iter().any(|word| self.name.contains(word))
    }

    /// Whether a strict transport may fail: the answer is none that it needs to take, or the
    /// connection none to go on with.
    #[must_use]
    pub fn is_lenient(&self) -> bool {
        ["a final 101", "chunks that end in a hurry", "line feeds alone"].contains(&&*self.name)
            || self.name.starts_with("an unasked answer")
    }
}

/// Checks every fault, a dozen at a time, in no particular order.
///
/// # Panics
///
/// When a check does.
pub fn each_at_once<T: Send>(faults: &[Fault], check: impl Fn(&Fault) -> T + Sync) -> Vec<T> {
    let (next, results) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..12 {
            scope.spawn(|| {
                while let Some(fault) = faults.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let result = check(fault);
                    results.lock().unwrap().push(result);
                }
            });
        }
    });
    results.into_inner().unwrap()
}

/// Who misbehaves.
#[derive(Debug, Clone)]
pub enum Peer {
    /// A port on which nobody listens.
    Nobody,
    /// A listener whose backlog is full: connecting to it hangs.
    Hanging,
    /// An address taken as it is.
    Address(&'static str),
    /// A server.
    Server(Behaviour),
}

/// What a server does.
#[derive(Clone, Default)]
pub struct Behaviour {
    /// Whether it is reached as `https`.
    pub https: bool,
    /// Its certificate, if it speaks TLS.
    pub identity: Option<Identity>,
    /// What it does with the bare TCP connection before all else.
    pub accept: Vec<Act>,
    /// What it does when a request has been read.
    pub answer: Option<Answer>,
}

/// The answer to a request.
pub type Answer = Arc<dyn Fn(&Request) -> Vec<Act> + Send + Sync>;

impl fmt::Debug for Behaviour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Behaviour").field("identity", &self.identity).finish_non_exhaustive()
    }
}

/// A peer that is there, until this is dropped.
#[derive(Debug)]
pub struct Open {
    /// Where it is.
    pub url: String,
    /// The server, where it is one.
    pub server: Option<Server>,
    _held: Vec<Socket>,
}

impl Peer {
    /// Sets it up.
    #[must_use]
    pub fn open(&self) -> Open {
        let bound = || {
            let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
            socket.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).unwrap();
            socket
        };
        match self {
            Self::Nobody => {
                let socket = bound();
                let url = format!("http://{}", address(&socket));
                Open { url, server: None, _held: vec![socket] }
            }
            Self::Hanging => {
                let listener = bound();
                listener.listen(0).unwrap();
                let address = address(&listener);
                let mut held = vec![listener];
                // One more than fits: the last of them is not answered any more.
                while let Ok(socket) = TcpStream::connect_timeout(&address, FULL) {
                    held.push(socket.into());
                }
                Open { url: format!("http://{address}"), server: None, _held: held }
            }
            Self::Address(url) => Open { url: (*url).to_owned(), server: None, _held: Vec::new() },
            Self::Server(behaviour) => {
                let server = Server::start(behaviour.clone());
                Open { url: server.url(), server: Some(server), _held: Vec::new() }
            }
        }
    }
}

const FULL: Duration = Duration::from_millis(50);

fn address(socket: &Socket) -> SocketAddr {
    socket.local_addr().unwrap().as_socket().unwrap()
}
