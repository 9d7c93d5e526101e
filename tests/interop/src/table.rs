//! The table of disagreements in the README, which the measurement must confirm row by row.

use std::collections::BTreeMap;

/// What each client says of a token.
pub(crate) type Verdicts = BTreeMap<String, String>;

/// The rows of the table whose first column is `token`, by their first cell.
pub(crate) fn disagreements(readme: &str) -> Result<BTreeMap<String, Verdicts>, String> {
    let mut lines = readme.lines().skip_while(|line| !line.starts_with("| token |"));
    let head: Vec<String> = lines
        .next()
        .map(|line| cells(line).iter().map(|cell| cell.to_lowercase()).collect())
        .ok_or("the README has no table of tokens")?;
    let mut rows = BTreeMap::new();
    for line in lines.skip(1).take_while(|line| line.starts_with('|')) {
        let cells = cells(line);
        if cells.len() != head.len() {
            return Err(format!("the README's table has {} columns, not so: {line}", head.len()));
        }
        let verdicts = head.iter().zip(&cells).skip(1);
        let verdicts = verdicts.map(|(client, cell)| (client.clone(), (*cell).to_owned()));
        rows.insert(cells[0].to_owned(), verdicts.collect());
    }
    Ok(rows)
}

fn cells(line: &str) -> Vec<&str> {
    line.trim().trim_matches('|').split('|').map(str::trim).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_read_by_their_heads() {
        let readme = "text\n\n| token | Rust | Node |\n|---|---|---|\n| `a` b | refused | accepted |\n\n| other |";
        let rows = disagreements(readme).unwrap();
        assert_eq!(rows.len(), 1);
        assert_eq!(rows["`a` b"]["node"], "accepted");
        assert!(disagreements("| token | Rust |\n|---|---|\n| a |").is_err());
        assert!(disagreements("").is_err());
    }
}
