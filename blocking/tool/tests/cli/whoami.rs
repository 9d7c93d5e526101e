//! `descope-keys whoami`

use serde_json::json;

use crate::world::{ACCESS_KEY, Run, World};

#[test]
fn everything_is_told_and_no_credential() {
    let world = World::new();
    let path = world.file("management", world.emulator.management_key());
    let run = world.run(&["whoami", "--management-key-file"]).arg(&path).with_access_key();
    let ended = run.without("DESCOPE_MANAGEMENT_KEY").ok();
    let (base_url, path) = (world.emulator.base_url(), path.display().to_string());
    for line in [
        format!("  project      {} (DESCOPE_PROJECT_ID)", world.emulator.project_id()),
        format!("  base URL     {base_url} (DESCOPE_BASE_URL)"),
        format!("  management   present ({path})"),
        "  auth mgmt    none".to_owned(),
        "  access key   present (DESCOPE_ACCESS_KEY)".to_owned(),
        "  name         ci".to_owned(),
        "  key          K2ci".to_owned(),
        "  tenants      acme: deployer".to_owned(),
    ] {
        assert!(ended.stdout.lines().any(|shown| shown == line), "{line}: {}", ended.stdout);
    }
    assert_eq!(ended.stderr, "");
    let json = world.run(&["whoami", "--json"]).with_access_key().ok();
    let value = json.json();
    assert_eq!(
        value["managementKey"],
        json!({"present": true, "source": "DESCOPE_MANAGEMENT_KEY"})
    );
    assert_eq!(value["authManagementKey"], json!({"present": false, "source": null}));
    assert_eq!(value["accessKey"]["session"]["keyId"], "K2ci");
    for output in [&ended.stdout, &json.stdout] {
        for secret in [ACCESS_KEY, world.emulator.management_key(), "eyJ"] {
            assert!(!output.contains(secret), "{output}");
        }
    }
}

#[test]
fn nothing_is_sent_without_an_access_key() {
    let world = World::new();
    let ended = world.run(&["whoami"]).ok();
    assert!(ended.stdout.contains("  access key   none\n"), "{}", ended.stdout);
    assert_eq!(world.emulator.total(), 0);
    let base = Run::bare(&["whoami", "--project-id", "P2a"]).ok().stdout;
    assert!(base.contains("  project      P2a (--project-id)\n"), "{base}");
    assert!(
        base.contains("  base URL     https://api.descope.com (from the project id)\n"),
        "{base}"
    );
}

#[test]
fn a_refused_access_key_is_part_of_the_report() {
    let world = World::new();
    world.emulator.deactivate("K2ci");
    let ended = world.run(&["whoami"]).with_access_key().fails(4);
    assert!(ended.stdout.contains("  access key   present (DESCOPE_ACCESS_KEY)\n"));
    assert!(ended.stderr.contains("401"), "{}", ended.stderr);
    let ended = world.run(&["whoami", "--json"]).with_access_key().fails(4);
    let error = &ended.json()["accessKey"]["error"];
    assert_eq!((&error["exit"], error["kind"].as_str()), (&"unauthorized".into(), Some("api")));
}

#[test]
fn without_a_management_key_the_token_says_who_it_is() {
    let world = World::new();
    let ended = world.run(&["whoami"]).without("DESCOPE_MANAGEMENT_KEY").with_access_key().ok();
    assert!(ended.stdout.contains("  key          K2ci\n"), "{}", ended.stdout);
    assert!(!ended.stdout.contains("  name"), "{}", ended.stdout);
}
