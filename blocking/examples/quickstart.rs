//! An access key's whole life: `cargo run --example quickstart`.
//!
//! With no environment it starts the emulator in this process and speaks real HTTP to it. With
//! `DESCOPE_PROJECT_ID` and `DESCOPE_MANAGEMENT_KEY` set it does the same against the real service
//! (`DESCOPE_TENANT_ID` names a tenant to associate the key with), and deletes what it made even
//! when a step fails.

use std::error::Error as StdError;
use std::process::ExitCode;

use descope_blocking::{
    Client, CreateAccessKey, Error, ExchangeAccessKey, Expiry, KeyTenant, SearchAccessKeys,
    TenantGrant, UpdateAccessKey,
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
        println!("Against the real service.");
        return with_clean_up(&Client::from_env()?, tenant.as_deref(), &["0.0.0.0/0", "::/0"]);
    }
    let emulator = Emulator::start();
    println!("No DESCOPE_PROJECT_ID, so against an emulator at {}.", emulator.base_url());
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
        println!("Cleaning up {} keys.", made.len());
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

    println!("\nCreate");
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
    println!(
        "  {id} is {}; its secret, shown only this once: {}",
        created.key.status(),
        shown(created.cleartext.expose())
    );

    println!("Search");
    let found = keys.search(&SearchAccessKeys::new().text("quickstart"))?;
    println!(
        "  {} found, {} among them",
        found.len(),
        found.iter().find(|key| key.id() == id).map_or("not ours", |key| key.name())
    );

    println!("Load");
    let loaded = keys.load(&id)?;
    println!(
        "  {:?} for {:?}, from {:?}, claims {:?}",
        loaded.name(),
        loaded.key_tenants().first().map(KeyTenant::tenant_id),
        loaded.permitted_ips(),
        loaded.custom_claims()
    );

    println!("Update the description alone");
    let updated = keys.update(&UpdateAccessKey::of(&loaded).set_description("renewed"))?;
    let kept = updated.permitted_ips() == loaded.permitted_ips()
        && updated.custom_claims() == loaded.custom_claims()
        && updated.key_tenants() == loaded.key_tenants();
    println!(
        "  {:?} -> {:?}; everything else kept: {kept}",
        loaded.description().unwrap_or_default(),
        updated.description().unwrap_or_default()
    );

    println!("Exchange, with a login claim");
    let exchange = ExchangeAccessKey::new(&created.cleartext).login_claim("job", 42);
    let session = client.exchange_with(exchange)?;
    println!(
        "  a token for {}, valid until Unix time {}: {}",
        session.key_id(),
        session.claims().expires_at().unix_seconds(),
        shown(session.token().expose())
    );

    println!("Validate, and ask");
    let claims = client.validate(session.token().expose())?;
    if let Some(tenant) = tenant {
        println!(
            "  deployer in {tenant}: {}; admin: {}",
            claims.tenant(tenant).has_role("deployer"),
            claims.tenant(tenant).has_role("admin")
        );
    }
    println!("  claim team = {:?}", claims.get::<&str>("team")?);
    println!(
        "  login claim job = {:?}, which the caller chose itself",
        claims.untrusted_login_claims().get::<u32>("job")?
    );

    println!("Rotate");
    let rotated = keys.rotate(&id)?;
    expect_refusal("the old secret", client.exchange(&created.cleartext).err())?;
    client.exchange(&rotated.cleartext)?;
    println!("  the new secret works");

    println!("Deactivate");
    keys.deactivate(&id)?;
    expect_refusal("the key", client.exchange(&rotated.cleartext).err())?;

    println!("Activate");
    keys.activate(&id)?;
    client.exchange(&rotated.cleartext)?;
    println!("  the key works again");

    println!("Delete");
    keys.delete(&id)?;
    made.retain(|made| *made != id);
    let gone = keys.load(&id).is_err_and(|error| !error.is_unreachable());
    println!("  gone: {gone}");
    Ok(())
}

fn several_keys(client: &Client, made: &mut Vec<String>) -> Outcome {
    let keys = client.access_keys();
    println!("\nBatches of three");
    for number in 1..=3 {
        let create = CreateAccessKey::new(format!("quickstart-{number}"), Expiry::days(1));
        made.push(keys.create(&create)?.key.id().to_owned());
    }
    let states = || -> Result<Vec<String>, Error> {
        made.iter().map(|id| Ok(keys.load(id)?.status().to_string())).collect()
    };
    keys.deactivate_batch(made.clone())?;
    println!("  deactivated: {:?}", states()?);
    keys.activate_batch(made.clone())?;
    println!("  activated: {:?}", states()?);
    keys.delete_batch(made.clone())?;
    made.clear();
    println!("  deleted");
    Ok(())
}

/// A refusal is the success of these steps.
fn expect_refusal(what: &str, error: Option<Error>) -> Outcome {
    match error {
        Some(error) if error.is_unauthorized() => {
            println!("  {what} is refused: {error}");
            Ok(())
        }
        Some(error) => Err(error.into()),
        None => Err(format!("{what} should have been refused").into()),
    }
}

/// The beginning of a secret, to recognise it by.
fn shown(secret: &str) -> String {
    format!("{}… ({} characters)", secret.get(..6).unwrap_or_default(), secret.len())
}
