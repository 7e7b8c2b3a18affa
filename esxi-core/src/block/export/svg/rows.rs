//! A large block as rows, one for each range, with a bar that shows where in the block it lies.

use super::canvas::Size;
use super::look::look;
use super::{MARGIN, WIDTH};
use crate::block::Range;
use crate::block::export::view::BlockView;
use crate::svg::{Canvas, INK, QUIET, Rect, Style, columns_of, cut, escape, fits};

const SIZE: f64 = 12.0;
const LINE: f64 = 18.0;
/// The columns: swatch, addresses, word, count, bar.
const SWATCH: f64 = 30.0;
const ADDRESSES: f64 = MARGIN + SWATCH + 12.0;
const BAR: f64 = 150.0;
const BAR_AT: f64 = WIDTH - MARGIN - BAR;
const COUNT: f64 = 80.0;

/// Draws below `y`; returns where it ends.
pub(super) fn draw(canvas: &mut Canvas, block: &BlockView<'_>, mut y: f64) -> f64 {
    // As exact as a picture can be.
    let all = block.block.count() as f64;
    let mut before = 0.0;
    for range in block.ranges {
        canvas.push(&format!(r#"<g class="row {}"><title>{}</title>"#, range.role, escape(&title(range))));
        let lines = words(canvas, range, y);
        let count = range.count as f64;
        bar(canvas, range, y + 6.0, (before / all, count / all));
        before += count;
        canvas.push("</g>\n");
        y += 8.0 + LINE * lines as f64;
    }
    y
}

/// Writes swatch, addresses, name and count; returns how many lines that took.
fn words(canvas: &mut Canvas, range: &Range, y: f64) -> usize {
    let look = look(range.role);
    let swatch = Rect { x: MARGIN, y: y + 2.0, width: SWATCH, height: 22.0 };
    canvas.cell(swatch, range.role, Size::Small);
    let letter = Style::new(SIZE).bold().middle().fill(look.ink);
    canvas.text(MARGIN + SWATCH / 2.0, y + 14.0, letter, &look.letter.to_string());

    let v6 = range.first.is_ipv6();
    // The widest that a line takes: `255.255.255.255–255.255.255.255`, or an IPv6 address and a dash.
    let columns = if v6 { 40 } else { 31 };
    let both = format!("{}–{}", range.first, range.last);
    let mut lines = match range.count {
        1 => vec![range.first.to_string()],
        _ if both.chars().count() <= columns => vec![both],
        _ => vec![format!("{}–", range.first), range.last.to_string()],
    };
    let word_at = ADDRESSES + columns as f64 * SIZE * 0.61 + 10.0;
    let room = fits(BAR_AT - COUNT - 12.0 - word_at, SIZE);
    let word = match range.name.as_deref() {
        Some(name) if columns_of(name) <= room => name,
        // A long name gets a line of its own.
        Some(name) => {
            lines.push(cut(name, fits(WIDTH - MARGIN - ADDRESSES, SIZE)));
            range.role.as_str()
        }
        None => range.role.as_str(),
    };
    canvas.text(word_at, y + 17.0, Style::new(SIZE), word);
    canvas.text(BAR_AT - 12.0, y + 17.0, Style::new(SIZE).end(), &count(range.count));
    for (index, line) in lines.iter().enumerate() {
        canvas.text(ADDRESSES, y + 17.0 + LINE * index as f64, Style::new(SIZE), line);
    }
    lines.len()
}

/// The range's part of the block: where it begins and how much it is, both as shares.
fn bar(canvas: &mut Canvas, range: &Range, y: f64, (begin, share): (f64, f64)) {
    let full = Rect { x: BAR_AT, y, width: BAR, height: 14.0 };
    canvas.rect(full, "none", &format!(r#" stroke="{QUIET}" stroke-width="0.5""#));
    // A single address is still to be seen, and never beyond the bar.
    let width = (BAR * share).clamp(2.0, BAR);
    let x = (BAR_AT + BAR * begin).min(BAR_AT + BAR - width);
    let look = look(range.role);
    canvas.rect(Rect { x, width, ..full }, look.fill, &format!(r#" stroke="{INK}" stroke-width="0.75""#));
}

fn title(range: &Range) -> String {
    let title = match range.count {
        1 => format!("{} {}", range.first, range.role),
        count => format!("{} to {} {}, {count} addresses", range.first, range.last, range.role),
    };
    match &range.name {
        Some(name) => format!("{title}: {name}"),
        None => title,
    }
}

/// All digits as long as a person can read them.
pub(super) fn count(count: u128) -> String {
    if count < 10_u128.pow(9) {
        return count.to_string();
    }
    format!("≈{:.1e}", count as f64)
}

#[cfg(test)]
mod tests {
    #[test]
    fn counts_stay_short() {
        for (number, text) in
            [(1, "1"), (65_533, "65533"), (u128::from(u64::MAX), "≈1.8e19"), (u128::MAX, "≈3.4e38")]
        {
            assert_eq!(super::count(number), text);
        }
    }
}
