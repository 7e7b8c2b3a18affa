//! A block as a field of cells, one for each address.

use super::canvas::Size;
use super::look::look;
use super::{MARGIN, WIDTH, names};
use crate::block::Role;
use crate::block::export::view::BlockView;
use crate::svg::{Canvas, QUIET, Rect, Style, cut, escape, fits};
use std::net::IpAddr;

/// Blocks up to this size get a cell for each address.
pub(super) const LARGEST: u128 = 256;
/// Blocks up to this size get large cells, with names in them.
const LARGE_CELLS: u128 = 32;

/// Draws below `y`; returns where it ends.
pub(super) fn draw(canvas: &mut Canvas, block: &BlockView<'_>, y: f64) -> f64 {
    let large = block.block.count() <= LARGE_CELLS;
    let (columns, gap, height) = if large { (8.0, 8.0, 88.0) } else { (16.0, 4.0, 44.0) };
    let width = (WIDTH - 2.0 * MARGIN - (columns - 1.0) * gap) / columns;
    let room = fits(width - 8.0, NAME);
    let (mut column, mut top) = (0.0, y);
    let mut unsaid = Vec::new();
    for range in block.ranges {
        // A block this small counts in 64 bits.
        for offset in 0..range.count {
            let Some(address) = nth(range.first, offset) else { break };
            if column == columns {
                (column, top) = (0.0, top + height + gap);
            }
            let at = Rect { x: MARGIN + column * (width + gap), y: top, width, height };
            column += 1.0;
            let word = range.name.as_deref().unwrap_or(range.role.as_str());
            let shown = cut(word, room);
            // What does not fit into the cell is told below, once for a range.
            if range.name.is_some() && offset == 0 && (!large || shown != word) {
                unsaid.push(range);
            }
            draw_cell(canvas, at, large, address, range.role, range.name.as_deref(), &shown);
        }
    }
    let foot = top + height;
    if unsaid.is_empty() { foot } else { names::draw(canvas, &unsaid, foot + 14.0) }
}

const NAME: f64 = 11.0;

fn draw_cell(
    canvas: &mut Canvas,
    at: Rect,
    large: bool,
    address: IpAddr,
    role: Role,
    name: Option<&str>,
    shown: &str,
) {
    let look = look(role);
    let title = match name {
        Some(name) => format!("{address} {role} {name}"),
        None => format!("{address} {role}"),
    };
    canvas.push(&format!(r#"<g class="cell {role}"><title>{}</title>"#, escape(&title)));
    canvas.cell(at, role, if large { Size::Large } else { Size::Small });
    let middle = at.x + at.width / 2.0;
    let ends = if large { [28.0, 46.0, 63.0] } else { [15.0, 29.0, 0.0] };
    let letter = if large { 22.0 } else { 13.0 };
    let end = Style::new(if large { 14.0 } else { NAME }).middle().fill(look.ink);
    canvas.text(
        middle,
        at.y + ends[0],
        Style::new(letter).bold().middle().fill(look.ink),
        &look.letter.to_string(),
    );
    canvas.text(middle, at.y + ends[1], end, &last_part(address));
    if large {
        let quiet = if role == Role::Available { QUIET } else { look.ink };
        canvas.text(middle, at.y + ends[2], Style::new(NAME).middle().fill(quiet), shown);
    }
    canvas.push("</g>\n");
}

/// What tells the addresses of a small block apart: the last octet, or the last group.
pub(super) fn last_part(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => format!(".{}", address.octets()[3]),
        IpAddr::V6(address) => format!(":{:x}", address.segments()[7]),
    }
}

fn nth(first: IpAddr, offset: u128) -> Option<IpAddr> {
    match first {
        IpAddr::V4(first) => {
            first.to_bits().checked_add(u32::try_from(offset).ok()?).map(|bits| IpAddr::V4(bits.into()))
        }
        IpAddr::V6(first) => first.to_bits().checked_add(offset).map(|bits| IpAddr::V6(bits.into())),
    }
}
