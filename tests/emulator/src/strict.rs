//! JSON that a person wrote: a member that is not known is an error, as it is most likely a slip.

use serde::de::DeserializeOwned;

/// Reads JSON; what is not known, at any depth, is named in the error.
pub(crate) fn strictly<T: DeserializeOwned>(json: &[u8]) -> Result<T, String> {
    let mut unknown = Vec::new();
    let mut source = serde_json::Deserializer::from_slice(json);
    let read = serde_ignored::deserialize(&mut source, |path| unknown.push(path.to_string()));
    let read = read.and_then(|read| source.end().map(|()| read));
    match (read, unknown.as_slice()) {
        (Err(error), _) => Err(error.to_string()),
        (Ok(read), []) => Ok(read),
        (Ok(_), names) => Err(format!("there is no member {}", names.join(", nor "))),
    }
}
