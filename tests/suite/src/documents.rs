//! The project's documents, so that their code is compiled and, where it can be, run.

/// A module that is nothing but a document.
macro_rules! documents {
    ($($name:ident: $path:literal,)*) => {$(
        #[doc = include_str!(concat!("../../../", $path))]
        mod $name {}
    )*};
}

documents! {
    readme: "README.md",
    contributing: "CONTRIBUTING.md",
    core: "core/README.md",
    emulator: "tests/emulator/README.md",
    keys: "blocking/tool/README.md",
    outcome_unknown: "blocking/docs/outcome-unknown.md",
    rotating_keys: "blocking/docs/rotating-keys.md",
    testing_offline: "blocking/docs/testing-offline.md",
    validating_on_a_server: "blocking/docs/validating-on-a-server.md",
    writing_a_transport: "blocking/docs/writing-a-transport.md",
}
