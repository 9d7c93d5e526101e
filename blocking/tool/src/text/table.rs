//! A table that fits the terminal.

use anstyle::Style;
use unicode_width::UnicodeWidthStr;

use crate::text::foreign_text::shown;
use crate::text::style::BOLD;

/// How a column takes part when there is not enough room.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Fit {
    /// It is never cut.
    Whole,
    /// It is cut, but not to less than this.
    AtLeast(usize),
    /// It is left out unless this much of it has room.
    IfRoom(usize),
}

#[derive(Debug, Clone)]
pub(crate) struct Cell {
    text: String,
    style: Style,
}

impl Cell {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), style: Style::new() }
    }

    pub(crate) fn styled(self, style: Style) -> Self {
        Self { style, ..self }
    }
}

const GAP: usize = 2;

/// Lays the rows out in this many columns of a terminal; with `None`, nothing is cut.
pub(crate) fn render(
    columns: &[(&str, Fit)],
    mut rows: Vec<Vec<Cell>>,
    width: Option<usize>,
) -> String {
    rows.insert(0, columns.iter().map(|(title, _)| Cell::new(*title).styled(BOLD)).collect());
    for cell in rows.iter_mut().flatten() {
        cell.text = shown(&cell.text);
    }
    let natural = |index: usize| rows.iter().map(|row| row[index].text.width()).max().unwrap_or(0);
    let widths = fit(columns, (0..columns.len()).map(natural).collect(), width);
    let mut text = String::new();
    for row in &rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths).filter(|(_, width)| **width > 0) {
            let short = cut(&cell.text, *width);
            let padding = width - short.width() + GAP;
            let style = cell.style;
            line.push_str(&format!("{style}{short}{style:#}{:padding$}", ""));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// The width of each column; 0 leaves it out.
fn fit(columns: &[(&str, Fit)], mut widths: Vec<usize>, width: Option<usize>) -> Vec<usize> {
    let Some(width) = width else { return widths };
    let least = |index: usize, widths: &[usize]| match columns[index].1 {
        Fit::Whole => widths[index],
        Fit::AtLeast(least) | Fit::IfRoom(least) => widths[index].min(least),
    };
    let total = |widths: &[usize]| {
        let taken = widths.iter().filter(|width| **width > 0);
        taken.map(|width| width + GAP).sum::<usize>().saturating_sub(GAP)
    };
    let needed = |widths: &[usize]| {
        let least: Vec<usize> = (0..widths.len()).map(|index| least(index, widths)).collect();
        total(&least)
    };
    // What can be left out goes from the right, until the rest has its least width.
    for index in (0..columns.len()).rev() {
        if matches!(columns[index].1, Fit::IfRoom(_)) && needed(&widths) > width {
            widths[index] = 0;
        }
    }
    // The widest column that can be cut gives way first.
    for _ in width..total(&widths) {
        let cuttable = (0..widths.len()).filter(|index| widths[*index] > least(*index, &widths));
        let Some(widest) = cuttable.max_by_key(|index| widths[*index]) else { break };
        widths[widest] -= 1;
    }
    widths
}

/// Cuts a text to a width, with an ellipsis where something is missing.
fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut short = String::new();
    for character in text.chars() {
        short.push(character);
        if short.width() + 1 > width {
            short.pop();
            break;
        }
    }
    short + "…"
}

/// The width of the terminal that standard output is, which COLUMNS overrides; none where it is not
/// one, as nothing is cut for another program.
pub(crate) fn terminal_width() -> Option<usize> {
    let (width, _) = terminal_size::terminal_size_of(std::io::stdout())?;
    let columns = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    Some(columns.filter(|columns| *columns > 0).unwrap_or(usize::from(width.0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: [(&str, Fit); 4] = [
        ("ID", Fit::Whole),
        ("NAME", Fit::AtLeast(6)),
        ("STATUS", Fit::Whole),
        ("NOTE", Fit::IfRoom(8)),
    ];

    fn lines(width: Option<usize>) -> Vec<String> {
        let row = ["K2abcdefgh", "a rather long name", "active", "free text of some length"];
        let text = render(&COLUMNS, vec![row.map(Cell::new).to_vec()], width);
        anstream::adapter::strip_str(&text).to_string().lines().map(str::to_owned).collect()
    }

    #[test]
    fn a_table_takes_what_it_is_given() {
        assert_eq!(
            lines(None)[1],
            "K2abcdefgh  a rather long name  active  free text of some length"
        );
        assert_eq!(lines(Some(80)), lines(None));
        // The two that can be cut come to the same width.
        assert_eq!(lines(Some(50))[1], "K2abcdefgh  a rather long…  active  free text of …");
        assert_eq!(lines(Some(36))[1], "K2abcdefgh  a rat…  active  free te…");
        assert_eq!(lines(Some(35))[1], "K2abcdefgh  a rather long …  active");
        assert_eq!(lines(Some(35))[0], "ID          NAME             STATUS");
        // Narrower than the least that makes sense: ids stay whole.
        assert_eq!(lines(Some(10))[1], "K2abcdefgh  a rat…  active");
        for width in 26..=80 {
            assert!(lines(Some(width)).iter().all(|line| line.width() <= width), "{width}");
        }
    }

    #[test]
    fn wide_characters_count_twice() {
        assert_eq!(cut("部署部署", 8), "部署部署");
        assert_eq!(cut("部署部署", 7), "部署部…");
        assert_eq!(cut("部署部署", 6), "部署…");
    }
}
