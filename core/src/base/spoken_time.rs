//! Times and spans in words, for messages.

use core::fmt;
use core::time::Duration;

use httpdate::HttpDate;

use super::std_parts::UNIX_EPOCH;

/// Unix seconds as a date, where they can be told as one.
pub(crate) struct UtcTime(pub(crate) i64);

impl fmt::Display for UtcTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const YEAR_10000: u64 = 253_402_300_800;
        match u64::try_from(self.0) {
            Ok(seconds) if seconds < YEAR_10000 => {
                HttpDate::from(UNIX_EPOCH + Duration::from_secs(seconds)).fmt(f)
            }
            _ => write!(f, "Unix time {}", self.0),
        }
    }
}

/// So many seconds, in the two largest units that matter.
pub(crate) struct Span(pub(crate) u64);

impl Span {
    /// From one time to the other, in Unix seconds.
    pub(crate) fn between(a: i64, b: i64) -> Self {
        Self(a.abs_diff(b))
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [(u64, &str); 4] = [(86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")];
        let largest = UNITS.iter().position(|(seconds, _)| self.0 >= *seconds).unwrap_or(3);
        let (seconds, unit) = UNITS[largest];
        write!(f, "{} {unit}", self.0 / seconds)?;
        match UNITS.get(largest + 1) {
            Some((next, unit)) if self.0 % seconds >= *next => {
                write!(f, " {} {unit}", self.0 % seconds / next)
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn a_span_is_told_in_two_units() {
        for (seconds, words) in [
            (0, "0 s"),
            (59, "59 s"),
            (60, "1 min"),
            (125, "2 min 5 s"),
            (3_600, "1 h"),
            (3_659, "1 h"),
            (86_399, "23 h 59 min"),
            (100_000, "1 d 3 h"),
        ] {
            assert_eq!(Span(seconds).to_string(), words);
        }
        assert_eq!(Span::between(i64::MIN, i64::MAX).0, u64::MAX);
    }

    #[test]
    fn a_time_is_a_date_where_it_can_be() {
        assert_eq!(UtcTime(0).to_string(), "Thu, 01 Jan 1970 00:00:00 GMT");
        assert_eq!(UtcTime(-1).to_string(), "Unix time -1");
        assert_eq!(UtcTime(253_402_300_800).to_string(), "Unix time 253402300800");
    }
}
