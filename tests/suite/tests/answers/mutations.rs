//! The fuzz targets' entry points under a small deterministic mutator, so that they run always.

use descope_suite::mutator::under_mutation;

use crate::entries;

const KEY: &str = r#"{"id":"K2","name":"n\u00e4me","roleNames":["r",null],"keyTenants":[{"tenantId":"t",
    "tenantName":null,"roleNames":["a"]}],"status":"active","createdTime":1700000000,
    "expireTime":"4102444800","customClaims":{"a":[1,{"b":null}]},"permittedIps":["::1"],
    "customAttributes":{},"description":"two\nlines","editable":true,"new":[[[{}]]]}"#;

#[test]
fn answers_to_every_operation() {
    let error = r#"{"errorCode":"E011004","errorDescription":"d","errorMessage":"m"}"#;
    let seeds = [
        format!(r#"{{"key":{KEY}}}"#),
        format!(r#"{{"cleartext":"x","key":{KEY}}}"#),
        format!(r#"{{"keys":[{KEY},null,{KEY}]}}"#),
        r#"{"keyId":"K2","sessionJwt":"a.b.c","expiration":null}"#.to_owned(),
        r#"{"rateLimitTier":"tier1"}"#.to_owned(),
        error.replace("\"m\"", "\"management-key-that-nobody-may-see\""),
        "management-key-that-nobody-may-see cleartext-that-nobody-may-see".to_owned(),
    ];
    seeds.iter().for_each(|seed| entries::response(seed.as_bytes()));
    under_mutation(&seeds, 400, entries::response);
}

#[test]
fn retry_after_and_date() {
    let date = "Wed, 21 Oct 2026 07:28:00 GMT";
    let seeds = [
        "120".to_owned(),
        format!("{date}\n{date}"),
        format!("{date}\nSunday, 06-Nov-94 08:49:37 GMT"),
        "Sun Nov  6 08:49:37 1994\n".to_owned(),
    ];
    under_mutation(&seeds, 40_000, entries::retry_after);
}

#[test]
fn base_urls() {
    let seeds = [
        "https://api.descope.com".to_owned(),
        "https://auth.company.com:8443/a/b/".to_owned(),
        "http://127.0.0.1:8080".to_owned(),
        "http://[::1]:80//".to_owned(),
        "https://user:password@host/path?query#fragment".to_owned(),
    ];
    under_mutation(&seeds, 20_000, entries::base_url);
}
