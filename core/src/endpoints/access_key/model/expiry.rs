//! When a key ends.

use core::time::Duration;

use crate::base::Now;
use crate::base::std_parts::{SystemTime, UNIX_EPOCH};
use crate::error::Error;

/// When an access key expires. There is no default: a key that never expires must be asked for
/// explicitly.
///
/// ```
/// use descope_core::Expiry;
/// assert_eq!(Expiry::days(30), Expiry::In(std::time::Duration::from_secs(30 * 86_400)));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Expiry {
    /// At this time, in whole seconds.
    At(SystemTime),
    /// At this time in Unix seconds. 0, which means never to the service, is refused.
    AtUnix(i64),
    /// So long after the call begins; the same for each of its attempts. No time at all is refused.
    In(Duration),
    /// Never.
    Never,
}

impl Expiry {
    /// This many days of 24 hours after the call begins.
    #[must_use]
    pub const fn days(days: u32) -> Self {
        Self::In(Duration::from_secs(days as u64 * 86_400))
    }

    /// Unix seconds as the service takes them: 0 is never.
    pub(crate) fn unix_seconds(self, first: Now) -> Result<i64, Error> {
        let refuse = |what| Err(Error::invalid_argument("expiry", what));
        let since = match self {
            Self::Never => return Ok(0),
            Self::AtUnix(0) => {
                return refuse("is Unix time 0, which means never: use `Expiry::Never`");
            }
            Self::AtUnix(seconds) if seconds < 0 => return refuse("is before 1970"),
            Self::AtUnix(seconds) => return Ok(seconds),
            Self::In(Duration::ZERO) => {
                return refuse("is zero: the key would expire at once");
            }
            Self::In(duration) => first.unix().checked_add(duration),
            Self::At(time) => time.duration_since(UNIX_EPOCH).ok(),
        };
        match since.map(|since| i64::try_from(since.as_secs())) {
            Some(Ok(0)) | None => refuse("is not a time after 1970 that fits in seconds"),
            Some(Ok(seconds)) => Ok(seconds),
            Some(Err(_)) => refuse("is too far in the future"),
        }
    }
}

impl From<SystemTime> for Expiry {
    fn from(time: SystemTime) -> Self {
        Self::At(time)
    }
}
