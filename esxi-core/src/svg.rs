//! Writing SVG: stand-alone pictures that need nothing from elsewhere, no scripts, no style sheets, no fonts of their
//! own, and that say in words what they show.

/// Colour of lines and of text on light ground.
pub(crate) const INK: &str = "#111111";
/// Colour of quiet lines and texts.
pub(crate) const QUIET: &str = "#555555";
pub(crate) const PAPER: &str = "#ffffff";

/// Advance of one character of a monospaced font, as a share of its size: 0.602 with the widest in use.
const ADVANCE: f64 = 0.61;

/// Monospaced, so that widths are known here: texts are cut to their place without measuring fonts.
const MONO: &str = "'DejaVu Sans Mono','Liberation Mono',Menlo,Consolas,monospace";

/// What is being drawn.
pub(crate) struct Canvas {
    pub(crate) out: String,
    /// What every id begins with, so that several pictures fit into one page.
    pub(crate) prefix: String,
}

#[derive(Clone, Copy)]
pub(crate) struct Rect {
    pub(crate) x: f64,
    pub(crate) y: f64,
    pub(crate) width: f64,
    pub(crate) height: f64,
}

/// A line of text at a baseline.
#[derive(Clone, Copy)]
pub(crate) struct Style {
    pub(crate) size: f64,
    pub(crate) bold: bool,
    pub(crate) anchor: &'static str,
    pub(crate) fill: &'static str,
}

impl Style {
    pub(crate) const fn new(size: f64) -> Self {
        Style { size, bold: false, anchor: "start", fill: INK }
    }
    pub(crate) const fn bold(mut self) -> Self {
        self.bold = true;
        self
    }
    pub(crate) const fn middle(mut self) -> Self {
        self.anchor = "middle";
        self
    }
    pub(crate) const fn end(mut self) -> Self {
        self.anchor = "end";
        self
    }
    pub(crate) const fn fill(mut self, fill: &'static str) -> Self {
        self.fill = fill;
        self
    }
}

impl Canvas {
    pub(crate) fn push(&mut self, text: &str) {
        self.out.push_str(text);
    }

    pub(crate) fn text(&mut self, x: f64, y: f64, style: Style, text: &str) {
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

    pub(crate) fn rect(&mut self, at: Rect, fill: &str, more: &str) {
        self.push(&format!(
            r#"<rect x="{}" y="{}" width="{}" height="{}" fill="{fill}"{more}/>"#,
            short(at.x),
            short(at.y),
            short(at.width),
            short(at.height)
        ));
    }

    #[cfg(feature = "plan")]
    pub(crate) fn line(&mut self, from: (f64, f64), to: (f64, f64), stroke: &str, more: &str) {
        let [x1, y1, x2, y2] = [from.0, from.1, to.0, to.1].map(short);
        self.push(&format!(r#"<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke="{stroke}"{more}/>"#));
    }

    /// The document around what was drawn, of this width and height, with its name and what a screen reader says.
    pub(crate) fn frame(&self, (width, height): (f64, f64), title: &str, words: &str) -> String {
        let Canvas { out, prefix } = self;
        let height = height.ceil();
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
             viewBox=\"0 0 {width} {height}\" role=\"img\" aria-labelledby=\"{prefix}-title\" \
             aria-describedby=\"{prefix}-words\" font-family=\"{MONO}\" fill=\"{INK}\">\n\
             <title id=\"{prefix}-title\">{}</title>\n<desc id=\"{prefix}-words\">{}</desc>\n\
             <rect width=\"{width}\" height=\"{height}\" fill=\"{PAPER}\"/>\n{out}</svg>\n",
            escape(title),
            escape(words)
        )
    }
}

/// How many characters of this size fit.
pub(crate) fn fits(width: f64, size: f64) -> usize {
    // Small and positive.
    (width / (size * ADVANCE)) as usize
}

/// The text, cut with an ellipsis where it is wider than so many characters. Characters that fonts draw wider than a
/// Latin letter count for more.
pub(crate) fn cut(text: &str, columns: usize) -> String {
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
pub(crate) fn columns_of(text: &str) -> usize {
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
pub(crate) fn short(number: f64) -> f64 {
    (number * 100.0).round() / 100.0
}

/// Text and attribute values. What XML 1.0 cannot hold becomes a replacement character.
pub(crate) fn escape(text: &str) -> String {
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
