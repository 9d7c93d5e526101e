//! Allocations of the core while it builds a request, and the peak memory of a search's parse:
//! `cargo bench -p descope-suite --bench allocations`. `BENCHMARKS.md` says why each is there.

use std::hint::black_box;
use std::time::Duration;

use descope_core::{
    ActOnAccessKeys, CallOptions, Config, Context, CreateAccessKey, Endpoint, ExchangeAccessKey,
    Expiry, LoadAccessKey, Now, SearchAccessKeys, Step,
};

fn main() {
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let config = Config::builder("P2aBcDeFgHiJkLmNoPqRsTuVwXyZ").management_key("management-key");
    let context = Context::new(config.build().unwrap(), [1; 32]);
    println!("| request | allocations | bytes |\n|---|---|---|");
    count("load", &context, &LoadAccessKey::new("K2key"));
    count("create, name and expiry", &context, &CreateAccessKey::new("ci", Expiry::days(30)));
    let full = CreateAccessKey::new("ci", Expiry::days(30))
        .tenant_roles("acme", ["deployer"])
        .claim("team", "build")
        .permitted_ip("10.0.0.0/8");
    count("create, with options", &context, &full);
    count("search", &context, &SearchAccessKeys::new());
    count("delete 100", &context, &ActOnAccessKeys::delete((0..100).map(|n| format!("K2key{n}"))));
    count("exchange", &context, &ExchangeAccessKey::new("cleartext"));
    peak_of_search();
}

fn count<E: Endpoint>(what: &str, context: &Context, endpoint: &E) {
    let now = Now::new(Duration::ZERO, Duration::from_secs(1_800_000_000));
    // What is made once in a process is not a request's.
    let mut step = Some(context.call(endpoint, CallOptions::new(), now));
    let counted = allocation_counter::measure(|| {
        step = Some(context.call(black_box(endpoint), CallOptions::new(), now));
    });
    assert!(matches!(step, Some(Step::Send(..))));
    println!("| {what} | {} | {} |", counted.count_total, counted.bytes_total);
}

fn peak_of_search() {
    let key = r#"{"id":"K2key","name":"ci-deployer","roleNames":["reader"],"keyTenants":[{"tenantId":"acme","tenantName":"Acme Inc.","roleNames":["deployer","viewer"]}],"status":"active","createdTime":1763800000,"expireTime":"1795400000","createdBy":"U2creator","clientId":"C2client","boundUserId":"","customClaims":{"team":"build","level":3},"description":"deploys from the build farm","permittedIps":["10.0.0.0/8"],"customAttributes":{"env":"prod"},"editable":true}"#;
    let body = format!("{{\"keys\":[{}]}}", vec![key; 100_000].join(","));
    let search = SearchAccessKeys::new();
    let counted = allocation_counter::measure(|| {
        assert_eq!(black_box(search.parse(body.as_bytes()).unwrap()).len(), 100_000);
    });
    let length = body.len() as f64;
    println!(
        "\nsearch of 100,000 keys: body {:.0} MB, its keys at most {:.2} × the body, together {:.2} ×",
        length / 1e6,
        counted.bytes_max as f64 / length,
        1.0 + counted.bytes_max as f64 / length
    );
}
