//! How a role looks: by letter, by pattern and by colour. The first two survive black and white.

use crate::block::Role;
use crate::svg::{INK, PAPER};

pub(super) struct Look {
    pub(super) letter: char,
    pub(super) fill: &'static str,
    /// Colour of text and pattern on it.
    pub(super) ink: &'static str,
    /// What the band of a cell is filled with: elements of a tile of 8 by 8, strokes in `ink`.
    pub(super) tile: &'static str,
}

/// The colours differ in hue like those of Okabe and Ito, and in lightness by steps, so that they stay apart with any
/// of the three colour deficiencies and in shades of grey.
pub(super) const fn look(role: Role) -> Look {
    let (letter, fill, ink, tile) = match role {
        Role::Network => ('N', "#dddddd", INK, "M-2 2L2 -2M-2 10L10 -2M6 10L10 6"),
        Role::Gateway => ('G', "#e8bb54", INK, "M2 0V8M6 0V8"),
        Role::Management => ('M', "#0d5391", PAPER, "M0 1.5H8M0 4.5H8M0 7.5H8"),
        Role::Router => ('R', "#a74d8b", PAPER, "M-1 3.5L2 6.5L6 2.5L9 5.5"),
        Role::Available => ('·', "#ffffff", INK, ""),
        Role::Assigned => ('A', "#37ba8c", INK, "M4 4.5H4.01"),
        Role::Reserved => ('X', "#8c8c8c", INK, "M0 0L8 8M0 8L8 0"),
        Role::Broadcast => ('B', "#dddddd", INK, "M-2 6L2 10M-2 -2L10 10M6 -2L10 2"),
    };
    Look { letter, fill, ink, tile }
}

impl Look {
    /// Stroke attributes: what nobody has yet is dashed.
    pub(super) fn border(&self) -> &'static str {
        match self.tile {
            "" => r##"stroke="#767676" stroke-dasharray="4 3""##,
            _ => r##"stroke="#111111""##,
        }
    }
}
