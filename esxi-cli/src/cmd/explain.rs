//! `esxi explain`.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::out::Out;
use esxi_core::diag::codes;
use serde::Serialize;

#[derive(Serialize)]
struct Explanation {
    code: &'static str,
    text: String,
    exit: u8,
    python: &'static str,
}

#[derive(Serialize)]
struct Document {
    schema: u32,
    codes: Vec<Explanation>,
}

pub fn run(out: &Out, code: Option<&str>) -> Result<Exit, Failure> {
    let rows: Vec<_> = match code {
        Some(code) => vec![codes::find(code).ok_or_else(|| {
            Failure::error(
                codes::UNKNOWN_CODE,
                format!("\"{code}\" is not a diagnostic code"),
                "`esxi explain` without a code lists them all",
            )
        })?],
        None => codes::all().collect(),
    };
    if out.is_json() {
        let explain = |row: &&codes::CodeInfo| Explanation {
            code: row.code.as_str(),
            text: paragraph(row.text),
            exit: row.exit,
            python: row.python,
        };
        out.json(&Document { schema: 1, codes: rows.iter().map(explain).collect() });
        return Ok(Exit::Fine);
    }
    for row in &rows {
        let text = paragraph(row.text);
        match code {
            Some(_) => out.line(format_args!("{}: {text}\nExit status {}.", row.code, row.exit)),
            None => {
                let sentence = text.split_inclusive(". ").next().unwrap_or(&text);
                out.line(format_args!("{:<9} {}", row.code, sentence.trim_end_matches(['.', ' '])));
            }
        }
    }
    Ok(Exit::Fine)
}

/// Documentation lines as one paragraph.
fn paragraph(text: &str) -> String {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
}
