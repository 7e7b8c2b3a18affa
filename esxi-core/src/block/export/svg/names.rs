//! Names that a cell has no room for, in columns.

use super::grid::last_part;
use super::look::look;
use super::{MARGIN, WIDTH};
use crate::block::Range;
use crate::svg::{Canvas, Style, columns_of, cut, fits};

const SIZE: f64 = 12.0;
const LINE: f64 = 18.0;

/// Draws below `y`; returns where it ends.
pub(super) fn draw(canvas: &mut Canvas, ranges: &[&Range], y: f64) -> f64 {
    let width = WIDTH - 2.0 * MARGIN;
    let lines: Vec<String> = ranges
        .iter()
        .map(|range| {
            let address = match range.count {
                1 => last_part(range.first),
                _ => format!("{}–{}", last_part(range.first), last_part(range.last)),
            };
            format!("{} {address} {}", look(range.role).letter, range.name.as_deref().unwrap_or_default())
        })
        .collect();
    let longest = lines.iter().map(|line| columns_of(line)).max().unwrap_or(0) + 2;
    let columns = (fits(width, SIZE) / longest.max(1)).clamp(1, 4);
    let rows = lines.len().div_ceil(columns);
    let step = width / columns as f64;
    for (index, line) in lines.iter().enumerate() {
        let (column, row) = (index / rows, index % rows);
        let (x, y) = (MARGIN + column as f64 * step, y + LINE * (row as f64 + 0.75));
        canvas.text(x, y, Style::new(SIZE), &cut(line, fits(step - 6.0, SIZE)));
        canvas.push("\n");
    }
    y + LINE * rows as f64
}
