//! Tokens good and bad, and what this SDK says of each.

use std::error::Error;

use descope_blocking::jwt::{Audience, Claims};
use descope_blocking::{Client, ValidateToken};
use descope_emulator::{Algorithm, Emulator, Token};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// A token, and what is asked of a validator.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Case {
    pub(crate) name: String,
    token: String,
    /// The audience that the caller asks for, if it does.
    audience: Option<String>,
    /// What it asks of an accepted token.
    roles: Option<Roles>,
    /// `accepted` or `refused`, and where roles were asked for `granted` or `denied`.
    pub(crate) verdict: String,
    /// Why it was refused.
    pub(crate) why: Option<String>,
}

/// All of these roles in this tenant; in none, where its id is empty, at project level.
#[derive(Debug, Serialize, Deserialize)]
struct Roles {
    tenant: String,
    roles: Vec<String>,
}

const AUDIENCE: &str = "https://api.example.com";

/// The tokens of an emulator as the program starts it: the same project, and the same signing key.
pub(crate) fn judged() -> Result<Vec<Case>, Box<dyn Error>> {
    let emulator = Emulator::builder().in_process();
    // The key set as given, so that nothing is fetched.
    let client = Client::builder(emulator.project_id())
        .signing_keys(emulator.key_set().to_string())
        .build()?;
    let mut cases = cases(&emulator);
    for case in &mut cases {
        let validated = match &case.audience {
            Some(audience) => {
                let audience = Audience::any_of([audience]);
                client.validate(ValidateToken::new(&case.token).audience(audience))
            }
            None => client.validate(&case.token),
        };
        match (validated, &case.roles) {
            (Err(error), _) => {
                case.verdict = "refused".to_owned();
                case.why = Some(error.to_string());
            }
            (Ok(_), None) => case.verdict = "accepted".to_owned(),
            (Ok(claims), Some(roles)) => {
                case.verdict = if roles.held_by(&claims) { "granted" } else { "denied" }.to_owned();
            }
        }
    }
    Ok(cases)
}

impl Roles {
    fn held_by(&self, claims: &Claims) -> bool {
        if self.tenant.is_empty() {
            claims.has_all_roles(&self.roles)
        } else {
            claims.tenant(&self.tenant).has_all_roles(&self.roles)
        }
    }
}

fn cases(emulator: &Emulator) -> Vec<Case> {
    let token = || emulator.token();
    let project = emulator.project_id();
    let issuer = |text: String| token().claim("iss", text);
    let now = emulator.now();

    let mut cases = Vec::new();
    let mut case = |name: &str, token: Token| cases.push(Case::new(name, token.mint()));
    case("valid", token());

    case("expired a minute ago", token().expires_in(-60));
    case("no `exp`", token().without("exp"));
    case("`exp` is a string", token().claim("exp", (now + 600).to_string()));
    case("`exp` is null", token().claim("exp", json!(null)));
    case("`exp` has a fraction", token().claim("exp", now as f64 + 600.5));
    case("`exp` is beyond 64 bits", token().claim("exp", 1e300));
    case("`nbf` in a minute", token().claim("nbf", now + 60));
    case("`nbf` is a string", token().claim("nbf", now.to_string()));
    case("`iat` in a minute", token().claim("iat", now + 60));
    case("`iat` is a string", token().claim("iat", now.to_string()));
    case("no `iat`", token().without("iat"));

    case("`iss` is the project id", issuer(project.to_owned()));
    case("`iss` ends in the project id", issuer(format!("https://auth.example.com/{project}")));
    case(
        "`iss` has one segment after it",
        issuer(format!("https://api.descope.com/v1/apps/{project}/T1")),
    );
    case(
        "`iss` has two segments after it",
        issuer(format!("https://api.descope.com/{project}/a/b")),
    );
    case("`iss` is another project", issuer("P2another0000000000000000000".to_owned()));
    case("`iss` has the project as its host", issuer(format!("https://{project}/v1")));
    case(
        "`iss` has the project in its query",
        issuer(format!("https://example.com/x?y=/{project}")),
    );
    case("`iss` is a path", issuer(format!("apps/{project}")));
    case("`iss` has dot segments", issuer(format!("https://example.com/{project}/x/..")));
    case("`iss` in another case", issuer(project.to_lowercase()));
    case("no `iss`", token().without("iss"));
    case("`iss` is a number", token().claim("iss", 7));

    case("`aud` is the project", token().claim("aud", project));
    case("`aud` lists the project", token().claim("aud", vec![AUDIENCE, project]));
    case("`aud` is another", token().claim("aud", AUDIENCE));
    case("`aud` lists others", token().claim("aud", vec![AUDIENCE, "b"]));
    case("`aud` is an empty list", token().claim("aud", json!([])));
    case("`aud` is a number", token().claim("aud", 7));

    case("signature corrupt", token().corrupt_signature());
    case("signed by another key", token().forged());
    case("signature missing", token().unsigned());
    case("`alg` none", token().header("alg", "none"));
    case("`alg` none, unsigned", token().header("alg", "none").unsigned());
    case("`alg` HS256", token().header("alg", "HS256"));
    case("`alg` RS512", token().header("alg", "RS512"));
    case("`alg` of another kind of key", token().signed_with(Algorithm::Es256));
    case("no `alg`", token().without_header("alg"));
    case("unknown `kid`", token().header("kid", "no-such-key"));
    case("no `kid`", token().without_header("kid"));
    case("`kid` is a number", token().header("kid", 1));
    case("no `typ`", token().without_header("typ"));
    case("`typ` is another", token().header("typ", "at+jwt"));
    case("`crit` names an unknown extension", token().header("crit", vec!["x"]).header("x", 1));
    case("`b64` is false", token().header("crit", vec!["b64"]).header("b64", false));

    case("bound to a DPoP key", token().claim("cnf", json!({"jkt": "thumbprint"})));
    case("a refresh token (`drn` DSR)", token().claim("drn", "DSR"));
    case("claims are a list", token().payload(*b"[]"));
    case("claims are not JSON", token().payload(*b"{"));
    case("`sub` is a number", token().claim("sub", 7));
    case("no `sub`", token().without("sub"));

    let valid = token().mint();
    let changed = changed(&valid, &token().claim("roles", vec!["admin"]).mint());
    let mut text = |name: &str, token: String| cases.push(Case::new(name, token));
    text("a claim changed", changed);
    text("empty", String::new());
    text("white space around it", format!(" {valid}\n"));
    text("a fourth segment", format!("{valid}.e30"));
    text(
        "two segments",
        valid.rsplit_once('.').map(|(head, _)| head.to_owned()).unwrap_or_default(),
    );
    text("`=` after the signature", format!("{valid}=="));
    text("`Bearer` before it", format!("Bearer {valid}"));

    let mut audience = |name: &str, token: Token| {
        let asked = Some(AUDIENCE.to_owned());
        cases.push(Case { audience: asked, ..Case::new(name, token.mint()) });
    };
    audience("asked for, and is the `aud`", token().claim("aud", AUDIENCE));
    audience("asked for, and in the `aud`", token().claim("aud", vec!["b", AUDIENCE]));
    audience("asked for, not in the `aud`", token().claim("aud", "b"));
    audience("asked for, with a slash more", token().claim("aud", format!("{AUDIENCE}/")));
    audience("asked for, no `aud`", token());
    audience("asked for, `aud` is the project", token().claim("aud", project));

    let mut asks = |name: &str, token: Token, tenant: &str, roles: &[&str]| {
        let roles = roles.iter().map(ToString::to_string).collect();
        let roles = Some(Roles { tenant: tenant.to_owned(), roles });
        cases.push(Case { roles, ..Case::new(name, token.mint()) });
    };
    let tenants = |value| token().claim("tenants", value);
    let acme = || tenants(json!({"acme": {"roles": ["deployer", "viewer"]}}));
    asks("tenant: all of its roles", acme(), "acme", &["deployer", "viewer"]);
    asks("tenant: one role too many", acme(), "acme", &["deployer", "admin"]);
    asks("tenant: another one", acme(), "globex", &["deployer"]);
    asks("tenant: no roles asked", acme(), "acme", &[]);
    asks("tenant: another one, no roles asked", acme(), "globex", &[]);
    asks("tenant: its entry is empty, no roles asked", tenants(json!({"acme": {}})), "acme", &[]);
    asks("tenant: its entry is null, no roles asked", tenants(json!({"acme": null})), "acme", &[]);
    asks("tenant: roles of the project", acme().claim("roles", vec!["admin"]), "acme", &["admin"]);
    let in_text = || tenants(json!({"acme": {"roles": "deployer"}}));
    asks("tenant: roles are a string", in_text(), "acme", &["deployer"]);
    asks("tenant: a part of a string", in_text(), "acme", &["deploy"]);
    let selected = || token().claim("dct", "acme").claim("roles", vec!["deployer"]);
    asks("`dct` alone: a role", selected(), "acme", &["deployer"]);
    asks("`dct` alone: no roles asked", selected(), "acme", &[]);
    asks("`dct` alone: another tenant", selected(), "globex", &["deployer"]);
    let both = || selected().claim("tenants", json!({"globex": {}}));
    asks("`dct` beside other tenants", both(), "acme", &["deployer"]);
    asks("tenant: inherited name, no roles asked", acme(), "constructor", &[]);
    asks("project: its role", token().claim("roles", vec!["admin"]), "", &["admin"]);
    asks("project: another role", token().claim("roles", vec!["admin"]), "", &["owner"]);
    asks("project: roles are a string", token().claim("roles", "admin"), "", &["admin"]);
    asks("project: a part of a string", token().claim("roles", "admin"), "", &["min"]);
    asks(
        "project: a role chosen at login",
        token().claim("nsec", json!({"roles": ["admin"]})),
        "",
        &["admin"],
    );
    cases
}

impl Case {
    fn new(name: &str, token: String) -> Self {
        Self {
            name: name.to_owned(),
            token,
            audience: None,
            roles: None,
            verdict: String::new(),
            why: None,
        }
    }
}

/// The claims of one token under the signature of another.
fn changed(signed: &str, claims: &str) -> String {
    let (head, _) = claims.rsplit_once('.').unwrap_or_default();
    let (_, signature) = signed.rsplit_once('.').unwrap_or_default();
    format!("{head}.{signature}")
}
