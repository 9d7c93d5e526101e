//! The times in an answer's headers.

use core::time::Duration;

use http::HeaderMap;
use http::header::{DATE, RETRY_AFTER};

use crate::base::Now;
use crate::base::std_parts::UNIX_EPOCH;

/// `Retry-After`: digits are seconds, however many; a date is counted from the service's own clock
/// where it sends one, and is nothing when it has passed; anything else is ignored. Of several, as when
/// a gateway adds its own, it is the longest.
#[must_use]
pub fn retry_after(headers: &HeaderMap, now: Now) -> Option<Duration> {
    let all = headers.get_all(RETRY_AFTER).iter();
    all.filter_map(|value| asked_wait(value.to_str().ok()?.trim(), headers, now)).max()
}

fn asked_wait(text: &str, headers: &HeaderMap, now: Now) -> Option<Duration> {
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(Duration::from_secs(text.parse().unwrap_or(u64::MAX)));
    }
    let until = http_date(text)?;
    let from = date(headers).unwrap_or_else(|| now.unix_seconds());
    Some(Duration::from_secs(u64::try_from(until.saturating_sub(from)).unwrap_or(0)))
}

/// The service's clock in Unix seconds, from its `Date`.
pub(crate) fn date(headers: &HeaderMap) -> Option<i64> {
    http_date(headers.get(DATE)?.to_str().ok()?)
}

/// What to add to this machine's Unix time to get the service's, from its `Date`.
pub(crate) fn ahead(headers: &HeaderMap, now: Now) -> Option<i64> {
    Some(date(headers)?.saturating_sub(now.unix_seconds()))
}

fn http_date(text: &str) -> Option<i64> {
    let date = httpdate::parse_http_date(text).ok()?;
    let since = date.duration_since(UNIX_EPOCH).ok()?;
    i64::try_from(since.as_secs()).ok()
}
