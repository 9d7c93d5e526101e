//! What is read at the registry: each package has a readme, whose links work from there.

use std::fs;
use std::path::Path;

const PACKAGES: [&str; 4] = ["core", "blocking", "blocking/tool", "tests/emulator"];

/// Where the links of a document go.
fn links(document: &str) -> impl Iterator<Item = &str> {
    document.split("](").skip(1).filter_map(|rest| rest.split(')').next())
}

#[test]
fn each_package_has_a_readme_with_links_that_work_everywhere() {
    assert!(links("[a](https://a.example) [b](../b.md)").eq(["https://a.example", "../b.md"]));
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    for package in PACKAGES {
        let manifest = fs::read_to_string(root.join(package).join("Cargo.toml")).unwrap();
        assert!(manifest.contains("\nreadme = \"README.md\"\n"), "{package}");
        let readme = fs::read_to_string(root.join(package).join("README.md")).unwrap();
        let mut links = links(&readme);
        assert!(links.all(|link| link.starts_with("https://")), "{package} has a relative link");
    }
}

/// A guide that is renamed takes its link along.
#[test]
fn each_guide_is_linked_from_the_readme_by_its_module() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../blocking");
    let guides = fs::read_to_string(root.join("src/guides.rs")).unwrap();
    let readme = fs::read_to_string(root.join("README.md")).unwrap();
    let modules = guides.split("pub mod ").skip(1).filter_map(|rest| rest.split(' ').next());
    let modules: Vec<_> = modules.collect();
    assert!(modules.len() >= 5, "{modules:?}");
    for module in modules {
        let link = format!("/latest/descope_blocking/guides/{module}/)");
        assert!(readme.contains(&link), "{module}");
    }
}
