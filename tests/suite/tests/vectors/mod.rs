//! The shared vectors, found through `DESCOPE_VECTORS`.

use std::path::PathBuf;

/// The file's content; `None`, which is said, where the variable is unset.
pub(crate) fn read<T: serde::de::DeserializeOwned>(file: &str) -> Option<T> {
    let Some(directory) = std::env::var_os("DESCOPE_VECTORS") else {
        println!("skipped: DESCOPE_VECTORS is not set");
        return None;
    };
    let path = PathBuf::from(directory).join(file);
    let text = std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    Some(serde_json::from_slice(&text).unwrap())
}
