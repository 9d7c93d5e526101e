//! Every fault of the table against the ureq transport alone.

use descope_blocking::UreqTransport;
use descope_emulator::conformance::{Rule, authority_pem, check_with_tls};
use ureq::Agent;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

#[test]
fn every_fault_is_told_apart() {
    let transport = UreqTransport::builder().ca_pem(authority_pem()).build().unwrap();
    let report = check_with_tls(transport);
    assert!(report.findings().is_empty(), "{report}");
    assert!(report.held().len() >= 60 && report.skipped().is_empty(), "{report}");
}

#[test]
fn with_an_agent_of_ones_own_little_is_told_less() {
    let authority = Certificate::from_pem(authority_pem().as_bytes()).unwrap();
    let tls = TlsConfig::builder().root_certs(RootCerts::from(vec![authority])).build();
    let config = Agent::config_builder().tls_config(tls).max_redirects(5).build();
    let report = check_with_tls(UreqTransport::from_agent(config.new_agent()));
    // What the documentation of `from_agent` says is otherwise.
    let hellos = [
        "TLS closed at the hello",
        "TLS closed in the midst of a record",
        "TLS reset at the hello",
    ];
    let uncounted =
        ["a trailer without end", "gzip of nothing without end", "trailers without end"];
    let kinds = [&hellos[..], &uncounted, &["closed in a gzip body"]].concat();
    for (rule, faults) in [
        (
            Rule::Whole,
            &["TLS body without a length, cut", "a body that ends with the connection, reset"][..],
        ),
        (Rule::Unsent, &hellos),
        (Rule::Kind, &kinds),
        (Rule::Partial, &["a body one byte too long", "ten gibibytes announced"]),
    ] {
        assert_eq!(report.broken(rule), faults.iter().copied().collect(), "{report}");
    }
    let known = [Rule::Whole, Rule::Unsent, Rule::Kind, Rule::Partial];
    let others = report.findings().iter().filter(|found| !known.contains(&found.rule));
    // Interim answers are counted one by one, or together, as they arrive.
    let others: Vec<_> =
        others.filter(|found| found.fault != "interim answers of 70 KiB").collect();
    assert!(others.is_empty(), "{report}");
}
