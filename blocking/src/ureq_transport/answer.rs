//! Reads an answer's body within its limit, and keeps what did arrive.

use descope_core::{Failure, FailureKind, Reply};
use http::header::{CONTENT_ENCODING, TRANSFER_ENCODING};
use http::{HeaderMap, Response};
use ureq::Body;

use super::bounded_read::read_up_to;
use super::failure::body_failure;
use super::progress::{self, End, Growing, Stage};

/// Of a refusal whose body goes on beyond its bound the rest is left, and the connection with it: to
/// wait for it would take longer than a new one.
pub(super) fn receive(response: Response<Body>, max_body: usize, max_refusal_body: usize) -> Reply {
    progress::reached(Stage::Body);
    let (parts, mut body) = response.into_parts();
    // What cannot be counted here is over any bound.
    let announced = body.content_length().map(|it| usize::try_from(it).unwrap_or(usize::MAX));
    let mut bytes = Vec::new();
    if has_unknown_coding(&parts.headers) {
        return Err(Failure::new(FailureKind::Coding)
            .with_partial(Response::from_parts(parts, bytes))
            .with_source("the answer is in a content coding that was not offered"));
    }
    let most = if parts.status.is_success() { max_body } else { max_refusal_body };
    let too_large = announced.is_some_and(|announced| announced > max_body);
    let read = if too_large && !progress::stop_waiting() {
        Ok(())
    } else {
        let reader = Growing(body.as_reader());
        read_up_to(most.saturating_add(1), announced, reader, &mut bytes)
    };
    let broken = progress::end() == End::Broken;
    let failure = match read {
        _ if too_large || bytes.len() > most => {
            bytes.truncate(most);
            Failure::new(FailureKind::BodyTooLarge)
                .with_source(format!("the answer's body is over its bound of {most} bytes"))
        }
        Err(error) => body_failure(error, progress::end()),
        // ureq takes a body without a length to be complete however the connection ends.
        Ok(()) if broken && !parts.headers.contains_key(TRANSFER_ENCODING) => {
            Failure::new(FailureKind::Closed)
                .with_source("the connection broke in a body that ends where the connection ends")
        }
        Ok(()) => return Ok(Response::from_parts(parts, bytes)),
    };
    Err(failure.with_partial(Response::from_parts(parts, bytes)))
}

/// ureq takes the header off what it decodes, and passes on undecoded what it does not know.
fn has_unknown_coding(headers: &HeaderMap) -> bool {
    headers.get_all(CONTENT_ENCODING).iter().any(|coding| {
        let coding = coding.as_bytes().trim_ascii();
        !coding.is_empty() && !coding.eq_ignore_ascii_case(b"identity")
    })
}

#[cfg(test)]
mod tests {
    use std::io::{self, Read};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use http::HeaderValue;

    use super::*;

    /// Without end; counts what is taken of it.
    struct Endless(Arc<AtomicUsize>);

    impl Read for Endless {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            buffer.fill(b'a');
            self.0.fetch_add(buffer.len(), Ordering::Relaxed);
            Ok(buffer.len())
        }
    }

    #[test]
    fn of_a_refusal_no_more_is_read_than_its_own_bound() {
        for (status, bound) in [(200, 3000), (204, 3000), (302, 100), (404, 100), (503, 100)] {
            let taken = Arc::default();
            let body = Body::builder().reader(Endless(Arc::clone(&taken)));
            let response = Response::builder().status(status).body(body).unwrap();
            let failure = receive(response, 3000, 100).unwrap_err();
            assert_eq!(failure.kind, FailureKind::BodyTooLarge);
            assert_eq!(failure.partial.unwrap().body().len(), bound, "{status}");
            assert_eq!(taken.load(Ordering::Relaxed), bound + 1, "{status}");
        }
    }

    #[test]
    fn a_coding_that_is_still_there_was_not_decoded() {
        for (codings, unknown) in [
            (&[][..], false),
            (&["identity"], false),
            (&[""], false),
            (&[" Identity "], false),
            (&["gzip"], true),
            (&["br"], true),
            (&["identity", "zstd"], true),
            (&["gzip, identity"], true),
        ] {
            let mut headers = HeaderMap::new();
            for coding in codings {
                headers.append(CONTENT_ENCODING, HeaderValue::from_static(coding));
            }
            assert_eq!(has_unknown_coding(&headers), unknown, "{codings:?}");
        }
    }
}
