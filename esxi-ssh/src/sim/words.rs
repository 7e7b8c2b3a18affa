//! Recognises a command line that needs no shell.

/// The words of one simple command, or `None` when a shell has to read it: anything but plain words and quoted
/// text without expansion.
pub(crate) fn simple_command(line: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut chars = line.trim_matches([' ', '\t', '\n']).chars();
    while let Some(c) = chars.next() {
        match c {
            ' ' | '\t' => words.extend(word.take()),
            '\'' | '"' => {
                let quoted = word.get_or_insert_default();
                loop {
                    match chars.next()? {
                        end if end == c => break,
                        '$' | '`' | '\\' | '!' if c == '"' => return None,
                        other => quoted.push(other),
                    }
                }
            }
            '|' | '&' | ';' | '<' | '>' | '(' | ')' | '$' | '`' | '\\' | '*' | '?' | '[' | ']' | '#'
            | '~' | '!' | '{' | '}' | '\n' | '\r' | '\0' => return None,
            // `NAME=value command` sets a variable for the command.
            '=' if words.is_empty() => return None,
            other => word.get_or_insert_default().push(other),
        }
    }
    words.extend(word);
    (!words.is_empty()).then_some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_and_quoted_words_need_no_shell() {
        let words = |line| simple_command(line).map(|words| words.join("|"));
        assert_eq!(words(" esxcli  network nic list\n").as_deref(), Some("esxcli|network|nic|list"));
        assert_eq!(
            words("x -p 'VM Network' -s '' --a=\"b c\"").as_deref(),
            Some("x|-p|VM Network|-s||--a=b c")
        );
        assert_eq!(words("x 'a$b'").as_deref(), Some("x|a$b"));
    }

    #[test]
    fn everything_else_does() {
        let lines = [
            "",
            "a; b",
            "a | b",
            "a > f",
            "a \"$b\"",
            "a $b",
            "a `b`",
            "a &",
            "A=1 esxcli",
            "a 'b",
            "a *",
            "(a)",
            "a\nb",
            "a # b",
            "a \\b",
            "cd ~",
            "{ a; }",
        ];
        for line in lines {
            assert_eq!(simple_command(line), None, "{line}");
        }
    }
}
