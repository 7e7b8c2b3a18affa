//! Printing: diagnostics with their place, JSON documents, colours where a person looks.

use crate::args::Format;
use esxi_core::diag::{Diagnostic, Severity, SourceMap};
use serde::Serialize;
use std::borrow::Cow;
use std::io::{IsTerminal, Write};

/// Where results and findings go.
#[derive(Debug, Clone, Copy)]
pub struct Out {
    /// For people or for programs.
    pub format: Format,
    colour: bool,
}

impl Out {
    /// Colours only on a terminal, and not with `NO_COLOR` set.
    pub fn new(format: Format) -> Out {
        let wanted = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        Out { format, colour: wanted && std::io::stderr().is_terminal() && std::io::stdout().is_terminal() }
    }

    /// True when a program reads the result.
    pub fn is_json(&self) -> bool {
        self.format == Format::Json
    }

    /// Prints to standard output. A reader that went away is no error.
    pub fn print(&self, text: impl std::fmt::Display) {
        // As one text: standard output would write every line of its own.
        let _ = std::io::stdout().write_all(text.to_string().as_bytes());
    }

    /// Prints a line to standard output.
    pub fn line(&self, text: impl std::fmt::Display) {
        let _ = writeln!(std::io::stdout().lock(), "{text}");
    }

    /// Says something to the person, beside the result.
    pub fn say(&self, text: impl std::fmt::Display) {
        let _ = writeln!(std::io::stderr().lock(), "{text}");
    }

    /// Prints a JSON document.
    pub fn json(&self, document: &impl Serialize) {
        match serde_json::to_string_pretty(document) {
            Ok(text) => self.line(text),
            Err(error) => self.say(format_args!("error: the result cannot be written as JSON: {error}")),
        }
    }

    /// Prints findings to standard error, with the line they are about where its text is at hand.
    pub fn findings(&self, findings: &[Diagnostic], sources: Option<&SourceMap>) {
        for finding in findings {
            self.say(self.finding(finding, sources));
        }
    }

    fn finding(&self, finding: &Diagnostic, sources: Option<&SourceMap>) -> String {
        let mut text = format!(
            "{}: {}",
            self.paint(finding.severity, format!("{}[{}]", finding.severity, finding.code)),
            harmless(&finding.message)
        );
        let place = match (&finding.file, finding.start) {
            (Some(file), Some(start)) => Some(format!("{file}:{}:{}", start.line, start.column)),
            (Some(file), None) => Some(file.clone()),
            (None, _) => finding.path.clone(),
        };
        if let Some(place) = place {
            text += &format!("\n  --> {}", harmless(&place));
        }
        if let (Some(sources), Some(start)) = (sources, finding.start)
            && let Some(line) = sources.line_of(finding)
        {
            let until =
                finding.end.filter(|end| end.line == start.line).map_or(start.column + 1, |end| end.column);
            let marks = "^".repeat(until.saturating_sub(start.column).max(1) as usize);
            let line = harmless(line);
            let number = start.line.to_string();
            let margin = " ".repeat(number.len());
            // A tab stays one, so that the marks stand below what they mean.
            let before = line.chars().take(start.column as usize - 1);
            let indent: String = before.map(|c| if c == '\t' { c } else { ' ' }).collect();
            text += &format!("\n{margin} |\n{number} | {line}\n{margin} | {indent}{marks}");
        }
        if let Some(help) = &finding.help {
            text += &format!("\n  help: {}", harmless(help));
        }
        text
    }

    fn paint(&self, severity: Severity, text: String) -> String {
        if !self.colour {
            return text;
        }
        let colour = match severity {
            Severity::Error => 31,
            Severity::Warning => 33,
            Severity::Note => 36,
        };
        format!("\x1b[1;{colour}m{text}\x1b[0m")
    }

    /// Emphasis for headings.
    pub fn bold(&self, text: impl std::fmt::Display) -> String {
        if self.colour { format!("\x1b[1m{text}\x1b[0m") } else { text.to_string() }
    }
}

/// Findings quote what others wrote: a terminal would take an escape in it for a command. Each such character becomes a
/// visible one, so that columns stay where they are.
fn harmless(text: &str) -> Cow<'_, str> {
    let visible = |c: char| matches!(c, '\n' | '\t') || !c.is_control();
    if text.chars().all(visible) {
        return text.into();
    }
    text.chars().map(|c| if visible(c) { c } else { char::REPLACEMENT_CHARACTER }).collect()
}

#[cfg(test)]
mod tests {
    use super::harmless;

    #[test]
    fn quoted_text_gives_the_terminal_no_commands() {
        assert_eq!(harmless("a\u{1b}[31mb\rc\u{9b}d\n\te"), "a\u{fffd}[31mb\u{fffd}c\u{fffd}d\n\te");
        assert!(matches!(harmless("näme"), std::borrow::Cow::Borrowed(_)));
    }
}
