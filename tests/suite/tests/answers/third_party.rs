//! Third-party documents (JSONTestSuite), as whole answers and within them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use crate::{PARSERS, answer_with, promises_nothing, vectors};

#[derive(Deserialize)]
struct Case {
    name: String,
    expect: String,
    base64: String,
}

/// Puts bytes, which need not be UTF-8, where a text has `DOCUMENT`.
fn put(text: &str, document: &[u8]) -> Vec<u8> {
    let parts: Vec<_> = text.split("DOCUMENT").map(str::as_bytes).collect();
    parts.join(document)
}

#[test]
fn documents_are_taken_and_refused_as_expected() {
    let Some(cases) = vectors::read::<Vec<Case>>("json.json") else { return };
    let unknown = answer_with(r#""newMember":DOCUMENT,"#);
    let [attributes, claims] = ["customAttributes", "customClaims"].map(|member| {
        let member = format!(r#""{member}":{{"a":DOCUMENT}},"#);
        answer_with("").replace(r#""id""#, &format!(r#"{member}"id""#))
    });
    let mut judged = 0;
    let mut wrong = Vec::new();
    for case in &cases {
        let document = STANDARD.decode(&case.base64).unwrap();
        let value = serde_json::from_slice::<serde_json::Value>(&document).ok();
        let members = value.as_ref().and_then(|value| Some(value.as_object()?.len()));
        let (object, empty) = (members.is_some(), members == Some(0));
        for (parser, parse) in PARSERS {
            let whole = parse(&document).is_ok();
            let embedded = [&unknown, &attributes, &claims]
                .map(|answer| parse(&put(answer, &document)).is_ok());
            let right = match case.expect.as_str() {
                // What promises nothing takes an empty object alone; the others also miss their members.
                "accept" if promises_nothing(parser) => whole == empty && embedded == [false; 3],
                "accept" => (object || !whole) && embedded == [true; 3],
                "reject" => !whole && embedded == [false; 3],
                _ => continue,
            };
            judged += 1;
            if !right {
                wrong.push(format!("{} by {parser}: {whole} {embedded:?}", case.name));
            }
        }
    }
    println!("{} documents, {judged} verdicts", cases.len());
    assert!(cases.len() >= 318 && judged > 3_000, "{} documents, {judged} verdicts", cases.len());
    assert!(wrong.is_empty(), "{} wrong verdicts: {wrong:#?}", wrong.len());
}
