//! Search: every filter, alone and together, sorted and in pages.

use descope_blocking::{SearchAccessKeys, SortField};
use descope_emulator::{Builder, Emulator, Key};
use descope_suite::service::{Service, both_ways};
use serde_json::json;

fn project() -> Builder {
    Emulator::builder().created_by("M2default").keys([
        Key::new("alpha")
            .with_id("K1")
            .tenant("acme")
            .attribute("env", "prod")
            .expires_at(4_000_000_000),
        Key::new("beta").with_id("K2").tenant("globex").user_id("U2").attribute("env", "test"),
        Key::new("gamma").with_id("K3").tenant("acme").tenant("globex").description("about beta"),
        Key::new("delta").with_id("K4").attribute("env", "prod").attribute("n", 4).inactive(),
    ])
}

fn names(service: &Service, search: &SearchAccessKeys) -> Vec<String> {
    let keys = service.client.access_keys().search(search).unwrap();
    keys.into_iter().map(|key| key.name().to_owned()).collect()
}

#[test]
fn each_filter_narrows_the_search_down() {
    let new = SearchAccessKeys::new;
    let cases: [(&str, SearchAccessKeys, &[&str]); 14] = [
        ("none", new(), &["alpha", "beta", "gamma", "delta"]),
        ("one tenant", new().tenant("acme"), &["alpha", "gamma"]),
        ("two tenants", new().tenants(["acme", "globex"]), &["alpha", "beta", "gamma"]),
        ("unknown tenant", new().tenant("initech"), &[]),
        ("user", new().bound_user_id("U2"), &["beta"]),
        ("creator", new().creating_user("M2default"), &["alpha", "beta", "gamma", "delta"]),
        ("other creator", new().creating_user("M2other"), &[]),
        ("attribute", new().attribute("env", "prod"), &["alpha", "delta"]),
        ("attributes", new().attributes(json!({"env": "prod", "n": 4})), &["delta"]),
        ("text", new().text("BETA"), &["beta", "gamma"]),
        ("together", new().text("beta").tenant("acme"), &["gamma"]),
        (
            "sorted by two fields",
            new().sort(SortField::descending("status")).sort(SortField::ascending("name")),
            &["delta", "alpha", "beta", "gamma"],
        ),
        (
            "sorted downwards",
            new().sort(SortField::descending("name")),
            &["gamma", "delta", "beta", "alpha"],
        ),
        ("second page", new().page(1).limit(3), &["delta"]),
    ];
    both_ways(project, |service| {
        for (name, search, expected) in &cases {
            assert_eq!(names(service, search), *expected, "{name}");
        }
    });
}

#[test]
fn what_is_found_is_what_is_loaded() {
    both_ways(project, |service| {
        let keys = service.client.access_keys();
        let found = keys.search(&SearchAccessKeys::new()).unwrap();
        assert_eq!(found.len(), 4);
        for key in found {
            assert_eq!(keys.load(key.id()).unwrap(), key);
        }
    });
}

#[test]
fn an_order_that_the_service_does_not_know_is_its_refusal() {
    both_ways(project, |service| {
        let search = SearchAccessKeys::new().sort(SortField::ascending("shoeSize"));
        let error = service.client.access_keys().search(&search).unwrap_err();
        assert_eq!((error.status().unwrap().as_u16(), error.code()), (400, Some("E011004")));
        assert!(error.message().unwrap().contains("shoeSize"));
    });
}

#[test]
fn thousands_of_keys_come_in_one_answer() {
    let builder =
        || Emulator::builder().keys((0..5_000).map(|number| Key::new(format!("k{number}"))));
    both_ways(builder, |service| {
        let found = service.client.access_keys().search(&SearchAccessKeys::new()).unwrap();
        assert_eq!(found.len(), 5_000);
        assert!(found.iter().enumerate().all(|(number, key)| key.name() == format!("k{number}")));
    });
}
