//! Answers of what stands between a program and the service.

use http::{Response, header};
use serde::{Deserialize, Serialize};

/// What a gateway, an edge, a proxy or a captive portal answers in the service's place, as such
/// things are commonly seen; for [`Fault::page`](crate::Fault::page).
///
/// None of them is the service's word: whatever was asked, nothing follows from it about any key.
///
/// ```
/// use descope_emulator::{Emulator, Fault, Operation, Page};
///
/// let emulator = Emulator::start();
/// // The second deletion never arrives, and a page says "not found" …
/// emulator.inject(Fault::page(Page::Nginx404).on(Operation::Delete).after(1));
/// // … and the rotation is carried out, but its answer is replaced.
/// emulator.inject(Fault::page(Page::Nginx502).on(Operation::Rotate).carried_out());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Page {
    /// nginx: 404, HTML.
    Nginx404,
    /// nginx: 413, HTML.
    Nginx413,
    /// nginx: 502, HTML.
    Nginx502,
    /// nginx: 504, HTML.
    Nginx504,
    /// A Kubernetes ingress without a route: 404, `default backend - 404` as text.
    DefaultBackend404,
    /// A mesh's proxy without an upstream: 503, text.
    MeshNoUpstream503,
    /// An edge that bars the client's signature: 403, `error code: 1010` as text.
    Edge1010,
    /// An edge that limits the address: 429, `error code: 1015` as text, no `Retry-After`.
    Edge1015,
    /// An edge's firewall rule: 403, `error code: 1020` as text.
    Edge1020,
    /// An edge's challenge for browsers: 403, HTML titled "Just a moment...".
    Challenge,
    /// A web application firewall: 403, HTML.
    Firewall403,
    /// A captive portal's login page: 200, HTML.
    CaptivePortal200,
    /// A captive portal's redirect to its login page.
    CaptivePortal302,
    /// A captive portal that keeps to RFC 6585: 511, HTML.
    CaptivePortal511,
    /// A gateway for single sign-on: 200, `{"status":"ok","message":"please log in"}`.
    SsoGateway200,
    /// A gateway that answers an empty body: 200.
    Empty200,
    /// A gateway that requires a login of its own: 401, JSON, with a challenge.
    Gateway401,
    /// A proxy that wants credentials: 407, HTML, with a challenge.
    Proxy407,
    /// An API gateway without that route: 403, `{"message":"Missing Authentication Token"}`.
    ApiGateway403,
    /// An API gateway's limit: 429, `{"message":"Too Many Requests"}`.
    ApiGateway429,
    /// A Kubernetes API server: 404, a `Status` object.
    Kubernetes404,
    /// A Spring application: 404, `{"timestamp":…,"status":404,"error":"Not Found",…}`.
    Spring404,
    /// An object store: 404, XML.
    ObjectStore404,
    /// RFC 9457: 404, `application/problem+json`.
    Problem404,
    /// JSON that looks like the service's at a glance: 404, `{"errorCode":"NOT_FOUND",…}`.
    LookAlike404,
    /// 404 without a body.
    Bare404,
    /// 404, HTML of more than 1 MiB.
    Large404,
    /// 429, HTML of more than 1 MiB.
    Large429,
    /// 503, HTML of more than 1 MiB.
    Large503,
}

const HTML: &str = "text/html; charset=utf-8";
const TEXT: &str = "text/plain; charset=utf-8";
const JSON: &str = "application/json";

impl Page {
    /// All of them, for tests that go through the lot.
    pub const ALL: &'static [Self] = &[
        Self::Nginx404,
        Self::Nginx413,
        Self::Nginx502,
        Self::Nginx504,
        Self::DefaultBackend404,
        Self::MeshNoUpstream503,
        Self::Edge1010,
        Self::Edge1015,
        Self::Edge1020,
        Self::Challenge,
        Self::Firewall403,
        Self::CaptivePortal200,
        Self::CaptivePortal302,
        Self::CaptivePortal511,
        Self::SsoGateway200,
        Self::Empty200,
        Self::Gateway401,
        Self::Proxy407,
        Self::ApiGateway403,
        Self::ApiGateway429,
        Self::Kubernetes404,
        Self::Spring404,
        Self::ObjectStore404,
        Self::Problem404,
        Self::LookAlike404,
        Self::Bare404,
        Self::Large404,
        Self::Large429,
        Self::Large503,
    ];

    /// The answer, without `date` and `content-length`, which are added on the way.
    #[must_use]
    pub fn response(self) -> Response<Vec<u8>> {
        let (status, content_type, body) = self.parts();
        let mut response = Response::builder().status(status);
        if !content_type.is_empty() {
            response = response.header(header::CONTENT_TYPE, content_type);
        }
        for (name, value) in self.headers() {
            response = response.header(*name, *value);
        }
        response.body(body.into_bytes()).expect("the pages are sound")
    }

    fn parts(self) -> (u16, &'static str, String) {
        match self {
            Self::Nginx404 => (404, HTML, nginx("404 Not Found")),
            Self::Nginx413 => (413, HTML, nginx("413 Request Entity Too Large")),
            Self::Nginx502 => (502, HTML, nginx("502 Bad Gateway")),
            Self::Nginx504 => (504, HTML, nginx("504 Gateway Time-out")),
            Self::DefaultBackend404 => (404, TEXT, "default backend - 404".to_owned()),
            Self::MeshNoUpstream503 => (503, TEXT, "no healthy upstream".to_owned()),
            Self::Edge1010 => (403, TEXT, "error code: 1010".to_owned()),
            Self::Edge1015 => (429, TEXT, "error code: 1015".to_owned()),
            Self::Edge1020 => (403, TEXT, "error code: 1020".to_owned()),
            Self::Challenge => (
                403,
                HTML,
                page("Just a moment...", "<p>Enable JavaScript and cookies to continue</p>"),
            ),
            Self::Firewall403 => {
                let text = "<h1>Access Denied</h1><p>Reference&#32;&#35;18.0</p>";
                (403, HTML, page("Access Denied", text))
            }
            Self::CaptivePortal200 => {
                let form = "<form method=\"post\" action=\"/login\"><input name=\"room\"></form>";
                (200, HTML, page("Welcome to the guest network", form))
            }
            Self::CaptivePortal302 => (302, HTML, page("Moved", "")),
            Self::CaptivePortal511 => {
                let link = "<p><a href=\"https://portal.example/login\">Log in</a></p>";
                (511, HTML, page("Network Authentication Required", link))
            }
            Self::SsoGateway200 => {
                (200, JSON, r#"{"status":"ok","message":"please log in"}"#.to_owned())
            }
            Self::Empty200 => (200, "", String::new()),
            Self::Gateway401 => (
                401,
                JSON,
                r#"{"error":"invalid_token","error_description":"The token is expired"}"#.to_owned(),
            ),
            Self::Proxy407 => {
                let text = "<p>The proxy wants a user and a password.</p>";
                (407, HTML, page("407 Proxy Authentication Required", text))
            }
            Self::ApiGateway403 => {
                (403, JSON, r#"{"message":"Missing Authentication Token"}"#.to_owned())
            }
            Self::ApiGateway429 => (429, JSON, r#"{"message":"Too Many Requests"}"#.to_owned()),
            Self::Kubernetes404 => (
                404,
                JSON,
                r#"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"the server could not find the requested resource","reason":"NotFound","details":{},"code":404}"#.to_owned(),
            ),
            Self::Spring404 => (
                404,
                JSON,
                r#"{"timestamp":"2026-01-01T00:00:00.000+00:00","status":404,"error":"Not Found","message":"No message available","path":"/v1"}"#.to_owned(),
            ),
            Self::ObjectStore404 => (
                404,
                "application/xml",
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message></Error>".to_owned(),
            ),
            Self::Problem404 => (
                404,
                "application/problem+json",
                r#"{"type":"about:blank","title":"Not Found","status":404}"#.to_owned(),
            ),
            Self::LookAlike404 => (
                404,
                JSON,
                r#"{"errorCode":"NOT_FOUND","errorDescription":"Access key not found","errorMessage":"No route"}"#.to_owned(),
            ),
            Self::Bare404 => (404, "", String::new()),
            Self::Large404 => (404, HTML, large("404 Not Found")),
            Self::Large429 => (429, HTML, large("429 Too Many Requests")),
            Self::Large503 => (503, HTML, large("503 Service Unavailable")),
        }
    }

    fn headers(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Nginx404 | Self::Nginx413 | Self::Nginx502 | Self::Nginx504 => {
                &[("server", "nginx")]
            }
            Self::MeshNoUpstream503 => &[("server", "envoy")],
            Self::Edge1010 | Self::Edge1015 | Self::Edge1020 => {
                &[("server", "cloudflare"), ("cf-ray", "8f00000000000000-EDGE")]
            }
            Self::Challenge => &[
                ("server", "cloudflare"),
                ("cf-ray", "8f00000000000000-EDGE"),
                ("cf-mitigated", "challenge"),
            ],
            Self::CaptivePortal302 => &[("location", "https://portal.example/login?then=api")],
            Self::Gateway401 => &[("www-authenticate", "Bearer error=\"invalid_token\"")],
            Self::Proxy407 => &[("proxy-authenticate", "Basic realm=\"proxy\"")],
            Self::ApiGateway403 => &[("x-amzn-errortype", "MissingAuthenticationTokenException")],
            _ => &[],
        }
    }
}

fn page(title: &str, body: &str) -> String {
    format!(
        "<!DOCTYPE html>\n<html><head><title>{title}</title></head>\n<body>{body}</body></html>\n"
    )
}

fn nginx(status: &str) -> String {
    format!(
        "<html>\r\n<head><title>{status}</title></head>\r\n<body>\r\n\
         <center><h1>{status}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
    )
}

/// A page with more than 1 MiB of what its designer embedded.
fn large(title: &str) -> String {
    let image = "A".repeat((1 << 20) + (64 << 10));
    page(title, &format!("<img alt=\"\" src=\"data:image/png;base64,{image}\">"))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use serde_json::Value;

    use super::*;
    use crate::testing::Service;
    use crate::{Fault, Operation};

    #[test]
    fn each_page_has_the_status_of_its_name_and_all_are_listed() {
        for page in Page::ALL {
            let name = format!("{page:?}");
            let digits: String = name.chars().filter(char::is_ascii_digit).collect();
            let status = match digits.as_str() {
                "1010" | "1020" | "" => 403,
                "1015" => 429,
                digits => digits.parse().unwrap(),
            };
            assert_eq!(page.response().status().as_u16(), status, "{name}");
        }
        let listed: HashSet<_> = Page::ALL.iter().collect();
        assert_eq!(listed.len(), Page::ALL.len());
        let last = serde_json::to_value(Page::ALL.last().unwrap()).unwrap();
        assert_eq!(last, "large503");
        assert_eq!(*Page::ALL.last().unwrap() as usize, Page::ALL.len() - 1, "one is not listed");
    }

    #[test]
    fn no_page_has_a_code_of_the_service() {
        for page in Page::ALL {
            let response = page.response();
            let json: Value = serde_json::from_slice(response.body()).unwrap_or_default();
            let code = json["errorCode"].as_str().unwrap_or_default();
            assert!(!code.starts_with('E'), "{page:?}");
        }
    }

    #[test]
    fn large_pages_are_larger_than_1_mib() {
        for page in [Page::Large404, Page::Large429, Page::Large503] {
            assert!(page.response().body().len() > 1 << 20, "{page:?}");
        }
    }

    #[test]
    fn a_page_comes_before_the_change_or_after_it_and_not_from_the_service() {
        for (carried_out, keys) in [(false, 0), (true, 1)] {
            let emulator = Service::new().0;
            let fault = Fault::page(Page::Nginx404).on(Operation::Create);
            emulator.inject(if carried_out { fault.carried_out() } else { fault });
            let request = http::Request::post("/v1/mgmt/accesskey/create")
                .header(
                    "authorization",
                    format!("Bearer {}:{}", emulator.project_id(), emulator.management_key()),
                )
                .body(br#"{"name":"n"}"#.to_vec());
            let instance = &emulator.instance;
            let response = instance.serve(&request.unwrap(), instance.peer).0;
            assert_eq!(response.status().as_u16(), 404);
            assert_eq!(response.headers()["content-type"], HTML);
            assert!(response.headers().contains_key("date"));
            assert!(!response.headers().contains_key("cf-ray"));
            assert_eq!(emulator.keys().len(), keys);
        }
    }
}
