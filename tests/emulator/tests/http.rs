//! The server, spoken to over a bare socket: framing, limits, faults, and its end.

use std::io::{ErrorKind, Read, Write};
use std::net::{IpAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use descope_emulator::{Emulator, Fault, Key, Operation};
use serde_json::{Value, json};

/// One connection to an emulator.
struct Client {
    stream: TcpStream,
    bearer: String,
}

/// An answer as it came.
#[derive(Debug)]
struct Answer {
    status: u16,
    head: String,
    body: Vec<u8>,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }
}

impl Client {
    fn new(emulator: &Emulator) -> Self {
        let stream = TcpStream::connect(address(emulator)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        stream.set_nodelay(true).unwrap();
        let bearer = format!("Bearer {}:{}", emulator.project_id(), emulator.management_key());
        Self { stream, bearer }
    }

    fn write(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.write_all(bytes.as_ref()).unwrap();
    }

    /// A POST in one piece.
    fn post(&mut self, path: &str, body: &Value) {
        let (bearer, body) = (&self.bearer, body.to_string());
        let length = body.len();
        let head = format!("POST {path} HTTP/1.1\r\nhost: x\r\nauthorization: {bearer}\r\n");
        self.write(format!("{head}content-length: {length}\r\n\r\n{body}"));
    }

    fn create(&mut self) {
        self.post("/v1/mgmt/accesskey/create", &json!({"name": "n", "expireTime": 0}));
    }

    /// Reads up to the end of a head.
    fn head(&mut self) -> String {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            self.stream.read_exact(&mut byte).unwrap();
            head.push(byte[0]);
        }
        String::from_utf8(head).unwrap()
    }

    fn answer(&mut self) -> Answer {
        let head = self.head();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let length = header(&head, "content-length").map_or(0, |value| value.parse().unwrap());
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).unwrap();
        Answer { status, head, body }
    }

    /// All that still comes, and how it ends.
    fn rest(&mut self) -> (Vec<u8>, Option<ErrorKind>) {
        let mut rest = Vec::new();
        let end = self.stream.read_to_end(&mut rest);
        (rest, end.err().map(|error| error.kind()))
    }
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let mut fields = head.lines().filter_map(|line| line.split_once(": "));
    fields.find(|(field, _)| *field == name).map(|(_, value)| value)
}

fn address(emulator: &Emulator) -> String {
    emulator.base_url().strip_prefix("http://").unwrap().to_owned()
}

#[test]
fn a_connection_carries_many_requests() {
    let emulator = Emulator::start();
    let mut client = Client::new(&emulator);
    for _ in 0..3 {
        client.create();
        let answer = client.answer();
        assert_eq!(answer.status, 200);
        assert_eq!(answer.json()["key"]["name"], "n");
        assert_eq!(header(&answer.head, "content-type"), Some("application/json"));
        assert!(header(&answer.head, "date").unwrap().ends_with(" GMT"));
        assert!(header(&answer.head, "cf-ray").unwrap().ends_with("-EMU"));
    }
    assert_eq!(emulator.count(Operation::Create), 3);
    let received = &emulator.requests()[0];
    assert_eq!((received.method.as_str(), received.header("host")), ("POST", Some("x")));
    assert_eq!(received.json(), json!({"name": "n", "expireTime": 0}));
    assert_eq!(received.peer, IpAddr::from([127, 0, 0, 1]));
}

#[test]
fn requests_may_come_in_any_pieces() {
    let emulator = Emulator::start();
    let mut client = Client::new(&emulator);
    let bearer = client.bearer.clone();
    let request = format!(
        "GET /v1/mgmt/license HTTP/1.1\r\nAuthorization: {bearer}\r\nContent-Length: 2\r\n\r\n{{}}"
    );
    for byte in request.bytes() {
        client.write([byte]);
    }
    assert_eq!(client.answer().status, 200);
    client.write(request.repeat(3));
    for _ in 0..3 {
        assert_eq!(client.answer().status, 200);
    }
}

#[test]
fn chunked_bodies_are_taken() {
    let emulator = Emulator::start();
    let mut client = Client::new(&emulator);
    let head = format!(
        "POST /v1/mgmt/accesskey/create HTTP/1.1\r\nauthorization: {}\r\n\
         transfer-encoding: chunked\r\n\r\n",
        client.bearer
    );
    client.write(&head);
    client.write("9;ext=1\r\n{\"name\": \r\n");
    client.write("4\r\n\"c\"}\r\n0\r\ntrailer: x\r\n\r\n");
    assert_eq!(client.answer().json()["key"]["name"], "c");
    client.write(format!("{head}0\r\n\r\n"));
    assert_eq!(client.answer().json()["errorCode"], "E011003");
}

#[test]
fn a_caller_that_waits_is_told_to_go_on() {
    let emulator = Emulator::start();
    let mut client = Client::new(&emulator);
    let head = format!(
        "POST /v1/mgmt/accesskey/create HTTP/1.1\r\nauthorization: {}\r\n\
         expect: 100-continue\r\ncontent-length: 12\r\n\r\n",
        client.bearer
    );
    client.write(&head);
    assert_eq!(client.head(), "HTTP/1.1 100 Continue\r\n\r\n");
    client.write("{\"name\":\"n\"}");
    assert_eq!(client.answer().status, 200);
    client.write(format!("{head}{{\"name\":\"n\"}}"));
    assert_eq!(client.answer().status, 200, "nobody waits who has sent the body");
}

#[test]
fn a_connection_closes_when_asked_to() {
    let emulator = Emulator::start();
    for (request, closes) in [
        ("GET / HTTP/1.1\r\nconnection: close\r\n\r\n", true),
        ("GET / HTTP/1.1\r\nConnection: x, Close\r\n\r\n", true),
        ("GET / HTTP/1.0\r\n\r\n", true),
        ("GET / HTTP/1.0\r\nconnection: keep-alive\r\n\r\n", false),
    ] {
        let mut client = Client::new(&emulator);
        client.write(request);
        let answer = client.answer();
        assert_eq!(answer.status, 404);
        assert_eq!(header(&answer.head, "connection") == Some("close"), closes, "{request}");
        if closes {
            assert_eq!(client.rest(), (Vec::new(), None), "{request}");
        } else {
            client.write(request);
            assert_eq!(client.answer().status, 404);
        }
    }
}

#[test]
fn an_answer_to_head_has_no_body() {
    let emulator = Emulator::start();
    let mut client = Client::new(&emulator);
    client.write("HEAD / HTTP/1.1\r\n\r\n");
    assert_ne!(header(&client.head(), "content-length"), Some("0"));
    client.write("GET / HTTP/1.1\r\n\r\n");
    assert_eq!(client.answer().status, 404);
}

#[test]
fn malformed_requests_are_refused_and_the_answer_arrives() {
    let emulator = Emulator::start();
    let long_header = format!("GET / HTTP/1.1\r\nx: {}\r\n\r\n", "x".repeat(70_000));
    let many_headers = format!("GET / HTTP/1.1\r\n{}\r\n", "x: y\r\n".repeat(200));
    let body_too_long =
        format!("POST / HTTP/1.1\r\ncontent-length: 17000000\r\n\r\n{}", "x".repeat(17_000_000));
    for (request, status) in [
        ("nonsense\r\n\r\n", 400),
        ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\ncontent-length: -1\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\ncontent-length: 1\r\ncontent-length: 1\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\ntransfer-encoding: gzip, chunked\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n", 400),
        ("POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n1\r\nabc\r\n", 400),
        ("POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nffffffff\r\n", 413),
        ("POST / HTTP/1.1\r\ncontent-length: 99999999999999999999999\r\n\r\n", 413),
        (&body_too_long, 413),
        (&long_header, 431),
        (&many_headers, 431),
    ] {
        let mut client = Client::new(&emulator);
        client.write(request);
        let answer = client.answer();
        let start = &request[..request.len().min(60)];
        assert_eq!(answer.status, status, "{start}");
        assert_eq!(answer.json()["errorCode"], "E011001", "{start}");
        assert_eq!(header(&answer.head, "connection"), Some("close"), "{start}");
    }
    assert_eq!(emulator.total(), 0);
}

#[test]
fn a_body_of_nearly_16_mib_is_taken() {
    let emulator = Emulator::start();
    let mut client = Client::new(&emulator);
    let text = "x".repeat((16 << 20) - 40);
    client.post("/v1/mgmt/accesskey/create", &json!({"name": "n", "description": text}));
    assert_eq!(client.answer().status, 200);
}

#[test]
fn faults_end_connections_as_told() {
    let reset = Some(ErrorKind::ConnectionReset);
    for (fault, end, keys) in [
        (Fault::closed(), None, 0),
        (Fault::lost_answer(), None, 1),
        (Fault::reset(), reset, 0),
        (Fault::reset().carried_out(), reset, 1),
    ] {
        let emulator = Emulator::start();
        let shown = format!("{fault:?}");
        emulator.inject(fault);
        let mut client = Client::new(&emulator);
        client.create();
        assert_eq!(client.rest(), (Vec::new(), end), "{shown}");
        assert_eq!(emulator.keys().len(), keys, "{shown}");
        let mut client = Client::new(&emulator);
        client.create();
        assert_eq!(client.answer().status, 200, "the fault is used up");
    }
}

#[test]
fn a_cut_answer_lacks_part_of_its_body() {
    let emulator = Emulator::start();
    emulator.inject(Fault::cut());
    let mut client = Client::new(&emulator);
    client.create();
    let head = client.head();
    let length: usize = header(&head, "content-length").unwrap().parse().unwrap();
    let (body, end) = client.rest();
    assert_eq!((body.len(), end), (length / 2, None));
    assert_eq!(emulator.keys().len(), 1);
}

#[test]
fn garbage_is_no_http() {
    let emulator = Emulator::start();
    emulator.inject(Fault::garbage());
    let mut client = Client::new(&emulator);
    client.create();
    let (bytes, _) = client.rest();
    assert!(!bytes.is_empty() && !bytes.starts_with(b"HTTP"));
    assert!(emulator.keys().is_empty());
}

#[test]
fn late_and_slow_answers_are_whole() {
    let emulator = Emulator::start();
    for fault in
        [Fault::delayed(Duration::from_millis(60)), Fault::slow(Duration::from_micros(200))]
    {
        emulator.inject(fault);
        let mut client = Client::new(&emulator);
        let start = Instant::now();
        client.create();
        assert_eq!(client.answer().json()["key"]["name"], "n");
        assert!(start.elapsed() >= Duration::from_millis(60), "{:?}", start.elapsed());
        client.create();
        assert_eq!(client.answer().status, 200, "the connection is in order");
    }
}

#[test]
fn answers_can_be_written_by_hand() {
    let emulator = Emulator::start();
    let page = http::Response::builder()
        .status(502)
        .header("content-type", "text/html")
        .body(b"<h1>Bad gateway</h1>".to_vec());
    emulator.inject(Fault::answer(page.unwrap()));
    emulator.inject(Fault::status(429).retry_after(7));
    emulator.inject(Fault::edited(|answer| answer["key"]["expireTime"] = "0".into()));
    emulator.inject(Fault::answer(http::Response::builder().status(204).body(vec![1]).unwrap()));
    let mut client = Client::new(&emulator);
    let mut next = || {
        client.create();
        client.answer()
    };
    let page = next();
    assert_eq!((page.status, page.body.as_slice()), (502, &b"<h1>Bad gateway</h1>"[..]));
    assert_eq!(header(&page.head, "content-type"), Some("text/html"));
    let limited = next();
    assert_eq!((limited.status, header(&limited.head, "retry-after")), (429, Some("7")));
    assert_eq!(limited.json()["errorCode"], "E130429");
    assert_eq!(next().json()["key"]["expireTime"], "0");
    let empty = next();
    assert_eq!((empty.status, header(&empty.head, "content-length")), (204, None));
    assert_eq!(next().status, 200);
    assert_eq!(emulator.keys().len(), 2);
}

#[test]
fn stopping_ends_every_connection_and_frees_the_port() {
    let emulator = Emulator::start();
    emulator.inject(Fault::stalled().on(Operation::Create));
    emulator.inject(Fault::delayed(Duration::from_secs(3600)).on(Operation::License));
    let (mut idle, mut stalled, mut late) =
        (Client::new(&emulator), Client::new(&emulator), Client::new(&emulator));
    idle.write("GET / HTTP/1.1\r\n");
    stalled.create();
    late.post("/v1/mgmt/license", &json!({}));
    while emulator.total() < 2 {
        std::thread::yield_now();
    }
    let address = address(&emulator);
    let start = Instant::now();
    drop(emulator);
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    for client in [&mut idle, &mut stalled, &mut late] {
        assert_eq!(client.rest().0, b"");
    }
    TcpListener::bind(address).expect("the port is free");
}

#[test]
fn a_closure_that_panics_closes_its_connection_only() {
    let emulator = Emulator::start();
    emulator.inject(Fault::edited(|_| panic!("as the test wants")));
    let mut client = Client::new(&emulator);
    client.create();
    assert_eq!(client.rest().0, b"");
    let mut client = Client::new(&emulator);
    client.create();
    assert_eq!(client.answer().status, 200);
}

/// How many threads of this process serve this emulator; none where the system does not tell.
fn threads_of(address: &str) -> Option<usize> {
    let name = format!("emulator-{}", address.rsplit(':').next()?);
    let tasks = std::fs::read_dir("/proc/self/task").ok()?;
    let names = tasks.flatten().filter_map(|task| {
        let path = task.path().join("comm");
        std::fs::read_to_string(path).ok()
    });
    Some(names.filter(|comm| comm.trim() == name).count())
}

#[test]
fn no_thread_is_left_behind() {
    let emulator = Emulator::start();
    let address = address(&emulator);
    let mut clients: Vec<Client> = (0..4).map(|_| Client::new(&emulator)).collect();
    for client in &mut clients {
        client.create();
        assert_eq!(client.answer().status, 200);
    }
    let Some(running) = threads_of(&address) else { return };
    assert_eq!(running, 5, "one accepts, four serve");
    drop(emulator);
    assert_eq!(threads_of(&address), Some(0));
}

#[test]
fn emulators_do_not_know_of_each_other() {
    let (one, two) = (Emulator::start(), Emulator::start());
    assert_ne!(one.base_url(), two.base_url());
    one.seed(Key::new("k"));
    assert!(two.keys().is_empty());
}
