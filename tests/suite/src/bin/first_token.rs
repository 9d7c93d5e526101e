//! From nothing to a validated token with the SDK. For the benchmark of start-up.

fn main() -> Result<(), descope_blocking::Error> {
    let client = descope_blocking::Client::from_env()?;
    let session = client.exchange(descope_blocking::access_key_from_env()?)?;
    println!("{}", session.key_id());
    Ok(())
}
