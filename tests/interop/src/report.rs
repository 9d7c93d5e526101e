//! Compares what the clients said with what this SDK says and with what the README says they would.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;

use serde::Deserialize;

use crate::table::{self, Verdicts};
use crate::tokens::Case;

/// What one client did.
#[derive(Debug, Deserialize)]
struct Results {
    client: String,
    version: String,
    /// Names of the checks that held.
    passed: Vec<String>,
    /// Names of those that did not, with why.
    failed: BTreeMap<String, String>,
    /// What it says of each token.
    verdicts: BTreeMap<String, Judged>,
    /// How many requests the emulator counted, by operation.
    requests: BTreeMap<String, u64>,
}

#[derive(Debug, Deserialize)]
struct Judged {
    verdict: String,
    why: Option<String>,
}

/// Prints the comparison; says whether everything was as expected.
pub(crate) fn run(tokens: &str, readme: &str, results: &[&str]) -> Result<bool, Box<dyn Error>> {
    let cases: Vec<Case> = serde_json::from_str(&fs::read_to_string(tokens)?)?;
    let expected = table::disagreements(&fs::read_to_string(readme)?)?;
    let (mut passed, mut failed) = (0, 0);
    for path in results {
        let results: Results = serde_json::from_str(&fs::read_to_string(path)?)?;
        let calls: u64 = results.requests.values().sum();
        let each: Vec<String> =
            results.requests.iter().map(|(name, count)| format!("{name} {count}")).collect();
        println!("{} {}: {calls} calls ({})", results.client, results.version, each.join(", "));
        let wrong = disagreements(&cases, &expected, &results);
        println!(
            "  {} checks held; {} tokens judged, {} of them otherwise than here",
            results.passed.len(),
            results.verdicts.len(),
            expected.values().filter(|row| row.get(&results.client) != row.get("rust")).count(),
        );
        for (name, why) in results.failed.iter().chain(&wrong) {
            println!("  FAILED {name}: {why}");
        }
        passed += results.passed.len() + cases.len() - wrong.len();
        failed += results.failed.len() + wrong.len();
    }
    for name in expected.keys().filter(|name| !cases.iter().any(|case| &case.name == *name)) {
        println!("FAILED {name}: is in the README's table, and is no token");
        failed += 1;
    }
    println!("{passed} passed, {failed} failed");
    Ok(failed == 0)
}

/// The tokens of which this client does not say what it was expected to say.
fn disagreements(
    cases: &[Case],
    expected: &BTreeMap<String, Verdicts>,
    results: &Results,
) -> BTreeMap<String, String> {
    let mut wrong = BTreeMap::new();
    for case in cases {
        let row = expected.get(&case.name);
        let ours = row.and_then(|row| row.get("rust")).unwrap_or(&case.verdict);
        let theirs = row.and_then(|row| row.get(&results.client)).unwrap_or(&case.verdict);
        let judged = results.verdicts.get(&case.name);
        let found = judged.map_or("not judged", |judged| judged.verdict.as_str());
        if (ours, found) != (&case.verdict, theirs) {
            let why = |why: Option<&String>| why.map(|why| format!(" ({why})")).unwrap_or_default();
            let text = format!(
                "{found}{}, expected {theirs}; here {}{}, expected {ours}",
                why(judged.and_then(|judged| judged.why.as_ref())),
                case.verdict,
                why(case.why.as_ref()),
            );
            wrong.insert(case.name.clone(), text);
        }
    }
    wrong
}
