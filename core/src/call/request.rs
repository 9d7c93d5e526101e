//! Requests, as far as all endpoints build them alike.

use alloc::string::String;
use alloc::vec::Vec;

use http::{Method, Request, Uri};
use serde::Serialize;

use crate::config::Config;
use crate::error::Error;

/// A GET of the base URL with this path and query.
pub(crate) fn get(config: &Config, path: &[&str]) -> Result<Request<Vec<u8>>, Error> {
    request(config, Method::GET, path, Vec::new())
}

/// A POST of one JSON object.
pub(crate) fn post(
    config: &Config,
    path: &str,
    body: &impl Serialize,
) -> Result<Request<Vec<u8>>, Error> {
    let body = serde_json::to_vec(body)
        .map_err(|_| Error::invalid_argument("request", "cannot be written as JSON"))?;
    request(config, Method::POST, &[path], body)
}

fn request(
    config: &Config,
    method: Method,
    path: &[&str],
    body: Vec<u8>,
) -> Result<Request<Vec<u8>>, Error> {
    let length = config.base_url.len() + path.iter().map(|part| part.len()).sum::<usize>();
    let mut text = String::with_capacity(length);
    text.push_str(&config.base_url);
    text.extend(path.iter().copied());
    let uri = Uri::try_from(text)
        .map_err(|_| Error::invalid_argument("request", "makes an address that is too long"))?;
    let mut request = Request::new(body);
    *request.method_mut() = method;
    *request.uri_mut() = uri;
    Ok(request)
}

/// Percent-encodes everything but unreserved characters (RFC 3986), so that nothing in the text is
/// read as a delimiter.
pub(crate) fn encode_component(text: &str) -> String {
    const HEX: [u8; 16] = *b"0123456789ABCDEF";
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push('%');
            encoded.push(char::from(HEX[usize::from(byte >> 4)]));
            encoded.push(char::from(HEX[usize::from(byte & 15)]));
        }
    }
    encoded
}
