//! Reads an answer's body within its bound, and keeps what did arrive.

use descope_core::{Failure, FailureKind, Reply};
use http::header::{CONTENT_ENCODING, TRANSFER_ENCODING};
use http::{HeaderMap, Response};
use ureq::Body;

use super::bounded_read::read_up_to;
use super::failure::body_failure;
use super::progress::{self, End, Growing, Stage};

pub(super) fn receive(response: Response<Body>, max_body: usize) -> Reply {
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
    let too_large = announced.is_some_and(|announced| announced > max_body);
    let read = if too_large && !progress::stop_waiting() {
        Ok(())
    } else {
        let reader = Growing(body.as_reader());
        read_up_to(max_body.saturating_add(1), announced, reader, &mut bytes)
    };
    let broken = progress::end() == End::Broken;
    let failure = match read {
        _ if too_large || bytes.len() > max_body => {
            bytes.truncate(max_body);
            Failure::new(FailureKind::BodyTooLarge)
                .with_source(format!("the answer's body is over its bound of {max_body} bytes"))
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
    use http::HeaderValue;

    use super::*;

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
