//! The headers that every request has.

use alloc::format;
use alloc::string::String;

use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};

use crate::error::Error;

/// Who asks, for what, and how it is framed on the wire: the SDK and its transport say that.
const OWN_HEADERS: [&str; 11] = [
    "accept-encoding",
    "authorization",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "expect",
    "host",
    "te",
    "transfer-encoding",
    "upgrade",
];

/// The headers that every request has.
pub(super) fn headers(
    project_id: &str,
    extra: &[(String, String)],
    external_request_id: Option<&str>,
) -> Result<HeaderMap, Error> {
    let mut headers = HeaderMap::with_capacity(8 + extra.len());
    for (place, (name, value)) in extra.iter().enumerate() {
        let name: HeaderName = name.parse().map_err(|_| {
            // What is no name may be a secret in its place.
            let what = format!("number {} has an invalid name", place + 1);
            Error::invalid_argument("header", what)
        })?;
        if OWN_HEADERS.contains(&name.as_str()) || name.as_str().starts_with("x-descope-") {
            let what = format!("`{name}` is reserved for the SDK");
            return Err(Error::invalid_argument("header", what));
        }
        let value = header_value("header", value).map_err(|_| {
            let what = format!(
                "`{name}` is empty, or holds something other than visible ASCII (not \
                 shown here)"
            );
            Error::invalid_argument("header", what)
        })?;
        headers.append(name, value);
    }
    if let Some(id) = external_request_id {
        headers.insert(EXTERNAL_REQUEST_ID, header_value("external_request_id", id)?);
    }
    headers.insert("x-descope-sdk-name", HeaderValue::from_static("rust"));
    headers.insert("x-descope-sdk-version", HeaderValue::from_static(env!("CARGO_PKG_VERSION")));
    headers.insert(
        "x-descope-sdk-rust-version",
        HeaderValue::from_static(env!("CARGO_PKG_RUST_VERSION")),
    );
    headers.insert("x-descope-project-id", header_value("project_id", project_id)?);
    headers.insert(AUTHORIZATION, bearer(&[project_id])?);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(headers)
}

pub(crate) const EXTERNAL_REQUEST_ID: HeaderName = HeaderName::from_static("x-external-rid");

/// A header's value, marked as sensitive: extra headers may be credentials of a gateway.
pub(crate) fn header_value(field: &'static str, value: &str) -> Result<HeaderValue, Error> {
    if value.is_empty() || !value.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic()) {
        return Err(Error::invalid_argument(
            field,
            "is empty, or holds something other than visible ASCII (not shown here)",
        ));
    }
    let mut value = HeaderValue::from_str(value)
        .map_err(|_| Error::invalid_argument(field, "cannot be a header's value"))?;
    value.set_sensitive(true);
    Ok(value)
}

/// The value of an `Authorization` header: `Bearer` and these parts, with colons between them.
pub(crate) fn bearer(parts: &[&str]) -> Result<HeaderValue, Error> {
    let length = parts.iter().map(|part| part.len() + 1).sum::<usize>();
    let mut text = String::with_capacity("Bearer".len() + length);
    text.push_str("Bearer");
    for (index, part) in parts.iter().enumerate() {
        text.push(if index == 0 { ' ' } else { ':' });
        text.push_str(part);
    }
    let mut value = HeaderValue::try_from(text)
        .map_err(|_| Error::invalid_argument("credential", "cannot be a header's value"))?;
    value.set_sensitive(true);
    Ok(value)
}
