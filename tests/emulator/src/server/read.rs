//! Reads requests off a connection: head, framing, body.

use std::io::{self, Read, Write};

use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, Uri, header};

/// The most bytes of a request's head.
const MAX_HEAD: usize = 64 << 10;
/// The most headers of a request.
const MAX_HEADERS: usize = 128;
/// The most bytes of a body, and of the framing of a chunked one.
const MAX_BODY: usize = 16 << 20;

/// Reads from a stream, and writes only the interim answer that a caller waits for before it sends
/// its body.
pub(super) struct Reader<S> {
    stream: S,
    /// What was read and not used yet.
    buffer: Vec<u8>,
}

pub(super) struct Received {
    pub(super) request: Request<Vec<u8>>,
    pub(super) keep_alive: bool,
}

/// A request that cannot be served; the connection is of no further use.
#[derive(Debug)]
pub(super) struct Malformed {
    pub(super) status: StatusCode,
    pub(super) why: &'static str,
}

enum Framing {
    Length(usize),
    Chunked,
}

/// The connection may fail, and what it carries may be malformed.
type Attempt<T> = io::Result<Result<T, Malformed>>;

/// A request without its body, and the length of its head.
type Head = (Request<Vec<u8>>, usize);

fn malformed<T>(why: &'static str) -> Result<T, Malformed> {
    Err(Malformed { status: StatusCode::BAD_REQUEST, why })
}

fn too_large<T>() -> Result<T, Malformed> {
    let why = "the request's body is larger than 16 MiB";
    Err(Malformed { status: StatusCode::PAYLOAD_TOO_LARGE, why })
}

impl<S: Read + Write> Reader<S> {
    pub(super) fn new(stream: S) -> Self {
        Self { stream, buffer: Vec::new() }
    }

    /// The next request; none when the caller has closed.
    ///
    /// # Errors
    ///
    /// When the connection fails, or ends within a request.
    pub(super) fn next(&mut self) -> Attempt<Option<Received>> {
        let mut request = loop {
            match parse_head(&self.buffer) {
                Ok(Some((request, length))) => {
                    self.buffer.drain(..length);
                    break request;
                }
                Ok(None) if self.buffer.len() > MAX_HEAD => {
                    let status = StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE;
                    return Ok(Err(Malformed { status, why: "the head is larger than 64 KiB" }));
                }
                Ok(None) => {}
                Err(why) => return Ok(Err(why)),
            }
            if !self.fill()? {
                return match self.buffer.is_empty() {
                    true => Ok(Ok(None)),
                    false => Err(io::ErrorKind::UnexpectedEof.into()),
                };
            }
        };
        let framing = match framing(request.headers()) {
            Ok(framing) => framing,
            Err(why) => return Ok(Err(why)),
        };
        self.continue_if_expected(request.headers(), &framing)?;
        let body = match framing {
            Framing::Length(length) => self.take(length)?,
            Framing::Chunked => match self.chunked()? {
                Ok(body) => body,
                Err(why) => return Ok(Err(why)),
            },
        };
        *request.body_mut() = body;
        let keep_alive = keep_alive(&request);
        Ok(Ok(Some(Received { request, keep_alive })))
    }

    /// Reads more into the buffer; false at the end of the stream.
    fn fill(&mut self) -> io::Result<bool> {
        let mut chunk = [0; 16 << 10];
        loop {
            match self.stream.read(&mut chunk) {
                Ok(count) => {
                    self.buffer.extend_from_slice(&chunk[..count]);
                    return Ok(count > 0);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Takes exactly this many bytes.
    fn take(&mut self, length: usize) -> io::Result<Vec<u8>> {
        while self.buffer.len() < length {
            if !self.fill()? {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        let rest = self.buffer.split_off(length);
        Ok(std::mem::replace(&mut self.buffer, rest))
    }

    fn continue_if_expected(&mut self, headers: &HeaderMap, framing: &Framing) -> io::Result<()> {
        let expected = headers
            .get(header::EXPECT)
            .is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"100-continue"));
        let bodyless = matches!(framing, Framing::Length(0));
        if expected && !bodyless && self.buffer.is_empty() {
            self.stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
        }
        Ok(())
    }

    /// Takes a chunked body and its trailers, which are dropped.
    fn chunked(&mut self) -> Attempt<Vec<u8>> {
        let mut body = Vec::new();
        let mut overhead = 0;
        loop {
            let (used, size) = loop {
                match httparse::parse_chunk_size(&self.buffer) {
                    Ok(httparse::Status::Complete(parsed)) => break parsed,
                    Ok(httparse::Status::Partial) if self.buffer.len() <= MAX_HEAD => {}
                    _ => return Ok(malformed("a chunk's size is malformed")),
                }
                if !self.fill()? {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
            };
            self.buffer.drain(..used);
            overhead += used;
            let size = usize::try_from(size).unwrap_or(usize::MAX);
            if size > MAX_BODY - body.len() || overhead > MAX_BODY {
                return Ok(too_large());
            }
            if size == 0 {
                break;
            }
            body.append(&mut self.take(size)?);
            if self.take(2)? != b"\r\n" {
                return Ok(malformed("a chunk is longer than its size"));
            }
        }
        loop {
            let line = match self.buffer.windows(2).position(|pair| pair == b"\r\n") {
                Some(end) => self.take(end + 2)?,
                None if self.buffer.len() > MAX_HEAD => {
                    return Ok(malformed("the trailers are larger than 64 KiB"));
                }
                None if self.fill()? => continue,
                None => return Err(io::ErrorKind::UnexpectedEof.into()),
            };
            overhead += line.len();
            if line.len() == 2 {
                return Ok(Ok(body));
            }
            if overhead > MAX_BODY {
                return Ok(too_large());
            }
        }
    }
}

/// The head at the start of the buffer and its length; none while it is incomplete.
fn parse_head(buffer: &[u8]) -> Result<Option<Head>, Malformed> {
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut head = httparse::Request::new(&mut headers);
    let length = match head.parse(buffer) {
        Ok(httparse::Status::Complete(length)) if length <= MAX_HEAD => length,
        Ok(_) => return Ok(None),
        Err(httparse::Error::TooManyHeaders) => {
            let status = StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE;
            return Err(Malformed { status, why: "there are more than 128 headers" });
        }
        Err(_) => return malformed("the request is not HTTP/1.1"),
    };
    let mut request = Request::new(Vec::new());
    let target = head.path.unwrap_or_default();
    let (Ok(method), Ok(uri)) =
        (Method::from_bytes(head.method.unwrap_or_default().as_bytes()), Uri::try_from(target))
    else {
        return malformed("the request's method or target is malformed");
    };
    *request.method_mut() = method;
    *request.uri_mut() = uri;
    *request.version_mut() =
        if head.version == Some(0) { http::Version::HTTP_10 } else { http::Version::HTTP_11 };
    for header in head.headers {
        let (Ok(name), Ok(value)) =
            (HeaderName::from_bytes(header.name.as_bytes()), HeaderValue::from_bytes(header.value))
        else {
            return malformed("a header is malformed");
        };
        request.headers_mut().append(name, value);
    }
    Ok(Some((request, length)))
}

/// How long the body is. A request with two opinions on that is refused.
fn framing(headers: &HeaderMap) -> Result<Framing, Malformed> {
    let mut codings = headers.get_all(header::TRANSFER_ENCODING).iter();
    let mut lengths = headers.get_all(header::CONTENT_LENGTH).iter();
    match (codings.next(), codings.next(), lengths.next(), lengths.next()) {
        (None, None, None, None) => Ok(Framing::Length(0)),
        (Some(coding), None, None, None) if coding.as_bytes().eq_ignore_ascii_case(b"chunked") => {
            Ok(Framing::Chunked)
        }
        (None, None, Some(length), None) => {
            let digits = length.to_str().unwrap_or_default();
            if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
                return malformed("the content length is malformed");
            }
            match digits.parse() {
                Ok(length) if length <= MAX_BODY => Ok(Framing::Length(length)),
                _ => too_large(),
            }
        }
        _ => malformed("the body's length is ambiguous"),
    }
}

fn keep_alive(request: &Request<Vec<u8>>) -> bool {
    let says = |word: &str| {
        let values = request.headers().get_all(header::CONNECTION).iter();
        values
            .filter_map(|value| value.to_str().ok())
            .any(|value| value.split(',').any(|option| option.trim().eq_ignore_ascii_case(word)))
    };
    match request.version() {
        http::Version::HTTP_10 => says("keep-alive"),
        _ => !says("close"),
    }
}
