//! What the operations on ids share: `{"id": "…"}` or `{"ids": […]}` there, `{}` back.

use alloc::string::String;
use alloc::vec::Vec;

use http::Request;
use serde::Serialize;

use crate::call::request::post;
use crate::config::Config;
use crate::error::Error;
use crate::json::body;

pub(super) fn check_id(id: &str) -> Result<(), Error> {
    if id.is_empty() {
        return Err(Error::invalid_argument("id", "is empty"));
    }
    Ok(())
}

pub(super) fn post_id(config: &Config, path: &str, id: &str) -> Result<Request<Vec<u8>>, Error> {
    #[derive(Serialize)]
    struct Body<'a> {
        id: &'a str,
    }
    check_id(id)?;
    post(config, path, &Body { id })
}

pub(super) fn post_ids(
    config: &Config,
    path: &str,
    ids: &[String],
) -> Result<Request<Vec<u8>>, Error> {
    #[derive(Serialize)]
    struct Body<'a> {
        ids: &'a [String],
    }
    if ids.is_empty() {
        return Err(Error::invalid_argument("ids", "is empty"));
    }
    if ids.iter().any(String::is_empty) {
        return Err(Error::invalid_argument("ids", "holds an empty id"));
    }
    post(config, path, &Body { ids })
}

/// Reads `{}`.
pub(super) fn parse_empty(body: &[u8]) -> Result<(), Error> {
    body::from_body::<body::Empty>(body)?;
    Ok(())
}
