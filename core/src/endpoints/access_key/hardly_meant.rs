//! Arguments that the service takes, and that are hardly meant.

use alloc::format;
use alloc::string::String;

use super::Expiry;
use crate::base::{Now, Span, UtcTime};

/// In seconds the year 5138; milliseconds of today are far beyond it.
const FAR_OFF: i64 = 100_000_000_000;

pub(super) fn expiry(expiry: Expiry, now: Now) -> Option<String> {
    let seconds = expiry.unix_seconds(now).ok().filter(|seconds| *seconds != 0)?;
    let today = now.unix_seconds();
    if seconds <= today {
        let (at, ago) = (UtcTime(seconds), Span::between(seconds, today));
        return Some(format!("the expiry was {ago} ago ({at}): the key is already expired"));
    }
    (seconds >= FAR_OFF).then(|| {
        format!("the expiry {seconds} is more than 3,000 years off: are these milliseconds?")
    })
}

pub(super) fn roles_beside_tenants(roles: bool, tenants: bool) -> Option<String> {
    (roles && tenants).then(|| {
        "the service ignores project-level roles where the key has tenants: give the roles in the \
         tenants"
            .into()
    })
}
