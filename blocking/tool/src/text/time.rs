//! Times and durations as people write and read them.

use std::time::Duration;

use jiff::{Span, SpanRelativeTo, Timestamp};

/// Reads a duration such as `30d`, `12h` or `1h 30m`. A day has 24 hours, a week seven days.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let hint =
        || "write it as 30d, 2w, 12h, 90s or 1h30m (for months or years, count days)".to_owned();
    let span: Span = text.parse().map_err(|_| hint())?;
    let duration = span.to_duration(SpanRelativeTo::days_are_24_hours()).map_err(|_| hint())?;
    match Duration::try_from(duration) {
        Ok(duration) if !duration.is_zero() => Ok(duration),
        _ => Err("must be longer than nothing".to_owned()),
    }
}

/// Reads a time as Unix seconds: RFC 3339, a date (its midnight in UTC), or the seconds themselves.
pub(crate) fn time(text: &str) -> Result<i64, String> {
    let hint = "write it as 2027-01-31T00:00:00Z, 2027-01-31T02:00:00+02:00, 2027-01-31 (midnight \
                in UTC) or Unix seconds";
    let seconds = if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        text.parse().ok()
    } else if let Ok(time) = text.parse::<Timestamp>() {
        Some(time.as_second())
    } else if text.len() == "2027-01-31".len() {
        format!("{text}T00:00:00Z").parse().ok().map(Timestamp::as_second)
    } else {
        None
    };
    match seconds {
        Some(0) => Err("is the time 0, which means never".to_owned()),
        Some(seconds) if seconds > 0 && Timestamp::from_second(seconds).is_ok() => Ok(seconds),
        Some(_) => Err("is before 1970, or too far off".to_owned()),
        None => Err(hint.to_owned()),
    }
}

/// Unix seconds as RFC 3339 in UTC.
pub(crate) fn absolute(unix: i64) -> String {
    Timestamp::from_second(unix).map_or_else(|_| unix.to_string(), |time| time.to_string())
}

/// Unix seconds as seen from now: "in 30 days", "2 hours ago".
pub(crate) fn relative(unix: i64, now: i64) -> String {
    let distance = unix.abs_diff(now);
    let units = [("year", 31_557_600), ("day", 86_400), ("hour", 3600), ("minute", 60)];
    // The largest unit of which there are about two or more: 47 hours, then 2 days.
    let (unit, length) = units
        .into_iter()
        .find(|(_, length)| distance >= 2 * length - length / 2)
        .unwrap_or(("second", 1));
    let count = (distance + length / 2) / length;
    let plural = if count == 1 { "" } else { "s" };
    match (distance, unix > now) {
        (0, _) => "now".to_owned(),
        (_, true) => format!("in {count} {unit}{plural}"),
        (_, false) => format!("{count} {unit}{plural} ago"),
    }
}

/// A key's expiry, in full.
pub(crate) fn expiry(unix: i64, now: i64) -> String {
    match unix {
        0 => "never".to_owned(),
        unix => format!("{} ({})", absolute(unix), relative(unix, now)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read() {
        for (text, seconds) in
            [("30d", 2_592_000), ("2w", 1_209_600), ("1h30m", 5400), ("90s", 90), ("1 day", 86_400)]
        {
            assert_eq!(duration(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        for wrong in ["", "30", "1y", "1mo", "-3d", "3d ago", "0s", "d", "99999999999d"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn times_are_read() {
        for (text, seconds) in [
            ("2027-01-31T00:00:00Z", 1_801_353_600),
            ("2027-01-31T02:00:00+02:00", 1_801_353_600),
            ("2027-01-31", 1_801_353_600),
            ("1801353600", 1_801_353_600),
        ] {
            assert_eq!(time(text), Ok(seconds), "{text}");
        }
        for wrong in [
            "",
            "0",
            "1970-01-01",
            "1969-12-31T00:00:00Z",
            "-1",
            "tomorrow",
            "2027-02-30",
            "9999999999999",
        ] {
            assert!(time(wrong).is_err(), "{wrong}");
        }
        // Without an offset, whose noon it is cannot be told.
        assert!(time("2027-01-31T12:00:00").is_err());
    }

    #[test]
    fn times_are_told_from_now() {
        for (unix, told) in [
            (1000, "now"),
            (1001, "in 1 second"),
            (999, "1 second ago"),
            (1000 + 89, "in 89 seconds"),
            (1000 + 90, "in 2 minutes"),
            (1000 + 30 * 86_400 - 5, "in 30 days"),
            (1000 - 3 * 3600, "3 hours ago"),
            (1000 + 400 * 86_400, "in 400 days"),
            (1000 + 3 * 31_557_600, "in 3 years"),
        ] {
            assert_eq!(relative(unix, 1000), told);
        }
    }
}
