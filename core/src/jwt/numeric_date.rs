//! A claim that is a time.

use core::fmt;
use core::time::Duration;

const NANOS: i128 = 1_000_000_000;

/// A time in a token (RFC 7519, NumericDate): Unix seconds, a fraction included.
///
/// Whole seconds are exact far beyond 64 bits, fractions to the nanosecond; what is larger still
/// saturates. `Display` prints the seconds as the token had them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NumericDate(i128);

impl NumericDate {
    /// Reads a JSON number; `None` where the value is of another type.
    pub(super) fn parse(number: &str) -> Option<Self> {
        if !matches!(number.as_bytes().first(), Some(b'-' | b'0'..=b'9')) {
            return None;
        }
        if number.contains(['e', 'E']) {
            // A float-to-integer cast saturates.
            #[expect(clippy::cast_possible_truncation)]
            return number.parse::<f64>().ok().map(|seconds| Self((seconds * 1e9) as i128));
        }
        let (digits, negative) = match number.strip_prefix('-') {
            Some(digits) => (digits, true),
            None => (number, false),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        // Digits only, so that the one way to fail is to be too large.
        let whole = whole.parse::<i128>().unwrap_or(i128::MAX);
        let mut nanos = 0;
        for place in 0..9 {
            let digit = fraction.as_bytes().get(place).map_or(0, |d| i128::from(d - b'0'));
            nanos = nanos * 10 + digit;
        }
        let total = whole.saturating_mul(NANOS).saturating_add(nanos);
        Some(Self(if negative { -total } else { total }))
    }

    /// Whole Unix seconds, rounded down; saturates at the ends of `i64`.
    #[must_use]
    pub fn unix_seconds(self) -> i64 {
        let seconds = self.0.div_euclid(NANOS);
        i64::try_from(seconds).unwrap_or(if seconds < 0 { i64::MIN } else { i64::MAX })
    }

    pub(super) fn plus(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(nanos(duration)))
    }

    pub(super) fn minus(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(nanos(duration)))
    }
}

/// Nanoseconds of a duration fit: 2^64 seconds are less than 2^94 nanoseconds.
fn nanos(duration: Duration) -> i128 {
    i128::from(duration.as_secs()) * NANOS + i128::from(duration.subsec_nanos())
}

/// The time since the Unix epoch.
impl From<Duration> for NumericDate {
    fn from(since_epoch: Duration) -> Self {
        Self(nanos(since_epoch))
    }
}

impl fmt::Display for NumericDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let size = self.0.unsigned_abs();
        let (whole, fraction) = (size / NANOS.unsigned_abs(), size % NANOS.unsigned_abs());
        if self.0 < 0 {
            f.write_str("-")?;
        }
        write!(f, "{whole}")?;
        if fraction != 0 {
            let digits = alloc::format!("{fraction:09}");
            write!(f, ".{}", digits.trim_end_matches('0'))?;
        }
        Ok(())
    }
}

impl fmt::Debug for NumericDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn numbers_are_read_exactly() {
        for (number, printed, seconds) in [
            ("1800000000", "1800000000", 1_800_000_000),
            ("9007199254740993", "9007199254740993", 9_007_199_254_740_993),
            ("18446744073709551615", "18446744073709551615", i64::MAX),
            ("1800000000.25", "1800000000.25", 1_800_000_000),
            ("0.1234567891", "0.123456789", 0),
            ("-0.5", "-0.5", -1),
            ("-2", "-2", -2),
            ("1.8e9", "1800000000", 1_800_000_000),
            ("5E-1", "0.5", 0),
        ] {
            let date = NumericDate::parse(number).unwrap();
            assert_eq!(date.to_string(), printed);
            assert_eq!(date.unix_seconds(), seconds, "{number}");
        }
        for other in ["null", "true", "\"1\"", "[1]", "{}"] {
            assert_eq!(NumericDate::parse(other), None, "{other}");
        }
    }

    #[test]
    fn what_is_too_large_saturates() {
        let (largest, smallest) = (NumericDate(i128::MAX), NumericDate(-i128::MAX));
        for number in ["1e999", "1e40", &"9".repeat(50), "170141183460469231731687303715884105727"]
        {
            assert_eq!(NumericDate::parse(number), Some(largest), "{number}");
            let negative = alloc::format!("-{number}");
            assert!(NumericDate::parse(&negative).unwrap() <= smallest, "{number}");
        }
        assert_eq!(largest.plus(Duration::MAX), largest);
        assert_eq!(NumericDate(i128::MIN).minus(Duration::MAX), NumericDate(i128::MIN));
        assert_eq!(smallest.unix_seconds(), i64::MIN);
    }
}
