//! An access key's whole life: `cargo run --example quickstart`.
//!
//! With no environment it starts the emulator in this process and speaks real HTTP to it. With
//! `DESCOPE_PROJECT_ID` and `DESCOPE_MANAGEMENT_KEY` set it does the same against the real service
//! (`DESCOPE_TENANT_ID` names a tenant to associate the key with), and deletes what it made even
//! when a step fails.

use std::error::Error as StdError;
use std::process::ExitCode;

use descope_blocking::{
    Client, CreateAccessKey, Error, ExchangeAccessKey, Expiry, SearchAccessKeys, TenantGrant,
    UpdateAccessKey,
};
use descope_emulator::Emulator;

type Outcome = Result<(), Box<dyn StdError>>;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("failed: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Outcome {
    let real = std::env::var_os("DESCOPE_PROJECT_ID").is_some();
    if real {
        let tenant = std::env::var("DESCOPE_TENANT_ID").ok();
        println!("This is the real service, with your project.");
        return with_clean_up(&Client::from_env()?, tenant.as_deref(), &["0.0.0.0/0", "::/0"]);
    }
    let emulator = Emulator::start();
    println!("DESCOPE_PROJECT_ID is not set, so this is an emulator.");
    println!("  It listens at {}.", emulator.base_url());
    let client = Client::builder(emulator.project_id())
        .management_key(emulator.management_key())
        .base_url(emulator.base_url())
        .build()?;
    with_clean_up(&client, Some("acme"), &["127.0.0.0/8", "::1"])
}

fn with_clean_up(client: &Client, tenant: Option<&str>, addresses: &[&str]) -> Outcome {
    let mut made = Vec::new();
    let outcome = one_key(client, tenant, addresses, &mut made)
        .and_then(|()| several_keys(client, &mut made));
    if !made.is_empty() {
        println!("Delete what was made.");
        println!("  Keys: {}.", made.len());
        client.access_keys().delete_batch(made)?;
    }
    outcome
}

fn one_key(
    client: &Client,
    tenant: Option<&str>,
    addresses: &[&str],
    made: &mut Vec<String>,
) -> Outcome {
    let keys = client.access_keys();

    println!("\nCreate a key that lasts a day.");
    let mut create = CreateAccessKey::new("quickstart", Expiry::days(1))
        .description("made by the quickstart")
        .claim("team", "build")
        .permitted_ips(addresses.iter().copied());
    if let Some(tenant) = tenant {
        create = create.tenants([TenantGrant::with_roles(tenant, ["deployer"])]);
    }
    let created = keys.create(&create)?;
    let id = created.key.id().to_owned();
    made.push(id.clone());
    println!("  Its id is {id}, its status is {}.", created.key.status());
    println!("  Its secret, shown this once: {}.", shown(created.cleartext.expose()));

    println!("Search for it by its name.");
    let found = keys.search(&SearchAccessKeys::new().text("quickstart"))?;
    let among = if found.iter().any(|key| key.id() == id) { "is" } else { "is not" };
    println!("  Keys found: {}. Ours {among} among them.", found.len());

    println!("Load it.");
    let loaded = keys.load(&id)?;
    if let Some(tenant) = loaded.key_tenants().first() {
        println!("  In tenant {} it has: {}.", tenant.tenant_id(), tenant.role_names().join(", "));
    }
    println!("  It may be exchanged from {}.", loaded.permitted_ips().join(" and "));

    println!("Change its description.");
    let updated = keys.update(&UpdateAccessKey::of(&loaded).set_description("renewed"))?;
    let kept = updated.permitted_ips() == loaded.permitted_ips()
        && updated.custom_claims() == loaded.custom_claims()
        && updated.key_tenants() == loaded.key_tenants();
    let rest = if kept { "stays as it was" } else { "has changed" };
    println!("  It is now \"{}\"; all else {rest}.", updated.description().unwrap_or_default());

    println!("Exchange its secret for a session token, with a login claim.");
    let exchange = ExchangeAccessKey::new(&created.cleartext).login_claim("job", 42);
    let session = client.exchange_with(exchange)?;
    let lifetime = session.claims().expires_at().unix_seconds() - client.now().unix_seconds();
    println!("  It is good for {} minutes: {}.", lifetime / 60, shown(session.token().expose()));

    println!("Validate the token, as a server does.");
    let claims = client.validate(session.token().expose())?;
    if let Some(tenant) = tenant {
        for role in ["deployer", "admin"] {
            let answer = if claims.tenant(tenant).has_role(role) { "yes" } else { "no" };
            println!("  Has it the role {role} in {tenant}? {answer}.");
        }
    }
    println!("  The key's claim team: {}.", claims.get::<&str>("team")?.unwrap_or("none"));
    if let Some(job) = claims.untrusted_login_claims().get::<u32>("job")? {
        println!("  The caller's own claim job: {job}.");
    }

    println!("Rotate the key.");
    let rotated = keys.rotate(&id)?;
    expect_refusal("The old secret", client.exchange(&created.cleartext).err())?;
    client.exchange(&rotated.cleartext)?;
    println!("  The new secret works.");

    println!("Deactivate it.");
    keys.deactivate(&id)?;
    expect_refusal("Its secret", client.exchange(&rotated.cleartext).err())?;

    println!("Activate it.");
    keys.activate(&id)?;
    client.exchange(&rotated.cleartext)?;
    println!("  Its secret works again.");

    println!("Delete it.");
    keys.delete(&id)?;
    made.retain(|made| *made != id);
    match keys.load(&id) {
        Err(error) if error.is_not_found() => println!("  The service no longer knows it."),
        Err(error) => return Err(error.into()),
        Ok(_) => return Err("the key is still there".into()),
    }
    Ok(())
}

fn several_keys(client: &Client, made: &mut Vec<String>) -> Outcome {
    let keys = client.access_keys();
    println!("\nCreate three more.");
    for number in 1..=3 {
        let create = CreateAccessKey::new(format!("quickstart-{number}"), Expiry::days(1));
        made.push(keys.create(&create)?.key.id().to_owned());
    }
    println!("  Their ids are:");
    made.iter().for_each(|id| println!("  {id}"));
    let states = || -> Result<String, Error> {
        let states: Result<Vec<_>, Error> =
            made.iter().map(|id| Ok(keys.load(id)?.status().to_string())).collect();
        Ok(states?.join(", "))
    };
    println!("Deactivate all in one request.");
    keys.deactivate_batch(made.clone())?;
    println!("  They are {}.", states()?);
    println!("Activate all in one request.");
    keys.activate_batch(made.clone())?;
    println!("  They are {}.", states()?);
    println!("Delete all in one request.");
    keys.delete_batch(made.clone())?;
    made.clear();
    println!("  They are gone.");
    Ok(())
}

/// A refusal is the success of these steps.
fn expect_refusal(what: &str, error: Option<Error>) -> Outcome {
    match error {
        Some(error) if error.is_unauthorized() => {
            println!("  {what} is refused: {}.", error.description().unwrap_or("no reason told"));
            Ok(())
        }
        Some(error) => Err(error.into()),
        None => Err(format!("{what} should have been refused").into()),
    }
}

/// The beginning of a secret, to recognise it by.
fn shown(secret: &str) -> String {
    format!("{}…, {} characters", secret.get(..6).unwrap_or_default(), secret.len())
}
