//! The table of what follows from what was found, row by row.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use core::time::Duration;

use serde_json::{Value, json};

use super::decision::{Decision, decide};
use super::findings::{Found, Line, Proof};
use super::replace_access_key::ReplaceAccessKey;
use super::replace_error::ReplaceError;
use crate::endpoints::access_key::{AccessKey, Expiry, UnreadableAccessKey};
use crate::error::refusal::Answer;
use crate::error::{Error, ErrorKind};

/// When it is decided. The old key is older than all others.
const NOW: i64 = 1_800_000_000;
const DAY: i64 = 86_400;

fn key(id: &str, change: impl Fn(&mut Value)) -> AccessKey {
    let mut json = json!({"id": id, "name": "ci", "status": "active", "createdTime": NOW - DAY,
        "roleNames": ["a", "b"], "keyTenants": [{"tenantId": "t", "roleNames": ["x", "y"]}, {"tenantId": "u"}]});
    change(&mut json);
    serde_json::from_value(json).unwrap()
}

fn old(change: impl Fn(&mut Value)) -> AccessKey {
    key("old", |json| {
        json["createdTime"] = (NOW - 100 * DAY).into();
        change(json);
    })
}

fn with_status(status: &str) -> AccessKey {
    old(|json| json["status"] = status.into())
}

/// A key of an earlier run, so many seconds old.
fn successor(id: &str, age: i64) -> AccessKey {
    key(id, |json| {
        json["createdTime"] = (NOW - age).into();
        json["description"] = "deploys [replacing old 0000beef] [x]".into();
    })
}

fn replaced(id: &str) -> AccessKey {
    key(id, |json| json["description"] = "[replaced old]".into())
}

fn changed(key: &AccessKey, change: impl Fn(&mut Value)) -> AccessKey {
    let mut json = serde_json::to_value(key).unwrap();
    change(&mut json);
    serde_json::from_value(json).unwrap()
}

fn inactive(key: &AccessKey) -> AccessKey {
    changed(key, |json| json["status"] = "inactive".into())
}

/// The service's word that there is no such key.
fn gone() -> Error {
    refused(404, Some("E111502"))
}

/// Nobody's word.
fn unreachable() -> Error {
    Error::new(ErrorKind::Timeout, "it takes too long")
}

fn refused(status: u16, code: Option<&str>) -> Error {
    let status = Some(http::StatusCode::from_u16(status).unwrap());
    let kind = if code.is_none() { ErrorKind::Intermediary } else { ErrorKind::Api };
    let code = code.map(ToOwned::to_owned);
    Error::new(kind, "refused").with_answer(Answer { status, code, ..Answer::default() })
}

fn found(old: AccessKey, named: &[AccessKey]) -> Found {
    Found {
        id: "old".to_owned(),
        old: Ok(old),
        replaces: None,
        due: None,
        named: Ok(named.to_vec()),
        unreadable: Vec::new(),
        proof: Proof::None,
    }
}

fn absent(named: &[AccessKey]) -> Found {
    Found { old: Err(gone()), ..found(old(|_| {}), named) }
}

fn proven(id: &str, found: Found) -> Found {
    Found { proof: Proof::Key(id.to_owned()), ..found }
}

fn due(at: i64, successor: Result<AccessKey, Error>, found: Found) -> Found {
    Found { due: Some((at, successor)), ..found }
}

/// What follows, in words.
fn follows(found: &Found, change: impl Fn(ReplaceAccessKey) -> ReplaceAccessKey) -> String {
    match decide(found, &change(ReplaceAccessKey::new("old")), NOW) {
        Decision::Stop(ReplaceError::Read(error)) if error.field().is_some() => {
            format!("stop: {error}")
        }
        Decision::Stop(ReplaceError::Read(error)) => format!("stop: unread: {error}"),
        Decision::Stop(error) => format!("stop: {error:?}"),
        Decision::Already { by, due, left_over } => {
            format!("already by {}, due {due:?}, goes {left_over:?}", by.id())
        }
        Decision::TakeDueTagOff { .. } => "take the due tag off".to_owned(),
        Decision::ReadBack => "read back".to_owned(),
        Decision::Finish { successor, others, old } => {
            format!("finish {}, others {others:?}, old {old:?}", successor.id())
        }
        Decision::Run { like, others, old } => {
            format!("run like {}, others {others:?}, old {old:?}", like.id())
        }
    }
}

/// With nothing asked for.
fn plainly(found: &Found) -> String {
    follows(found, |replace| replace)
}

#[test]
fn row_1_what_is_not_known_for_certain_stops() {
    let all = || found(old(|_| {}), &[successor("s", DAY)]);
    // An intermediary's "not found" is none.
    for error in [unreachable(), refused(404, None)] {
        let unread = |change: fn(&mut Found, Error)| {
            let mut found = all();
            change(&mut found, error.clone());
            assert_eq!(plainly(&found), format!("stop: unread: {error}"));
        };
        unread(|found, error| found.named = Err(error));
        unread(|found, error| found.old = Err(error));
        unread(|found, error| found.replaces = Some(Err(error)));
        unread(|found, error| found.due = Some((NOW + 1, Err(error))));
        unread(|found, error| found.due = Some((NOW, Err(error))));
    }
    // A key that cannot be read may be a successor, unless it has another name.
    let hidden = |name: Option<&str>, found: Found| {
        let name = name.map(ToOwned::to_owned);
        let key = UnreadableAccessKey { place: 7, id: None, name, member: None };
        plainly(&Found { unreadable: vec![key], ..found })
    };
    for told in [hidden(None, all()), hidden(Some("ci"), all()), hidden(Some("x"), absent(&[]))] {
        assert!(told.contains("it may be a successor"), "{told}");
    }
    assert!(hidden(Some("x"), found(old(|_| {}), &[])).starts_with("run like old"));
}

#[test]
fn row_2_a_successor_of_an_active_key_is_not_replaced() {
    let tagged = old(|json| json["description"] = "[replacing p 00000001]".into());
    let older = key("p", |json| json["createdTime"] = (NOW - 200 * DAY).into());
    let with = |key: Result<AccessKey, Error>| Found {
        replaces: Some(key),
        ..due(NOW, Ok(replaced("s")), found(tagged.clone(), &[]))
    };
    assert_eq!(plainly(&with(Ok(older.clone()))), "stop: Unfinished { of: \"p\" }");
    // Retired, gone, not alike, or younger: it does not count.
    let unlike = changed(&older, |json| json["name"] = "other".into());
    for key in [Ok(inactive(&older)), Err(gone()), Ok(unlike), Ok(key("p", |_| {}))] {
        assert_eq!(plainly(&with(key)), "finish s, others [], old GoesAtOnce");
    }
}

#[test]
fn row_3_the_grace_is_kept_whoever_runs_again() {
    let with = |at| due(at, Ok(replaced("s")), found(old(|_| {}), &[successor("late", DAY)]));
    let already = format!("already by s, due Some({}), goes []", NOW + 1);
    assert_eq!(plainly(&with(NOW + 1)), already);
    let hurried = follows(&with(NOW + 1), |r| r.resume().delete_old().takeover(Duration::ZERO));
    assert_eq!(hurried, already);
    let unmarked = due(NOW + 1, Ok(successor("s", 5)), found(old(|_| {}), &[successor("s", 5)]));
    assert_eq!(plainly(&unmarked), already);
}

#[test]
fn row_4_when_it_is_due_the_old_key_goes() {
    let named = [successor("early", 3 * DAY), successor("s", 2 * DAY), successor("late", DAY)];
    let with = |key| due(NOW, Ok(named[1].clone()), found(key, &named));
    let finish = "finish s, others [\"early\"], old GoesAtOnce";
    assert_eq!(plainly(&with(old(|_| {}))), finish);
    // Killed after it was retired.
    assert_eq!(plainly(&with(with_status("inactive"))), finish);
}

#[test]
fn row_5_a_grace_whose_successor_is_inactive_or_gone_ends() {
    for at in [NOW - 1, NOW + 1] {
        for successor in [Ok(inactive(&replaced("s"))), Err(gone())] {
            let active = due(at, successor.clone(), found(old(|_| {}), &[]));
            assert_eq!(plainly(&active), "take the due tag off");
            // An inactive key is not in use again: row 15.
            let off = due(at, successor, found(with_status("inactive"), &[]));
            assert!(plainly(&off).contains("inactive"), "{}", plainly(&off));
        }
    }
}

#[test]
fn row_6_without_a_successor_the_whole_runs() {
    let run = "run like old, others [], old Goes";
    assert_eq!(plainly(&found(old(|_| {}), &[])), run);
    // It was activated again.
    assert_eq!(plainly(&found(old(|_| {}), &[replaced("s")])), run);
    // Somebody retired it.
    assert_eq!(plainly(&found(old(|_| {}), &[inactive(&successor("s", 5))])), run);
    assert_eq!(plainly(&Found { proof: Proof::Unasked, ..found(old(|_| {}), &[]) }), run);
}

#[test]
fn a_tag_counts_only_on_a_key_that_is_alike_and_not_older() {
    let changes: [fn(&mut Value); 6] = [
        |json| json["name"] = "other".into(),
        |json| json["roleNames"] = json!(["a"]),
        |json| json["keyTenants"] = json!([{"tenantId": "t", "roleNames": ["x", "y"]}]),
        |json| json["keyTenants"][0]["roleNames"] = json!(["x", "z"]),
        |json| json["boundUserId"] = "u".into(),
        |json| json["createdTime"] = (NOW - 101 * DAY).into(),
    ];
    for change in changes {
        let forged = changed(&successor("s", 5), change);
        let told = plainly(&found(old(|_| {}), &[forged]));
        assert_eq!(told, "run like old, others [], old Goes");
        let told = plainly(&found(with_status("inactive"), &[changed(&replaced("s"), change)]));
        assert!(told.contains("inactive"), "{told}");
    }
    // The order of roles and tenants is the service's.
    let reordered = changed(&successor("s", 5), |json| {
        json["roleNames"] = json!(["b", "a"]);
        json["keyTenants"] = json!([{"tenantId": "u"}, {"tenantId": "t", "roleNames": ["y", "x"]}]);
    });
    assert!(plainly(&found(old(|_| {}), &[reordered])).contains("Busy"));
}

#[test]
fn row_7_a_run_that_may_be_deploying_is_left_alone() {
    let named = [successor("s", DAY), successor("young", 3_599)];
    let busy = format!("stop: Busy {{ successor: \"young\", since: {}, left: None }}", NOW - 3_599);
    // Whatever is deployed, and whatever became of the old key: its run may be about to end.
    for found in [
        found(old(|_| {}), &named),
        proven("s", found(old(|_| {}), &named)),
        proven("s", found(with_status("inactive"), &named)),
        absent(&named),
    ] {
        assert_eq!(plainly(&found), busy);
        assert!(!follows(&found, ReplaceAccessKey::resume).contains("Busy"));
        let takeover = follows(&found, |r| r.takeover(Duration::from_secs(3_599)));
        assert!(!takeover.contains("Busy"), "{takeover}");
    }
    // By a clock that is behind the service's.
    assert!(plainly(&found(old(|_| {}), &[successor("s", -5)])).contains("Busy"));
}

#[test]
fn row_8_what_is_in_use_stays_and_the_rest_goes() {
    let many: Vec<_> = (0..9).map(|n| successor(&format!("s{n}"), DAY - n)).collect();
    let told = plainly(&proven("s1", found(old(|_| {}), &many[..3])));
    assert_eq!(told, "finish s1, others [\"s0\", \"s2\"], old Goes");
    assert!(plainly(&proven("s1", found(old(|_| {}), &many))).starts_with("finish s1"));
}

#[test]
fn row_9_what_is_not_proven_is_deployed_again() {
    let named = [successor("s2", DAY), successor("s1", 2 * DAY)];
    let asked = Found { proof: Proof::Unasked, ..found(old(|_| {}), &named) };
    assert_eq!(plainly(&asked), "read back");
    let run = "run like old, others [\"s1\", \"s2\"], old Goes";
    assert_eq!(plainly(&found(old(|_| {}), &named)), run);
    assert_eq!(plainly(&proven("old", found(old(|_| {}), &named))), run);
    assert_eq!(plainly(&Found { proof: Proof::Refused, ..found(old(|_| {}), &named) }), run);
}

#[test]
fn row_10_a_deployed_secret_that_cannot_be_judged_stops() {
    for key in [old(|_| {}), with_status("inactive")] {
        let found = found(key, &[successor("s", DAY)]);
        let failed = Found { proof: Proof::Failed(unreachable()), ..found };
        assert_eq!(plainly(&failed), "stop: unread: it takes too long");
    }
}

#[test]
fn row_11_another_keys_deployment_stops() {
    for key in [old(|_| {}), with_status("inactive")] {
        let elsewhere = proven("other", found(key, &[successor("s", DAY)]));
        assert_eq!(plainly(&elsewhere), "stop: DeployedElsewhere { id: \"other\" }");
    }
}

#[test]
fn row_12_a_key_that_was_replaced_is_told_as_such() {
    let named = [successor("late", DAY), successor("young", 5), replaced("s")];
    let already = "already by s, due None, goes [\"late\"]";
    assert_eq!(plainly(&found(with_status("inactive"), &named)), already);
    assert_eq!(plainly(&absent(&named)), already);
    let refused = Found { proof: Proof::Refused, ..found(with_status("inactive"), &named[2..]) };
    assert_eq!(plainly(&refused), "run like old, others [\"s\"], old StaysAsItIs");
    let in_use = proven("s", found(with_status("inactive"), &named[2..]));
    assert_eq!(plainly(&in_use), "already by s, due None, goes []");
    // What is in use tells more, where several keys are left.
    let several = [named[0].clone(), named[1].clone(), replaced("r"), replaced("s")];
    let told = |found: Found| plainly(&Found { old: Ok(with_status("inactive")), ..found });
    let asked = Found { proof: Proof::Unasked, ..absent(&several) };
    assert_eq!(told(asked), "read back");
    let finish = |id, others: &[&str]| format!("finish {id}, others {others:?}, old StaysAsItIs");
    assert_eq!(told(proven("r", absent(&several))), finish("r", &["s", "late"]));
    assert_eq!(told(proven("late", absent(&several))), finish("late", &["r", "s"]));
    assert!(told(proven("x", absent(&several))).contains("DeployedElsewhere"));
    assert_eq!(told(absent(&several)), already);
    // One that was created later can be deployed.
    let later = [replaced("s"), successor("later", 7_200)];
    let run = "run like old, others [\"s\", \"later\"], old StaysAsItIs";
    assert_eq!(told(absent(&later)), run);
    // Its replacement was retired: that is no replacement any more.
    let told = plainly(&found(with_status("inactive"), &[inactive(&replaced("s"))]));
    assert!(told.contains("inactive"), "{told}");
}

#[test]
fn row_13_what_is_in_use_stays_though_the_old_key_is_retired() {
    let named = [successor("s1", 2 * DAY), successor("s2", DAY)];
    let finish = "finish s1, others [\"s2\"], old StaysAsItIs";
    assert_eq!(plainly(&proven("s1", found(with_status("inactive"), &named))), finish);
    assert_eq!(plainly(&proven("s1", absent(&named))), finish);
}

#[test]
fn row_14_what_is_not_proven_is_deployed_again_though_the_old_key_is_retired() {
    let named = [successor("s1", 2 * DAY), successor("s2", DAY)];
    let run = |like| format!("run like {like}, others [\"s1\", \"s2\"], old StaysAsItIs");
    assert_eq!(plainly(&found(with_status("inactive"), &named)), run("old"));
    assert_eq!(plainly(&absent(&named)), run("s2"));
    // Nobody can tell which of these was made up.
    let mixed = [named[0].clone(), changed(&named[1], |json| json["name"] = "other".into())];
    assert!(plainly(&absent(&mixed)).contains("differ"));
}

#[test]
fn row_15_an_inactive_key_and_an_absent_one_are_not_replaced() {
    let told = plainly(&found(with_status("inactive"), &[]));
    assert_eq!(told, "stop: id is that of an inactive key: activate it first");
    assert!(plainly(&absent(&[])).starts_with("stop: unread: refused"));
}

#[test]
fn row_16_an_expired_key_needs_an_expiry() {
    let named = [successor("s", DAY)];
    for found in [found(with_status("expired"), &[]), found(with_status("expired"), &named)] {
        assert!(plainly(&found).contains("has expired"), "{}", plainly(&found));
        let told = follows(&found, |r| r.expiry(Expiry::Never));
        assert!(told.starts_with("run like old"), "{told}");
        assert!(told.ends_with("old Goes"), "{told}");
    }
}

#[test]
fn row_17_where_deploying_fails_each_time_a_human_is_asked() {
    let many: Vec<_> = (0..6).map(|n| successor(&format!("s{n}"), DAY - n)).collect();
    for found in [found(old(|_| {}), &many), found(with_status("inactive"), &many), absent(&many)] {
        assert!(plainly(&found).contains("TooMany { successors: [\"s0\""), "{}", plainly(&found));
    }
    assert!(plainly(&found(old(|_| {}), &many[..5])).starts_with("run like old"));
}

#[test]
fn a_run_gives_way_to_one_that_did_not_begin_later() {
    let own = successor("own", 5);
    let rival = |known: &[AccessKey], other: &AccessKey| {
        let keys = [own.clone(), other.clone()];
        let line = Line::of("old", Some(&old(|_| {})), &keys);
        line.rival_of(&own, known).map(|key| key.id().to_owned())
    };
    for other in [successor("a", 6), successor("a", 5), successor("z", 5), replaced("a")] {
        assert_eq!(rival(&[], &other).as_deref(), Some(other.id()));
        assert_eq!(rival(core::slice::from_ref(&other), &other), None, "it was there before");
    }
    assert_eq!(rival(&[], &successor("a", 4)), None);
    // It has ended, so it was earlier whatever the service's clock says.
    let ended = changed(&replaced("a"), |json| json["createdTime"] = NOW.into());
    assert_eq!(rival(&[], &ended).as_deref(), Some("a"));
    let forged = changed(&successor("a", 6), |json| json["name"] = "other".into());
    assert_eq!(rival(&[], &forged), None);
}
