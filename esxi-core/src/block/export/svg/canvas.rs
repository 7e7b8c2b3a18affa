//! Cells, and the patterns of their roles.

use super::look::{Look, look};
use crate::block::Role;
use crate::svg::{Canvas, Rect, short};

/// Width and height of a pattern's tile, and what a small one is scaled by.
const TILE: f64 = 8.0;
const SMALL: f64 = 0.6;

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

impl Canvas {
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
