//! What came of a check.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::Rule;

/// What a transport did with every fault. As text it is a report for people: what did not hold, and
/// why it matters.
#[derive(Debug, Default)]
pub struct Report {
    pub(super) held: Vec<String>,
    pub(super) skipped: Vec<(String, &'static str)>,
    pub(super) findings: Vec<Finding>,
}

/// One thing that did not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// The rule that was broken.
    pub rule: Rule,
    /// Under which fault.
    pub fault: String,
    /// Of which request: `GET` or `POST`.
    pub method: &'static str,
    /// What happened.
    pub what: String,
}

impl Report {
    /// Whether the transport can be used: every essential rule held
    /// ([`Rule::is_essential`]).
    #[must_use]
    pub fn is_sound(&self) -> bool {
        !self.findings.iter().any(|finding| finding.rule.is_essential())
    }

    /// What did not hold.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// The faults under which everything held.
    #[must_use]
    pub fn held(&self) -> &[String] {
        &self.held
    }

    /// The faults that were left out, and why.
    #[must_use]
    pub fn skipped(&self) -> &[(String, &'static str)] {
        &self.skipped
    }

    /// The names of the faults under which a rule was broken, each once.
    #[must_use]
    pub fn broken(&self, rule: Rule) -> BTreeSet<&str> {
        let findings = self.findings.iter().filter(|finding| finding.rule == rule);
        findings.map(|finding| finding.fault.as_str()).collect()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (rule, faults) in grouped(self.findings.iter().map(|found| (found.rule, found))) {
            let class = if rule.is_essential() { "WRONG" } else { "coarse" };
            writeln!(f, "{class}: {rule:?}. {}", rule.why())?;
            let faults = faults.into_iter().map(|found| (&found.fault, found));
            for (fault, found) in grouped(faults) {
                // Most often GET and POST fare alike.
                let methods: Vec<&str> = found.iter().map(|found| found.method).collect();
                let first = &found[0].what;
                writeln!(f, "  {fault} ({}): {first}", methods.join(", "))?;
                for other in found.iter().filter(|other| other.what != *first) {
                    writeln!(f, "    {}: {}", other.method, other.what)?;
                }
            }
        }
        for (why, faults) in grouped(self.skipped.iter().map(|(fault, why)| (why, fault))) {
            let faults: Vec<&str> = faults.into_iter().map(String::as_str).collect();
            writeln!(f, "skipped, as {why}: {}", faults.join("; "))?;
        }
        let verdict = match (self.is_sound(), self.findings.is_empty()) {
            (_, true) => "all held",
            (true, false) => "it can be used, and loses what is told above",
            (false, _) => "it must not be used as it is",
        };
        let broken: BTreeSet<_> = self.findings.iter().map(|found| &found.fault).collect();
        let (held, broken, skipped) = (self.held.len(), broken.len(), self.skipped.len());
        write!(f, "{held} faults held, {broken} did not, {skipped} were skipped: {verdict}")
    }
}

/// Values by their keys, in the order of these.
fn grouped<K: Ord, V>(pairs: impl Iterator<Item = (K, V)>) -> BTreeMap<K, Vec<V>> {
    let mut groups: BTreeMap<K, Vec<V>> = BTreeMap::new();
    for (key, value) in pairs {
        groups.entry(key).or_default().push(value);
    }
    groups
}
