//! Writing SVG elements.

use super::look::{INK, Look, look};
use crate::block::Role;

/// Advance of one character of a monospaced font, as a share of its size: 0.602 with the widest in use.
const ADVANCE: f64 = 0.61;

/// Monospaced, so that widths are known here: texts are cut to their place without measuring fonts.
pub(super) const MONO: &str = "'DejaVu Sans Mono','Liberation Mono',Menlo,Consolas,monospace";

/// Width and height of a pattern's tile, and what a small one is scaled by.
const TILE: f64 = 8.0;
const SMALL: f64 = 0.6;

pub(super) struct Canvas {
    pub(super) out: String,
    /// What every id begins with, so that several pictures fit into one page.
    pub(super) prefix: String,
}

#[derive(Clone, Copy)]
pub(super) struct Rect {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) width: f64,
    pub(super) height: f64,
}

/// How large a cell is, and with it the tiles of its pattern.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Size {
    Large,
    Small,
}

impl Size {
    fn word(self) -> &'static str {
        match self {
            Size::Large => "",
            Size::Small => "small-",
        }
    }
}

/// A line of text at a baseline.
#[derive(Clone, Copy)]
pub(super) struct Style {
    pub(super) size: f64,
    pub(super) bold: bool,
    pub(super) anchor: &'static str,
    pub(super) fill: &'static str,
}

impl Style {
    pub(super) const fn new(size: f64) -> Self {
        Style { size, bold: false, anchor: "start", fill: INK }
    }
    pub(super) const fn bold(mut self) -> Self {
        self.bold = true;
        self
    }
    pub(super) const fn middle(mut self) -> Self {
        self.anchor = "middle";
        self
    }
    pub(super) const fn end(mut self) -> Self {
        self.anchor = "end";
        self
    }
    pub(super) const fn fill(mut self, fill: &'static str) -> Self {
        self.fill = fill;
        self
    }
}

impl Canvas {
    pub(super) fn push(&mut self, text: &str) {
        self.out.push_str(text);
    }

    pub(super) fn text(&mut self, x: f64, y: f64, style: Style, text: &str) {
        let Style { size, bold, anchor, fill } = style;
        let weight = if bold { r#" font-weight="700""# } else { "" };
        let anchor = match anchor {
            "start" => String::new(),
            other => format!(r#" text-anchor="{other}""#),
        };
        self.push(&format!(
            r#"<text x="{}" y="{}" font-size="{size}"{weight}{anchor} fill="{fill}">{}</text>"#,
            short(x),
            short(y),
            escape(text)
        ));
    }

    pub(super) fn rect(&mut self, at: Rect, fill: &str, more: &str) {
        self.push(&format!(
            r#"<rect x="{}" y="{}" width="{}" height="{}" fill="{fill}"{more}/>"#,
            short(at.x),
            short(at.y),
            short(at.width),
            short(at.height)
        ));
    }

    /// A cell's ground: its colour, its border, and the role's pattern in a band at its foot.
    pub(super) fn cell(&mut self, at: Rect, role: Role, size: Size) {
        let look = look(role);
        let (band, round) = match size {
            Size::Large => (TILE, 4),
            Size::Small => (TILE * SMALL, 3),
        };
        self.rect(at, look.fill, &format!(r#" rx="{round}" {}"#, look.border()));
        if !look.tile.is_empty() {
            let inset = 3.0;
            let foot = Rect { x: 0.0, y: 0.0, width: at.width - 2.0 * inset, height: band };
            // Moved as a whole, so that the pattern begins anew in every cell.
            let (x, y) = (short(at.x + inset), short(at.y + at.height - band - inset));
            let moved = format!(r#" transform="translate({x} {y})""#);
            let fill = format!("url(#{}-{}{role})", self.prefix, size.word());
            self.rect(foot, &fill, &moved);
        }
    }

    /// The patterns of these roles, in both sizes.
    pub(super) fn patterns(&mut self, roles: &[Role]) {
        self.push("<defs>\n");
        for &role in roles {
            let Look { tile, ink, .. } = look(role);
            if tile.is_empty() {
                continue;
            }
            for (size, scale) in [(Size::Large, 1.0), (Size::Small, SMALL)] {
                let id = format!("{}-{}{role}", self.prefix, size.word());
                let width = if role == Role::Assigned { 3.5 } else { 1.5 };
                self.push(&format!(
                    r#"<pattern id="{id}" width="{TILE}" height="{TILE}" patternUnits="userSpaceOnUse" patternTransform="scale({scale})"><path d="{tile}" fill="none" stroke="{ink}" stroke-width="{width}" stroke-linecap="round"/></pattern>"#
                ));
                self.push("\n");
            }
        }
        self.push("</defs>\n");
    }
}

/// How many characters of this size fit.
pub(super) fn fits(width: f64, size: f64) -> usize {
    // Small and positive.
    (width / (size * ADVANCE)) as usize
}

/// The text, cut with an ellipsis where it is wider than so many characters. Characters that fonts draw wider than a
/// Latin letter count for more.
pub(super) fn cut(text: &str, columns: usize) -> String {
    if columns_of(text) <= columns {
        return text.to_owned();
    }
    let mut cut = String::new();
    let mut left = (columns * 2).saturating_sub(2);
    for c in text.chars() {
        let Some(rest) = left.checked_sub(halves(c)) else { break };
        left = rest;
        cut.push(c);
    }
    cut + "…"
}

/// Width in characters.
pub(super) fn columns_of(text: &str) -> usize {
    text.chars().map(halves).sum::<usize>().div_ceil(2)
}

fn halves(c: char) -> usize {
    match u32::from(c) {
        0..=0x7e => 2,
        0x7f..=0x52f => 3,
        _ => 6,
    }
}

/// At most two decimals.
fn short(number: f64) -> f64 {
    (number * 100.0).round() / 100.0
}

/// Text and attribute values. What XML 1.0 cannot hold becomes a replacement character.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' | '\r' | '\t' => out.push(' '),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}
