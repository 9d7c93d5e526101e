//! What curl prints of an answer: heads, one after the other, and the body.

use descope_blocking::descope_core::{Failure, FailureKind, Outgoing, Reply};
use http::header::CONTENT_ENCODING;
use http::{HeaderName, HeaderValue, Response, StatusCode};

const MAX_HEADERS: usize = 128;

/// The final answer, as far as it is there; none where not even its head is.
pub(crate) fn parse(
    output: &[u8],
    outgoing: &Outgoing,
) -> Result<Option<Response<Vec<u8>>>, Failure> {
    let mut rest = output;
    let mut heads = 0;
    loop {
        let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
        let mut parsed = httparse::Response::new(&mut headers);
        let length = match parsed.parse(rest) {
            Ok(httparse::Status::Complete(length)) => length,
            Ok(httparse::Status::Partial) => return Ok(None),
            Err(httparse::Error::TooManyHeaders) => {
                return Err(headers_too_large());
            }
            Err(error) => return Err(Failure::new(FailureKind::Malformed).with_source(error)),
        };
        rest = &rest[length..];
        heads += length;
        if heads > outgoing.max_header {
            return Err(headers_too_large());
        }
        let Some(response) = response(&parsed, rest) else {
            return Err(Failure::new(FailureKind::Malformed).with_source("a header is malformed"));
        };
        if !response.status().is_informational() {
            return Ok(Some(response));
        }
    }
}

fn response(head: &httparse::Response<'_, '_>, body: &[u8]) -> Option<Response<Vec<u8>>> {
    let mut response = Response::new(body.to_vec());
    *response.status_mut() = StatusCode::from_u16(head.code?).ok()?;
    for header in &*head.headers {
        let name = HeaderName::try_from(header.name).ok()?;
        response.headers_mut().append(name, HeaderValue::from_bytes(header.value).ok()?);
    }
    Some(response)
}

pub(crate) fn headers_too_large() -> Failure {
    Failure::new(FailureKind::HeaderTooLarge).with_source("the headers are over their bound")
}

/// Holds a complete answer to its bounds. No content coding is offered, so there can be none.
pub(crate) fn bounded(
    answer: Result<Option<Response<Vec<u8>>>, Failure>,
    outgoing: &Outgoing,
) -> Reply {
    let Some(mut response) = answer? else {
        return Err(Failure::new(FailureKind::Malformed).with_source("curl printed no answer"));
    };
    if response.body().len() > outgoing.max_body {
        response.body_mut().truncate(outgoing.max_body);
        return Err(Failure::new(FailureKind::BodyTooLarge)
            .with_source("the body is over its bound")
            .with_partial(response));
    }
    if response.headers().get(CONTENT_ENCODING).is_some_and(|coding| coding != "identity") {
        response.body_mut().clear();
        return Err(Failure::new(FailureKind::Coding)
            .with_source("the body is in a coding that was not offered")
            .with_partial(response));
    }
    Ok(response)
}
