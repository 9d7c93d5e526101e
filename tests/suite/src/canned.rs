//! A server on loopback that costs next to nothing: it answers from memory, by the request's path.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

/// Answers, each to the requests whose first line contains its text.
#[derive(Debug, Clone, Default)]
pub struct Canned {
    answers: Vec<(String, Arc<[u8]>)>,
    pause: Duration,
}

impl Canned {
    /// Answers a request whose first line contains this with that JSON.
    #[must_use]
    pub fn answer(mut self, line: &str, json: &str) -> Self {
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
            json.len()
        );
        self.answers.push((line.into(), [head.as_bytes(), json.as_bytes()].concat().into()));
        self
    }

    /// Lets so much time pass before each answer.
    #[must_use]
    pub fn after(self, pause: Duration) -> Self {
        Self { pause, ..self }
    }

    /// Serves until the process ends.
    ///
    /// # Panics
    ///
    /// When there is no free port.
    #[must_use]
    pub fn serve(self) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let canned = self.clone();
                thread::spawn(move || canned.connection(stream));
            }
        });
        address
    }

    fn connection(&self, mut stream: TcpStream) -> Option<()> {
        stream.set_nodelay(true).ok()?;
        let mut input = Vec::with_capacity(16 << 10);
        let mut buffer = [0; 16 << 10];
        loop {
            let length = loop {
                if let Some(length) = request_length(&input) {
                    break length;
                }
                let read = stream.read(&mut buffer).ok().filter(|read| *read > 0)?;
                input.extend_from_slice(&buffer[..read]);
            };
            let line_end = input.iter().position(|byte| *byte == b'\r')?;
            let line = std::str::from_utf8(&input[..line_end]).ok()?;
            let (_, answer) = self.answers.iter().find(|(part, _)| line.contains(part.as_str()))?;
            if !self.pause.is_zero() {
                thread::sleep(self.pause);
            }
            stream.write_all(answer).ok()?;
            input.drain(..length);
        }
    }
}

/// The length of the first request in the input, once all of it has arrived.
fn request_length(input: &[u8]) -> Option<usize> {
    let head = input.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let text = std::str::from_utf8(&input[..head]).ok()?;
    let body = text
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .map_or(0, |(_, value)| value.trim().parse().unwrap_or(0));
    (input.len() >= head + body).then_some(head + body)
}
