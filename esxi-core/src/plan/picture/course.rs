//! The course of a change: every step, and whether management answers after it.

use super::{MARGIN, WIDTH};
use crate::command::shell_line;
use crate::plan::Plan;
use crate::reach::Answer;
use crate::svg::{Canvas, INK, PAPER, QUIET, Rect, Style, cut, escape, fits};

const ROW: f64 = 20.0;
const SIZE: f64 = 11.0;

/// How an answer looks: its letter, its ground and the colour of the letter on it.
fn look(answer: Answer) -> (&'static str, &'static str, &'static str) {
    match answer {
        Answer::Yes => ("✓", "#dff3e6", INK),
        Answer::Unknown => ("?", "#f2c14e", INK),
        Answer::No => ("!", "#8c1d18", PAPER),
    }
}

/// Draws below `y`; returns where it ends.
pub(super) fn draw(canvas: &mut Canvas, plan: &Plan, y: f64) -> f64 {
    if plan.steps.is_empty() {
        return y;
    }
    canvas.text(MARGIN, y + 14.0, Style::new(15.0).bold(), "steps");
    canvas.rect(Rect { x: MARGIN, y: y + 20.0, width: WIDTH - 2.0 * MARGIN, height: 0.75 }, QUIET, "");
    let top = y + 28.0;
    for (row, step) in plan.steps.iter().enumerate() {
        let y = top + ROW * row as f64;
        let (letter, ground, ink) = look(step.reach.answer);
        let told = format!("{}; management answers: {}", step.reason, step.reach.answer);
        canvas.push(&format!(r#"<g class="step"><title>{}</title>"#, escape(&told)));
        let number = Style::new(SIZE).end().fill(QUIET);
        canvas.text(MARGIN + 26.0, y + 13.0, number, &(row + 1).to_string());
        let box_ = Rect { x: MARGIN + 34.0, y, width: 17.0, height: 17.0 };
        canvas.rect(box_, ground, r##" rx="3" stroke="#111111" stroke-width="0.75""##);
        canvas.text(box_.x + 8.5, y + 13.0, Style::new(SIZE).bold().middle().fill(ink), letter);
        let at = box_.x + 26.0;
        let line = cut(&shell_line(&step.command.argv()), fits(WIDTH - MARGIN - at, SIZE));
        canvas.text(at, y + 13.0, Style::new(SIZE), &line);
        canvas.push("</g>\n");
    }
    let end = top + ROW * plan.steps.len() as f64;
    let legend = "management answers after the step: ✓ yes, ? nobody knows, ! no · + new, − goes, ~ changes";
    canvas.text(MARGIN, end + 18.0, Style::new(SIZE).fill(QUIET), legend);
    end + 18.0
}
