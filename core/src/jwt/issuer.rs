//! Which issuers are a project's.

/// Whether `issuer` is the project: the bare id, or a URL in whose path the id is the last or the
/// second-to-last segment (`https://api.descope.com/v1/apps/P…`, `…/P…/T…`, `…/agentic/P…/M…`).
///
/// Empty segments do not count, segments compare byte for byte, and nothing is decoded. A query, a
/// fragment, or a `.` or `..` segment refuses it: what such a URL means depends on who reads it.
pub(super) fn is_of_project(issuer: &str, project_id: &str) -> bool {
    if project_id.is_empty() {
        return false;
    }
    if issuer == project_id {
        return true;
    }
    let Some((scheme, rest)) = issuer.split_once("://") else { return false };
    let Some((authority, path)) = rest.split_once('/') else { return false };
    let mut scheme = scheme.bytes();
    if !scheme.next().is_some_and(|first| first.is_ascii_alphabetic())
        || !scheme.all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
        || authority.is_empty()
        || rest.contains(['?', '#'])
        || path.split('/').any(|segment| matches!(segment, "." | ".."))
    {
        return false;
    }
    let mut from_the_end = path.rsplit('/').filter(|segment| !segment.is_empty());
    from_the_end.by_ref().take(2).any(|segment| segment == project_id)
}
