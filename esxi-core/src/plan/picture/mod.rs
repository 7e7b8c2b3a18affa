//! A plan as a picture: the host before and after side by side, and the course of the change below.
//!
//! What differs is told by a sign, an outline and a colour; whether management answers by a letter and a colour.
//! Screen readers get the steps in words.

mod course;
mod side;

use super::Plan;
use crate::svg::{Canvas, QUIET, Rect, Style, cut, fits};
use side::Side;
use std::collections::BTreeSet;

const WIDTH: f64 = 1240.0;
const MARGIN: f64 = 24.0;
/// Width of one side.
const PANEL: f64 = (WIDTH - 3.0 * MARGIN) / 2.0;

impl Plan {
    /// The change as a stand-alone SVG file.
    ///
    /// ```
    /// use esxi_core::plan::plan;
    /// use esxi_core::reach::Fabric;
    /// use esxi_core::state::{FactoryNic, factory};
    /// let nic = FactoryNic { mac: "0c:c4:7a:b5:80:02".parse()?, link_up: true };
    /// let current = factory("7.0".parse()?, &[nic]);
    /// let mut desired = current.clone();
    /// desired.dns.servers.push("9.9.9.9".parse()?);
    /// let picture = plan(&current, &desired, &Fabric::default()).to_svg();
    /// assert!(picture.starts_with("<svg ") && picture.contains("vSwitch0") && picture.contains("+ DNS 9.9.9.9"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn to_svg(&self) -> String {
        let mut canvas = Canvas { out: String::new(), prefix: "change".to_owned() };
        let y = heading(&mut canvas, self);
        let y = sides(&mut canvas, self, y);
        let y = course::draw(&mut canvas, self, y + 10.0);
        canvas.frame((WIDTH, y + MARGIN), "Change of a host's network", &in_words(self))
    }
}

fn heading(canvas: &mut Canvas, plan: &Plan) -> f64 {
    let steps = match plan.steps.len() {
        1 => "1 step".to_owned(),
        several => format!("{several} steps"),
    };
    canvas.text(MARGIN, 42.0, Style::new(20.0).bold(), &format!("{steps}, {}", plan.verdict));
    let room = fits(WIDTH - 2.0 * MARGIN, 12.0);
    canvas.text(MARGIN, 62.0, Style::new(12.0).fill(QUIET), &cut(&plan.why, room));
    canvas.push("\n");
    80.0
}

/// Both hosts, their vSwitches at the same height.
fn sides(canvas: &mut Canvas, plan: &Plan, mut y: f64) -> f64 {
    let before = Side { host: &plan.start, other: plan.end(), x: MARGIN, is_after: false };
    let after = Side { host: plan.end(), other: &plan.start, x: 2.0 * MARGIN + PANEL, is_after: true };
    let both = [before, after];
    for (side, word) in both.iter().zip(["before", "after"]) {
        canvas.text(side.x, y + 14.0, Style::new(15.0).bold(), word);
        canvas.rect(Rect { x: side.x, y: y + 20.0, width: PANEL, height: 0.75 }, QUIET, "");
    }
    y += 34.0;
    let names: BTreeSet<_> = plan.start.vswitches.keys().chain(plan.end().vswitches.keys()).collect();
    for name in names {
        let ends = both.each_ref().map(|side| side.vswitch(canvas, name, y));
        y = ends[0].max(ends[1]);
    }
    let ends = both.each_ref().map(|side| side.rest(canvas, y));
    ends[0].max(ends[1])
}

fn in_words(plan: &Plan) -> String {
    let step = |(at, step): (usize, &super::Step)| {
        format!("Step {}: {}; management answers: {}.", at + 1, step.reason, step.reach.answer)
    };
    let steps: Vec<String> = plan.steps.iter().enumerate().map(step).collect();
    format!("{}: {}. {}", plan.verdict, plan.why, steps.join(" "))
}

#[cfg(test)]
mod tests;
