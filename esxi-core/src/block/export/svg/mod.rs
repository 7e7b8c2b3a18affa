//! The blocks of a plan as a picture.
//!
//! A stand-alone SVG file that needs nothing from elsewhere: no scripts, no style sheets, no fonts of its own. It
//! prints, says its light ground itself, and tells roles apart by letter, pattern and colour. Screen readers get the
//! plan in words.

mod canvas;
mod grid;
mod look;
mod names;
mod rows;

use super::view::{BlockView, View};
use crate::block::Role;
use crate::svg::{self, Canvas, QUIET, Rect, Style, fits};
use canvas::Size;
use look::look;

const WIDTH: f64 = 800.0;
const MARGIN: f64 = 24.0;
const LEGEND_COLUMN: f64 = (WIDTH - 2.0 * MARGIN) / 4.0;

pub(super) fn write(view: &View<'_>) -> String {
    let first = view.blocks.first().map(|block| block.block.to_string()).unwrap_or_default();
    let word = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    let mut canvas = Canvas {
        out: String::new(),
        prefix: format!("plan-{}", first.chars().map(word).collect::<String>()),
    };
    let roles: Vec<Role> = Role::ALL
        .into_iter()
        .filter(|role| view.blocks.iter().flat_map(|b| b.ranges).any(|range| range.role == *role))
        .collect();
    canvas.patterns(&roles);
    let mut y = MARGIN;
    for block in &view.blocks {
        y = heading(&mut canvas, block, y);
        y = match block.block.count() {
            0..=grid::LARGEST => grid::draw(&mut canvas, block, y),
            _ => rows::draw(&mut canvas, block, y),
        };
        y += 26.0;
    }
    y = legend(&mut canvas, &roles, y);
    frame(&canvas, view, y + MARGIN)
}

/// The block and what to type into a machine's settings.
fn heading(canvas: &mut Canvas, block: &BlockView<'_>, y: f64) -> f64 {
    const SIZE: f64 = 12.0;
    canvas.text(MARGIN, y + 16.0, Style::new(20.0).bold(), &block.block.to_string());
    let usable: u128 =
        block.ranges.iter().filter(|range| range.role.is_usable()).map(|range| range.count).sum();
    let mut facts = vec![block.provider.to_owned(), block.layout.to_owned()];
    // Machines that reach their gateway over a route on the link have single addresses.
    let subnet = block.gateway.is_none_or(|gateway| block.block.contains(gateway));
    if block.block.first().is_ipv4() && subnet {
        facts.push(format!("netmask {}", block.block.netmask()));
    }
    facts.extend(block.gateway.map(|gateway| format!("gateway {gateway}")));
    facts.extend(block.next_hop.map(|next_hop| format!("routed to {next_hop}")));
    facts.push(format!("{} usable", rows::count(usable)));
    let room = fits(WIDTH - 2.0 * MARGIN, SIZE);
    let mut lines: Vec<String> = Vec::new();
    for fact in facts {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 3 + fact.chars().count() <= room => {
                line.push_str(" · ");
                line.push_str(&fact);
            }
            _ => lines.push(svg::cut(&fact, room)),
        }
    }
    let mut y = y + 16.0;
    for line in lines {
        y += 20.0;
        canvas.text(MARGIN, y, Style::new(SIZE).fill(QUIET), &line);
        canvas.push("\n");
    }
    y + 14.0
}

fn legend(canvas: &mut Canvas, roles: &[Role], y: f64) -> f64 {
    let rule = Rect { x: MARGIN, y: y - 8.0, width: WIDTH - 2.0 * MARGIN, height: 0.75 };
    canvas.rect(rule, QUIET, "");
    for (index, &role) in roles.iter().enumerate() {
        let x = MARGIN + (index % 4) as f64 * LEGEND_COLUMN;
        let y = y + 10.0 + (index / 4) as f64 * 34.0;
        canvas.push(r#"<g class="legend">"#);
        canvas.cell(Rect { x, y, width: 32.0, height: 26.0 }, role, Size::Small);
        let letter = Style::new(13.0).bold().middle().fill(look(role).ink);
        canvas.text(x + 16.0, y + 14.0, letter, &look(role).letter.to_string());
        canvas.text(x + 40.0, y + 18.0, Style::new(13.0), role.as_str());
        canvas.push("</g>\n");
    }
    y + 10.0 + roles.len().div_ceil(4) as f64 * 34.0
}

/// The document around what was drawn.
fn frame(canvas: &Canvas, view: &View<'_>, height: f64) -> String {
    let blocks: Vec<String> = view.blocks.iter().map(|block| block.block.to_string()).collect();
    let title = format!("Address plan of {}", blocks.join(", "));
    let words: Vec<String> = view.blocks.iter().map(in_words).collect();
    canvas.frame((WIDTH, height), &title, &words.join(" "))
}

fn in_words(block: &BlockView<'_>) -> String {
    let ranges: Vec<String> = block
        .ranges
        .iter()
        .map(|range| {
            let addresses = match range.count {
                1 => range.first.to_string(),
                _ => format!("{} to {}", range.first, range.last),
            };
            match &range.name {
                Some(name) => format!("{addresses} {} {name}", range.role),
                None => format!("{addresses} {}", range.role),
            }
        })
        .collect();
    format!("{}, {}, {}: {}.", block.block, block.provider, block.layout, ranges.join("; "))
}
