//! A server on raw sockets: a thread a connection, a script an answer.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::Behaviour;

/// One thing a server does.
#[derive(Debug, Clone)]
pub enum Act {
    /// Writes this.
    Send(Vec<u8>),
    /// Writes this a byte at a time, with a pause before each.
    Drip(Vec<u8>, Duration),
    /// Writes this again and again, with a pause before each, until the client has gone.
    Repeat(Vec<u8>, Duration),
    /// Reads what there is to read.
    Read,
    /// Lets this much time pass, and reads nothing.
    Wait(Duration),
    /// Does nothing until the client has gone.
    Stall,
    /// Closes in order.
    Close,
    /// Closes without the message by which TLS announces it.
    Cut,
    /// Resets the connection.
    Reset,
}

/// A request that was read whole.
#[derive(Debug, Clone)]
pub struct Request {
    /// The how-manieth request it is on this server, from 1.
    pub number: usize,
    /// The how-manieth request it is on its connection, from 1.
    pub on_connection: usize,
    /// Request line and headers.
    pub head: String,
    /// The body.
    pub body: Vec<u8>,
}

impl Request {
    /// Whether it creates a key.
    #[must_use]
    pub fn is_create(&self) -> bool {
        self.head.starts_with("POST ") && self.head.contains("/accesskey/create ")
    }

    /// The value of a header.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }
}

/// A server under way. Dropped, it closes every connection and waits for its threads.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
    acceptor: Option<JoinHandle<()>>,
}

struct Shared {
    behaviour: Behaviour,
    tls: Option<Arc<ServerConfig>>,
    requests: Mutex<Vec<Request>>,
    connections: Mutex<Vec<Weak<TcpStream>>>,
    /// How many requests are answered, with all that follows the answer.
    answered: AtomicUsize,
    over: AtomicBool,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").field("requests", &self.requests).finish_non_exhaustive()
    }
}

impl Server {
    /// Starts one on a free port of loopback.
    #[must_use]
    pub fn start(behaviour: Behaviour) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let tls = behaviour.identity.map(super::Identity::config);
        let shared = Arc::new(Shared {
            tls,
            behaviour,
            requests: Mutex::default(),
            connections: Mutex::default(),
            answered: AtomicUsize::new(0),
            over: AtomicBool::new(false),
        });
        let for_acceptor = Arc::clone(&shared);
        let acceptor = thread::spawn(move || accept(&listener, &for_acceptor));
        Self { address, shared, acceptor: Some(acceptor) }
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its base URL.
    #[must_use]
    pub fn url(&self) -> String {
        let scheme = if self.shared.behaviour.https { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }

    /// What was read so far.
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        self.shared.requests.lock().unwrap().clone()
    }

    /// How many connections are over.
    #[must_use]
    pub fn ended(&self) -> usize {
        let connections = self.shared.connections.lock().unwrap();
        connections.iter().filter(|connection| connection.strong_count() == 0).count()
    }

    /// Waits until a request is answered and all is done that follows its answer, and until the client
    /// can have noticed.
    pub fn settle(&self) {
        let is_done = || self.shared.answered.load(Ordering::SeqCst) > 0 || self.ended() > 0;
        wait_for(is_done, Duration::from_secs(1));
        wait_for(|| self.ended() > 0, Duration::from_millis(30));
    }
}

fn wait_for(is_so: impl Fn() -> bool, limit: Duration) {
    let start = Instant::now();
    while !is_so() && start.elapsed() < limit {
        thread::sleep(Duration::from_millis(1));
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.over.store(true, Ordering::SeqCst);
        self.shared.disconnect();
        let _ = TcpStream::connect(self.address);
        if let Some(acceptor) = self.acceptor.take() {
            let _ = acceptor.join();
        }
    }
}

impl Shared {
    fn disconnect(&self) {
        for connection in self.connections.lock().unwrap().iter().filter_map(Weak::upgrade) {
            let _ = connection.shutdown(Shutdown::Both);
        }
    }
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    let mut threads = Vec::new();
    while let Ok((socket, _)) = listener.accept() {
        if shared.over.load(Ordering::SeqCst) {
            break;
        }
        let socket = Arc::new(socket);
        shared.connections.lock().unwrap().push(Arc::downgrade(&socket));
        let shared = Arc::clone(shared);
        // An error means that the client has gone, as many do.
        threads.push(thread::spawn(move || drop(serve(Socket(socket), &shared))));
    }
    shared.disconnect();
    for thread in threads {
        let _ = thread.join();
    }
}

fn serve(socket: Socket, shared: &Shared) -> io::Result<()> {
    socket.0.set_nodelay(true)?;
    let mut wire = Wire::Plain(socket);
    for act in &shared.behaviour.accept {
        if !wire.perform(act)? {
            return Ok(());
        }
    }
    if let Some(config) = &shared.tls {
        let connection = ServerConnection::new(Arc::clone(config)).map_err(io::Error::other)?;
        let socket = Socket(Arc::clone(&wire.socket().0));
        wire = Wire::Tls(Box::new(StreamOwned::new(connection, socket)));
    }
    let mut on_connection = 0;
    while let Some((head, body)) = read_request(&mut wire)? {
        if head.contains("/v1/mgmt/license ") {
            // Asked for after a 429, beside the attempts.
            wire.write_all(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n")?;
            continue;
        }
        on_connection += 1;
        let request = {
            let mut requests = shared.requests.lock().unwrap();
            let request = Request { number: requests.len() + 1, on_connection, head, body };
            requests.push(request.clone());
            request
        };
        let Some(answer) = &shared.behaviour.answer else { return Ok(()) };
        let mut goes_on = true;
        for act in answer(&request) {
            goes_on = goes_on && wire.perform(&act)?;
        }
        shared.answered.fetch_add(1, Ordering::SeqCst);
        if !goes_on {
            return Ok(());
        }
    }
    Ok(())
}

/// Head and body, or nothing when the client has closed.
fn read_request(wire: &mut Wire) -> io::Result<Option<(String, Vec<u8>)>> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
            let mut body = bytes.split_off(end + 4);
            let request = Request { number: 0, on_connection: 0, head, body: Vec::new() };
            let length = request.header("content-length").and_then(|text| text.parse().ok());
            while body.len() < length.unwrap_or(0) {
                match wire.read(&mut buffer)? {
                    0 => return Ok(None),
                    count => body.extend_from_slice(&buffer[..count]),
                }
            }
            return Ok(Some((request.head, body)));
        }
        match wire.read(&mut buffer)? {
            0 => return Ok(None),
            // What an act has left of a request, say.
            _ if bytes.len() > 1 << 16 => return Ok(None),
            count => bytes.extend_from_slice(&buffer[..count]),
        }
    }
}

/// Closed when the last one is dropped.
struct Socket(Arc<TcpStream>);

impl Read for Socket {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        (&*self.0).read(buffer)
    }
}

impl Write for Socket {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        (&*self.0).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        (&*self.0).flush()
    }
}

enum Wire {
    Plain(Socket),
    Tls(Box<StreamOwned<ServerConnection, Socket>>),
}

impl Wire {
    /// Whether the connection goes on.
    fn perform(&mut self, act: &Act) -> io::Result<bool> {
        match act {
            Act::Send(bytes) => self.write_all(bytes)?,
            Act::Drip(bytes, pause) => {
                for byte in bytes {
                    thread::sleep(*pause);
                    self.write_all(&[*byte])?;
                }
            }
            Act::Repeat(bytes, pause) => loop {
                thread::sleep(*pause);
                self.write_all(bytes)?;
            },
            Act::Read => drop(self.read(&mut [0; 1 << 16])?),
            Act::Wait(time) => thread::sleep(*time),
            Act::Stall => while self.read(&mut [0; 4096])? > 0 {},
            Act::Close => {
                if let Self::Tls(tls) = self {
                    tls.conn.send_close_notify();
                    tls.flush()?;
                }
            }
            Act::Cut => {}
            Act::Reset => {
                socket2::SockRef::from(&*self.socket().0).set_linger(Some(Duration::ZERO))?;
            }
        }
        Ok(!matches!(act, Act::Close | Act::Cut | Act::Reset))
    }

    fn socket(&self) -> &Socket {
        match self {
            Self::Plain(socket) => socket,
            Self::Tls(tls) => &tls.sock,
        }
    }
}

impl Read for Wire {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(socket) => socket.read(buffer),
            Self::Tls(tls) => tls.read(buffer),
        }
    }
}

impl Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(socket) => socket.write(bytes),
            Self::Tls(tls) => tls.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(socket) => socket.flush(),
            Self::Tls(tls) => tls.flush(),
        }
    }
}
