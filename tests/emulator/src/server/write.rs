//! Encodes answers, each into one piece, so that it leaves in one segment where it fits.

use std::io::Write;

use http::{Response, StatusCode, header};

pub(super) struct Encoded {
    pub(super) all: Vec<u8>,
    head: usize,
}

impl Encoded {
    /// The head and half of the body; of an answer without body, half of the head.
    pub(super) fn cut(&self) -> &[u8] {
        let body = self.all.len() - self.head;
        if body == 0 { &self.all[..self.head / 2] } else { &self.all[..self.head + body / 2] }
    }
}

/// `is_head`: the length of the body is told, the body is not sent. `close`: no further request is
/// taken.
pub(super) fn encode(response: &Response<Vec<u8>>, is_head: bool, close: bool) -> Encoded {
    let status = response.status();
    let has_body = !(status.is_informational()
        || status == StatusCode::NO_CONTENT
        || status == StatusCode::NOT_MODIFIED);
    let mut all = Vec::with_capacity(512 + response.body().len());
    let reason = status.canonical_reason().unwrap_or("Unassigned");
    put(&mut all, format_args!("HTTP/1.1 {} {reason}\r\n", status.as_u16()));
    for (name, value) in response.headers() {
        if *name == header::CONTENT_LENGTH || *name == header::TRANSFER_ENCODING {
            continue;
        }
        all.extend_from_slice(name.as_str().as_bytes());
        all.extend_from_slice(b": ");
        all.extend_from_slice(value.as_bytes());
        all.extend_from_slice(b"\r\n");
    }
    if has_body {
        put(&mut all, format_args!("content-length: {}\r\n", response.body().len()));
    }
    if close {
        all.extend_from_slice(b"connection: close\r\n");
    }
    all.extend_from_slice(b"\r\n");
    let head = all.len();
    if has_body && !is_head {
        all.extend_from_slice(response.body());
    }
    Encoded { all, head }
}

fn put(all: &mut Vec<u8>, text: std::fmt::Arguments<'_>) {
    all.write_fmt(text).expect("a vector takes all");
}
