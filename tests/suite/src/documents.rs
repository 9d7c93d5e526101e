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
    blocking: "blocking/README.md",
    core: "core/README.md",
    emulator: "tests/emulator/README.md",
    tool: "blocking/tool/README.md",
}
