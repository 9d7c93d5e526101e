//! `Retry-After`: seconds, dates and nonsense.

use std::time::{Duration, UNIX_EPOCH};

use descope_core::retry::{delay, retry_after};
use descope_core::{
    CallOptions, Context, CreateAccessKey, Expiry, FailureKind, Limits, LoadAccessKey, Now,
    Outcome, Reply,
};
use descope_suite::random::{Random, entropy};
use descope_suite::scenario::{
    CREATED, KEY, Played, Scenario, UNIX_START, config, cut, json, not_sent, status, with_header,
};
use http::{HeaderMap, HeaderValue};

const SECOND: Duration = Duration::from_secs(1);

fn http_date(unix: u64) -> String {
    httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(unix))
}

fn read(value: &str) -> Option<Duration> {
    let mut headers = HeaderMap::new();
    headers.insert("retry-after", HeaderValue::from_bytes(value.as_bytes()).unwrap());
    retry_after(&headers, Now::new(Duration::ZERO, Duration::from_secs(UNIX_START)))
}

#[test]
fn digits_are_seconds_however_many() {
    for (text, seconds) in [
        ("0", 0),
        ("7", 7),
        (" 7 ", 7),
        ("007", 7),
        ("2147483648", 2_147_483_648),
        ("18446744073709551615", u64::MAX),
        ("18446744073709551616", u64::MAX),
    ] {
        assert_eq!(read(text), Some(Duration::from_secs(seconds)), "{text:?}");
    }
    assert_eq!(read(&"9".repeat(10_000)), Some(Duration::from_secs(u64::MAX)));
    assert_eq!(read(&format!("{}5", "0".repeat(1_000))), Some(5 * SECOND));
}

#[test]
fn garbage_is_ignored() {
    for text in [
        "",
        " ",
        "-1",
        "+1",
        "1.5",
        "1e3",
        "0x10",
        "soon",
        "7 s",
        "7,8",
        "\u{0661}",
        "NaN",
        "Tue, 99 Foo 2027 08:00:00 GMT",
        "2027-01-15T08:00:00Z",
        "Thu, 01 Jan 10000 00:00:00 GMT",
    ] {
        assert_eq!(read(text), None, "{text:?}");
    }
    let mut headers = HeaderMap::new();
    headers.insert("retry-after", HeaderValue::from_bytes(b"\xff7").unwrap());
    assert_eq!(retry_after(&headers, Now::new(SECOND, SECOND)), None);
    assert_eq!(retry_after(&HeaderMap::new(), Now::new(SECOND, SECOND)), None);
}

#[test]
fn a_date_is_counted_from_the_services_clock_or_else_the_callers() {
    assert_eq!(read(&http_date(UNIX_START + 9)), Some(9 * SECOND));
    assert_eq!(read(&http_date(UNIX_START)), Some(Duration::ZERO));
    assert_eq!(read(&http_date(UNIX_START - 9)), Some(Duration::ZERO));
    assert_eq!(read("Thu, 01 Jan 1970 00:00:00 GMT"), Some(Duration::ZERO));
    let latest = read("Fri, 31 Dec 9999 23:59:59 GMT").unwrap();
    assert_eq!(latest, Duration::from_secs(253_402_300_799 - UNIX_START));
    // The two obsolete forms that HTTP still allows.
    assert_eq!(read("Friday, 15-Jan-27 08:00:09 GMT"), Some(9 * SECOND));
    assert_eq!(read("Fri Jan 15 08:00:09 2027"), Some(9 * SECOND));

    let mut headers = HeaderMap::new();
    headers.insert("date", HeaderValue::try_from(http_date(1_000_000)).unwrap());
    headers.insert("retry-after", HeaderValue::try_from(http_date(1_000_004)).unwrap());
    let now = |seconds| Now::new(Duration::ZERO, Duration::from_secs(seconds));
    for callers in [0, UNIX_START, u64::MAX] {
        assert_eq!(retry_after(&headers, now(callers)), Some(4 * SECOND));
    }
    headers.insert("date", HeaderValue::from_static("no date"));
    assert_eq!(retry_after(&headers, now(1_000_001)), Some(3 * SECOND));
}

#[test]
fn of_several_the_longest_counts() {
    let date = http_date(1_800_000_020);
    for (values, seconds) in [
        (&["5", "10"][..], Some(10)),
        (&["10", "5"], Some(10)),
        (&["garbage", "5"], Some(5)),
        (&["5", "-1", "7"], Some(7)),
        (&["10", &date], Some(20)),
        (&["", "x"], None),
    ] {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append("retry-after", value.parse().unwrap());
        }
        let now = Now::new(SECOND, 1_800_000_000 * SECOND);
        assert_eq!(retry_after(&headers, now), seconds.map(Duration::from_secs), "{values:?}");
    }
}

#[test]
fn no_text_makes_it_panic() {
    let mut random = Random::new(11);
    let seeds = [http_date(UNIX_START), "120".into(), "Friday, 15-Jan-27 08:00:09 GMT".into()];
    for _ in 0..20_000 {
        let mut text = random.pick(&seeds).clone().into_bytes();
        for _ in 0..=random.below(4) {
            let at = random.below(text.len() as u64) as usize;
            text[at] = b' ' + random.below(95) as u8;
        }
        let _ = read(std::str::from_utf8(&text).unwrap());
    }
}

#[test]
fn it_is_the_least_that_is_waited_and_jitter_comes_on_top() {
    let limits = Limits::default();
    let ms = Duration::from_millis;
    // Asked for, the attempt that failed, and the upper edge of the jitter: a tenth, or the backoff's.
    for (asked, attempt, edge) in [
        (Duration::ZERO, 1, ms(100)),
        (SECOND / 2, 1, ms(100)),
        (SECOND, 1, ms(100)),
        (SECOND, 2, ms(200)),
        (5 * SECOND, 1, ms(500)),
        (5 * SECOND, 4, ms(800)),
        (300 * SECOND, 1, 30 * SECOND),
    ] {
        let waited = |random| delay(&limits, attempt, Some(asked), random);
        assert_eq!(waited(0), asked);
        assert_eq!(waited(1 << 63), asked + edge / 2, "{asked:?} after {attempt}");
        assert!(waited(u64::MAX) <= asked + edge && waited(u64::MAX) > asked + edge * 99 / 100);
    }
    let longest = Duration::from_secs(u64::MAX);
    assert!(delay(&limits, 1, Some(longest), 0) == longest);
    assert!(delay(&limits, 1, Some(longest), u64::MAX) >= longest);
}

#[test]
fn clients_that_were_told_the_same_do_not_come_back_in_the_same_instant() {
    for (asked, edge) in [("1", SECOND / 10), ("2", SECOND / 5), ("9", SECOND * 9 / 10)] {
        let least = asked.parse::<u32>().unwrap() * SECOND;
        let mut tenths = [0; 10];
        for seed in 0..1_000 {
            let context = Context::new(config(), entropy(seed));
            let options = CallOptions::new().deadline(60 * SECOND);
            let scenario = Scenario::of(context).options(options).then(asking(503, asked));
            let jitter = scenario.then(json(200, KEY)).play(LoadAccessKey::new("K2")).delays()[0];
            let jitter = jitter.checked_sub(least).expect("not before it");
            tenths[(jitter.as_micros() * 10 / edge.as_micros()) as usize] += 1;
        }
        // Standard deviation is 9.5; six of them.
        assert!(tenths.iter().all(|count| (43..=157).contains(count)), "{asked}: {tenths:?}");
    }
}

#[test]
fn jitter_leaves_time_for_the_attempt() {
    for seed in 0..200 {
        let scenario = Scenario::of(Context::new(config(), entropy(seed)));
        let scenario = scenario.then_after(Duration::ZERO, asking(503, "9"));
        let played = scenario.then(json(200, KEY)).play(LoadAccessKey::new("K2"));
        assert!(played.delays()[0] >= 9 * SECOND);
        assert!(played.sends[1].1.timeout >= SECOND / 2, "half of what remains: {played:?}");
    }
}

fn asking(code: u16, wait: &str) -> Reply {
    with_header(status(code), "retry-after", wait)
}

fn load(context: Context, first: Reply, second: Option<Reply>) -> Played<descope_core::AccessKey> {
    let mut scenario = Scenario::of(context).then(first);
    if let Some(second) = second {
        scenario = scenario.then(second);
    }
    scenario.play(LoadAccessKey::new("K2"))
}

/// So many seconds, and jitter of a tenth at most.
fn is_about(delay: Duration, seconds: u32) -> bool {
    (seconds * SECOND..seconds * SECOND * 11 / 10).contains(&delay)
}

/// The license tier is known, so that a 429 asks for nothing else.
fn context() -> Context {
    let context = Context::new(config(), [1; 32]);
    context.set_license_tier("tier1").unwrap();
    context
}

#[test]
fn it_is_honoured_on_every_status_that_is_sent_again() {
    for code in [408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 530] {
        let played = load(context(), asking(code, "3"), Some(json(200, KEY)));
        assert!(played.result.is_ok(), "{code}");
        assert!(is_about(played.delays()[0], 3), "{code}: {played:?}");
        assert_eq!(played.sends.len(), 2);
    }
    let half = cut(asking(200, "3"));
    assert!(is_about(load(context(), half, Some(json(200, KEY))).delays()[0], 3));
    let date = asking(503, &http_date(UNIX_START + 3));
    let delays = load(context(), date, Some(json(200, KEY))).delays();
    // The clock has moved by the 10 ms that the answer took; dates are whole seconds.
    assert!(is_about(delays[0], 3), "{delays:?}");
}

#[test]
fn one_that_does_not_fit_the_time_left_ends_the_call_at_once_and_is_told() {
    for wait in ["10", "3600", "99999999999999999999", &http_date(UNIX_START + 86_400)] {
        let played = load(context(), asking(503, wait), None);
        assert!(played.sleeps.is_empty());
        assert!(played.elapsed < SECOND);
        let told = played.error().retry_after().unwrap();
        assert!(told > 9 * SECOND, "{wait}: {told:?}");
        assert!(played.error().to_string().contains("retry after"), "{}", played.error());
    }
    // With more time it fits.
    let options = CallOptions::new().deadline(Duration::from_secs(60));
    let scenario = Scenario::of(context()).options(options).then(asking(503, "10"));
    let played = scenario.then(json(200, KEY)).play(LoadAccessKey::new("K2"));
    assert!(is_about(played.delays()[0], 10), "{played:?}");
}

#[test]
fn it_is_told_where_the_call_is_not_sent_again_too() {
    let played = load(context(), asking(403, "7"), None);
    assert_eq!(played.error().retry_after(), Some(7 * SECOND));
    let create = CreateAccessKey::new("n", Expiry::Never);
    let played = Scenario::of(context()).then(asking(503, "7")).play(create.clone());
    assert_eq!(played.error().retry_after(), Some(7 * SECOND));
    assert_eq!(played.error().outcome(), Outcome::Unknown);
    // A one-shot call waits as it should for what it may send again.
    let scenario = Scenario::of(context()).then(asking(429, "7")).then(json(200, CREATED));
    assert!(is_about(scenario.play(create).delays()[0], 7));
}

#[test]
fn it_is_that_of_the_last_answer() {
    let scenario = Scenario::of(context()).then(asking(503, "2"));
    let played = scenario
        .then(not_sent(FailureKind::Connect))
        .then(asking(500, "4"))
        .play(LoadAccessKey::new("K2"));
    assert!(is_about(played.delays()[0], 2));
    assert!(
        played.delays()[1] < Duration::from_millis(200),
        "the second failure asked for nothing"
    );
    assert_eq!(played.error().retry_after(), Some(4 * SECOND));
}
