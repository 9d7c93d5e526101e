//! An access key in a file.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use descope_core::{Error, Secret};

/// More than any key has.
const LONGEST: u64 = 64 << 10;

/// What the file holds. The path is followed again each time: secrets are replaced by turning a link.
pub(super) fn read(path: &Path) -> Result<Secret, Error> {
    contents(path).map(Secret::new).map_err(|error| {
        let what = format!("{} cannot be read: {error}", path.display());
        Error::invalid_argument("access key file", what)
    })
}

fn contents(path: &Path) -> io::Result<String> {
    // To open a pipe is to wait for its writer.
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("it is no file"));
    }
    let mut text = String::new();
    File::open(path)?.take(LONGEST).read_to_string(&mut text)?;
    Ok(text)
}
