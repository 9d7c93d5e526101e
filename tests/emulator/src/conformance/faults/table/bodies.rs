//! Complete answers with bodies of no use.

use std::io::Write;

use descope_core::ErrorKind;
use descope_core::FailureKind as F;
use descope_core::Outcome::Unknown;

use super::super::expect::{Called, Sent, answered, fails, lost, succeeds};
use super::{CLEARTEXT, answering, fault, good, raw, send, whole};
use crate::conformance::faults::{Fault, Peer};

pub(super) fn faults() -> Vec<Fault> {
    let mut faults = shapes();
    faults.extend(codings());
    faults
}

fn shapes() -> Vec<Fault> {
    let (open, close) = ("[".repeat(300), "]".repeat(300));
    let deep = format!(r#"{{"key":{{"id":"K1","customClaims":{{"x":{open}{close}}}}}}}"#);
    let rows: [(&str, Vec<u8>); 19] = [
        ("no body", Vec::new()),
        ("blanks", b" \r\n ".to_vec()),
        ("HTML", b"<!DOCTYPE html><title>Just a moment</title>".to_vec()),
        ("JSON cut short", b"{\"key\":{\"id\":\"K1\"".to_vec()),
        ("two JSON texts", b"{\"key\":{\"id\":\"K1\"}} {}".to_vec()),
        ("an array", b"[]".to_vec()),
        ("a string", b"\"K1\"".to_vec()),
        ("null", b"null".to_vec()),
        ("an empty object", b"{}".to_vec()),
        ("a key that is null", br#"{"key":null}"#.to_vec()),
        ("a key that is an array", br#"{"key":["K1"]}"#.to_vec()),
        ("a key without an id", br#"{"key":{"name":"ci"}}"#.to_vec()),
        ("an empty id", br#"{"key":{"id":""}}"#.to_vec()),
        ("a number for an id", br#"{"key":{"id":7}}"#.to_vec()),
        ("a number for a name", br#"{"key":{"id":"K1","name":7}}"#.to_vec()),
        ("the id twice", br#"{"key":{"id":"K1","id":"K2"}}"#.to_vec()),
        ("a time beyond 64 bits", br#"{"key":{"id":"K1","expireTime":1e30}}"#.to_vec()),
        ("bytes that are not UTF-8", b"{\"key\":{\"id\":\"K1\",\"x\":\"\xff\"}}".to_vec()),
        ("too deep", deep.into_bytes()),
    ];
    let useless = fails(ErrorKind::Decode, Unknown, 1);
    let mut faults: Vec<_> = rows
        .into_iter()
        .map(|(name, body)| {
            let peer = raw(whole(200, "", body), &[]);
            fault(format!("body: {name}"), peer, answered(200), useless.clone(), useless.clone())
        })
        .collect();
    let secret = useless.clone().with_secret();
    let created: [(&str, String, Called); 6] = [
        ("a key without its cleartext", r#"{"key":{"id":"K1"}}"#.into(), useless.clone()),
        (
            "a cleartext that is null",
            r#"{"cleartext":null,"key":{"id":"K1"}}"#.into(),
            useless.clone(),
        ),
        ("an empty cleartext", r#"{"cleartext":"","key":{"id":"K1"}}"#.into(), useless),
        (
            "a cleartext without its key",
            format!(r#"{{"cleartext":"{CLEARTEXT}"}}"#),
            secret.clone(),
        ),
        (
            "a cleartext beside a broken key",
            format!(r#"{{"cleartext":"{CLEARTEXT}","key":{{"id":7}}}}"#),
            secret.clone(),
        ),
        (
            "a cleartext in JSON cut short",
            format!(r#"{{"cleartext":"{CLEARTEXT}","key":{{"id":"#),
            secret,
        ),
    ];
    for (name, body, create) in created {
        let peer = answering(move |request| {
            let body = if request.is_create() { body.clone() } else { good(request) };
            vec![send(whole(200, "", body))]
        });
        faults.push(fault(format!("body: {name}"), peer, answered(200), succeeds(1), create));
    }
    let nulls = answering(|request| {
        let members = ["name", "roleNames", "keyTenants", "status", "createdTime", "expireTime"];
        let nulls: String = members.iter().map(|name| format!(r#","{name}":null"#)).collect();
        let key = format!(r#""key":{{"id":"K1"{nulls}}},"new":[{{"a":1}}]"#);
        let body = if request.is_create() {
            format!(r#"{{"cleartext":"{CLEARTEXT}",{key}}}"#)
        } else {
            format!("{{{key}}}")
        };
        vec![send(whole(200, "content-type: text/html\r\n", body))]
    });
    faults.push(fault(
        "body: nulls, unknown members and a wrong type",
        nulls,
        answered(200),
        succeeds(1),
        succeeds(1),
    ));
    faults
}

fn codings() -> Vec<Fault> {
    let fine = (answered(200), succeeds(1));
    let useless = fails(ErrorKind::Decode, Unknown, 1);
    let corrupt = (lost(F::Coding).with(200, ""), useless);
    let coded = |coding: &'static str, encode: fn(&[u8]) -> Vec<u8>| {
        answering(move |request| {
            let header = format!("content-encoding: {coding}\r\n");
            vec![send(whole(200, &header, encode(good(request).as_bytes())))]
        })
    };
    // All of the body did arrive, and only then it turns out to be corrupt.
    let late = (lost(F::Coding).with(200, "{\""), corrupt.1.clone().with_secret());
    let rows: [(&str, Peer, &(Sent, Called)); 8] = [
        ("gzip", coded("gzip", gzip), &fine),
        ("identity", coded("identity", <[u8]>::to_vec), &fine),
        ("br, which was not offered", coded("br", <[u8]>::to_vec), &corrupt),
        ("zstd, which was not offered", coded("zstd", <[u8]>::to_vec), &corrupt),
        ("gzip twice", coded("gzip, gzip", |body| gzip(&gzip(body))), &corrupt),
        ("gzip in name only", coded("gzip", <[u8]>::to_vec), &corrupt),
        (
            "gzip that ends too early",
            coded("gzip", |body| {
                let bytes = gzip(body);
                bytes[..bytes.len() - 4].to_vec()
            }),
            &late,
        ),
        ("gzip with a wrong checksum", coded("gzip", miscounted), &late),
    ];
    rows.into_iter()
        .map(|(name, peer, (sent, create))| {
            let load = Called { secret: false, ..create.clone() };
            fault(format!("coding: {name}"), peer, sent.clone(), load, create.clone())
        })
        .collect()
}

pub(super) fn gzip(body: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(body).unwrap();
    encoder.finish().unwrap()
}

fn miscounted(body: &[u8]) -> Vec<u8> {
    let mut bytes = gzip(body);
    let checksum = bytes.len() - 8;
    bytes[checksum] ^= 1;
    bytes
}
