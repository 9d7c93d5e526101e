//! Requests a second over time, drawn with text.

use std::fmt::Write as _;

const WIDTH: usize = 90;
const HEIGHT: usize = 8;
/// Eighths of a row.
const BLOCKS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// Draws values, one a second. A column is the mean of its seconds, and a dot stands over it where
/// its highest second is; the scale is that of the highest second.
pub(crate) fn plot(seconds: &[f64]) -> String {
    let width = WIDTH.min(seconds.len()).max(1);
    let columns: Vec<(f64, f64)> = (0..width)
        .map(|column| {
            let edge = |column: usize| column * seconds.len() / width;
            let part = &seconds[edge(column)..edge(column + 1)];
            let mean = part.iter().sum::<f64>() / part.len() as f64;
            (mean, part.iter().copied().fold(0.0, f64::max))
        })
        .collect();
    let top = columns.iter().map(|(_, highest)| *highest).fold(f64::MIN_POSITIVE, f64::max);
    let mut drawn = String::new();
    for row in (0..HEIGHT).rev() {
        let label = if row == HEIGHT - 1 { format!("{top:9.3}") } else { " ".repeat(9) };
        let cells: String = columns.iter().map(|column| cell(*column, top, row)).collect();
        let _ = writeln!(drawn, "{label} │{}", cells.trim_end());
    }
    let _ = writeln!(drawn, "        0 └{}", "─".repeat(width));
    let (end, half) = (seconds.len(), width / 2);
    let (start, middle, end) = (clock(0), clock(end / 2), clock(end));
    let _ = writeln!(drawn, "{:11}{start:<half$}{middle:<half$}{end}", "");
    drawn
}

/// What stands in this row of a column: a part of the mean's bar, or the dot of the highest second.
fn cell((mean, highest): (f64, f64), top: f64, row: usize) -> char {
    let eighths = |value: f64| (value / top * (HEIGHT * 8) as f64).ceil() as usize;
    let bar = eighths(mean).saturating_sub(row * 8).min(8);
    let dot = eighths(highest).saturating_sub(1) / 8;
    if bar == 0 && dot == row && highest > 0.0 { '·' } else { BLOCKS[bar] }
}

/// `h:mm:ss`.
fn clock(seconds: usize) -> String {
    format!("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_is_the_mean_of_its_seconds_under_the_highest() {
        // Two seconds a column, half of them with requests.
        let seconds: Vec<f64> =
            (0..180).map(|n| if n < 90 { f64::from(n % 2) } else { 0.0 }).collect();
        let drawn = plot(&seconds);
        let rows: Vec<&str> = drawn.lines().collect();
        assert_eq!(rows[0], format!("    1.000 │{}", "·".repeat(45)));
        assert_eq!(rows[HEIGHT / 2], format!("{:9} │{}", "", "█".repeat(45)));
        assert_eq!(rows[HEIGHT / 2 - 1], format!("{:9} │", ""));
        assert_eq!(
            rows[HEIGHT + 1].split_whitespace().collect::<Vec<_>>(),
            ["0:00:00", "0:01:30", "0:03:00"]
        );
    }

    #[test]
    fn nothing_is_drawn_where_nothing_was_sent() {
        assert!(!plot(&[0.0; 10]).contains(['·', '█']));
    }
}
