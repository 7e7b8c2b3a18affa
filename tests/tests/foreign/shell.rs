//! Finding the commands of a shell script without running it: enough of the language to know which of them are
//! ESXi's tools, wherever they stand, and to recognise one that ran.

/// A simple command, as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// Line in the script, from 1.
    pub line: usize,
    /// Its words with their quotes; redirections are left out.
    pub words: Vec<String>,
}

impl Command {
    /// The command as one line.
    pub fn text(&self) -> String {
        self.words.join(" ")
    }

    /// Whether it is one of the tools by which a script configures ESXi.
    fn is_tool(&self) -> bool {
        let name = self.words.first().map_or("", |first| first.rsplit('/').next().unwrap_or(first));
        ["esxcli", "localcli", "vim-cmd"].contains(&name) || name.starts_with("esxcfg-")
    }

    /// Whether these are the words that the shell made of it. What expands matches anything, and so does `***`,
    /// which hides a password.
    pub fn became(&self, argv: &[String]) -> bool {
        let patterns: Vec<Pattern> = self.words.iter().map(|word| Pattern::new(word)).collect();
        words_match(&patterns, argv)
    }
}

/// The commands of a script that are ESXi's own tools, and the assignments that stand in front of none.
pub fn tools(script: &str) -> Vec<Command> {
    let chars: Vec<char> = script.chars().collect();
    let mut scanner = Scanner { chars: &chars, at: 0, line: 1, heredocs: Vec::new(), found: Vec::new() };
    scanner.commands(None);
    let mut found = scanner.found;
    found.retain(Command::is_tool);
    found.sort_by_key(|command| command.line);
    found
}

/// Lines of a script that do nothing but set a variable to a text.
pub fn assignments(script: &str) -> impl Iterator<Item = &str> {
    script.lines().map(str::trim).filter(|line| {
        let name = line.split('=').next().unwrap_or_default();
        let named = name.len() < line.len() && !name.is_empty();
        named
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
            && !line.contains(['`', '<', ';'])
            && !line.contains("$(")
            && name != "IFS"
    })
}

/// Words of the language after which a command begins.
const BEFORE_A_COMMAND: &[&str] = &["if", "then", "else", "elif", "while", "until", "do", "!", "{", "time"];

struct Scanner<'a> {
    chars: &'a [char],
    at: usize,
    line: usize,
    /// Delimiters of the documents that begin with the next line.
    heredocs: Vec<String>,
    found: Vec<Command>,
}

impl Scanner<'_> {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.at + ahead).copied()
    }

    /// Reads commands up to a closing character or the end.
    fn commands(&mut self, close: Option<char>) {
        let mut words: Vec<String> = Vec::new();
        let mut line = self.line;
        loop {
            match self.peek(0) {
                None => break,
                Some(c) if Some(c) == close => {
                    self.at += 1;
                    break;
                }
                Some(' ' | '\t') => self.at += 1,
                Some('\\') if self.peek(1) == Some('\n') => self.newline(2),
                Some('#') => {
                    while self.peek(0).is_some_and(|c| c != '\n') {
                        self.at += 1;
                    }
                }
                Some('<' | '>') => self.redirection(),
                Some('&') if self.peek(1) == Some('>') => self.redirection(),
                Some('\n') => {
                    self.end(&mut words, line);
                    self.newline(1);
                    self.skip_heredocs();
                }
                Some(';' | '|' | '&' | '(' | ')') => {
                    self.end(&mut words, line);
                    self.at += 1;
                }
                Some(_) => {
                    if words.is_empty() {
                        line = self.line;
                    }
                    let word = self.word(close);
                    let number = word.chars().all(|c| c.is_ascii_digit());
                    if number && matches!(self.peek(0), Some('<' | '>')) {
                        continue;
                    }
                    let assigns = word.split_once('=').is_some_and(|(name, _)| {
                        !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
                    });
                    if !(words.is_empty() && (assigns || BEFORE_A_COMMAND.contains(&word.as_str()))) {
                        words.push(word);
                    }
                }
            }
        }
        self.end(&mut words, line);
    }

    fn end(&mut self, words: &mut Vec<String>, line: usize) {
        if !words.is_empty() {
            self.found.push(Command { line, words: std::mem::take(words) });
        }
    }

    fn newline(&mut self, length: usize) {
        self.at += length;
        self.line += 1;
    }

    /// An operator and the word after it.
    fn redirection(&mut self) {
        let start = self.at;
        while matches!(self.peek(0), Some('<' | '>' | '&')) {
            self.at += 1;
        }
        let document = self.at - start == 2 && self.chars[start..self.at] == ['<', '<'];
        if document && self.peek(0) == Some('-') {
            self.at += 1;
        }
        while matches!(self.peek(0), Some(' ' | '\t')) {
            self.at += 1;
        }
        let word = self.word(None);
        if document {
            self.heredocs.push(word.replace(['\'', '"', '\\'], ""));
        }
    }

    fn skip_heredocs(&mut self) {
        for end in std::mem::take(&mut self.heredocs) {
            while self.peek(0).is_some() {
                let start = self.at;
                while self.peek(0).is_some_and(|c| c != '\n') {
                    self.at += 1;
                }
                let text: String = self.chars[start..self.at].iter().collect();
                self.newline(1);
                if text.trim_start_matches('\t') == end {
                    break;
                }
            }
        }
    }

    /// One word with its quotes.
    fn word(&mut self, close: Option<char>) -> String {
        let start = self.at;
        while let Some(c) = self.peek(0) {
            match c {
                _ if Some(c) == close => break,
                ' ' | '\t' | '\n' | ';' | '|' | '&' | '(' | ')' | '<' | '>' => break,
                '\\' if self.peek(1) == Some('\n') => break,
                '\\' => self.at += 2,
                '\'' => self.quoted(),
                '"' => self.double_quoted(),
                '$' | '`' => self.expansion(),
                _ => self.at += 1,
            }
        }
        self.at = self.at.min(self.chars.len());
        self.chars[start..self.at].iter().collect()
    }

    fn quoted(&mut self) {
        self.at += 1;
        while let Some(c) = self.peek(0) {
            self.newline_in(c);
            if c == '\'' {
                return;
            }
        }
    }

    fn double_quoted(&mut self) {
        self.at += 1;
        while let Some(c) = self.peek(0) {
            match c {
                '"' => {
                    self.at += 1;
                    return;
                }
                '\\' => self.at += 2,
                '$' | '`' => self.expansion(),
                _ => self.newline_in(c),
            }
        }
    }

    fn newline_in(&mut self, c: char) {
        self.at += 1;
        self.line += usize::from(c == '\n');
    }

    fn expansion(&mut self) {
        match (self.peek(0), self.peek(1)) {
            (Some('`'), _) => {
                self.at += 1;
                self.commands(Some('`'));
            }
            (_, Some('(')) if self.peek(2) == Some('(') => {
                while self.peek(0).is_some() && !(self.peek(0) == Some(')') && self.peek(1) == Some(')')) {
                    self.at += 1;
                }
                self.at += 2;
            }
            (_, Some('(')) => {
                self.at += 2;
                self.commands(Some(')'));
            }
            (_, Some('{')) => {
                while self.peek(0).is_some_and(|c| c != '}') {
                    self.at += 1;
                }
                self.at += 1;
            }
            _ => self.at += 1,
        }
    }
}

/// What a word may become: characters, with `None` where something expands.
struct Pattern {
    parts: Vec<Option<char>>,
    /// An expansion without quotes may become several words, or none.
    any_number: bool,
}

impl Pattern {
    fn new(word: &str) -> Self {
        let mut parts = Vec::new();
        let chars: Vec<char> = word.chars().collect();
        let (mut at, mut double, mut any_number) = (0, false, false);
        while let Some(c) = chars.get(at).copied() {
            match c {
                '\'' if !double => {
                    at += 1;
                    while chars.get(at).is_some_and(|c| *c != '\'') {
                        parts.push(Some(chars[at]));
                        at += 1;
                    }
                    at += 1;
                }
                '"' => {
                    double = !double;
                    at += 1;
                }
                '\\' => {
                    parts.extend(chars.get(at + 1).map(|c| Some(*c)));
                    at += 2;
                }
                '$' | '`' => {
                    parts.push(None);
                    any_number |= !double;
                    let mut scanner =
                        Scanner { chars: &chars, at, line: 1, heredocs: Vec::new(), found: Vec::new() };
                    scanner.expansion();
                    at = scanner.at;
                    if c == '$' && chars.get(at - 1) == Some(&'$') {
                        while chars.get(at).is_some_and(|c| c.is_ascii_alphanumeric() || *c == '_') {
                            at += 1;
                        }
                    }
                }
                _ => {
                    parts.push(Some(c));
                    at += 1;
                }
            }
        }
        Pattern { parts, any_number }
    }

    fn fits(&self, word: &str) -> bool {
        let hidden = word == "***" || word.ends_with("=***");
        hidden || chars_match(&self.parts, &word.chars().collect::<Vec<_>>())
    }
}

fn chars_match(pattern: &[Option<char>], text: &[char]) -> bool {
    match (pattern.split_first(), text.split_first()) {
        (None, None) => true,
        (None, Some(_)) => false,
        (Some((None, rest)), _) => (0..=text.len()).any(|skip| chars_match(rest, &text[skip..])),
        (Some((Some(wanted), rest)), Some((c, tail))) => wanted == c && chars_match(rest, tail),
        (Some((Some(_), _)), None) => false,
    }
}

fn words_match(patterns: &[Pattern], words: &[String]) -> bool {
    let Some((first, rest)) = patterns.split_first() else { return words.is_empty() };
    if first.any_number && (0..=words.len()).any(|skip| words_match(rest, &words[skip..])) {
        return true;
    }
    words.split_first().is_some_and(|(word, tail)| first.fits(word) && words_match(rest, tail))
}

#[test]
fn tools_are_found_wherever_they_stand() {
    let script = "# esxcli in a comment\n\
        A=$(esxcli network nic list | grep x)  # esxcli no\n\
        if /bin/esxcli a 'b c' >> log 2>&1; then B=1 vim-cmd c/d --set \"${X}\"; fi\n\
        cat <<EOF\nesxcli not this\nEOF\n\
        for n in `esxcfg-nics -l | cut -d ' ' -f 1`\ndo esxcfg-nics -s 1 $n || echo esxcli\ndone\n\
        esxcli long \\\n  line --x=\"a $(localcli b) c\"; echo \"esxcli\"\n";
    let found: Vec<(usize, String)> = tools(script).iter().map(|one| (one.line, one.text())).collect();
    let expected = [
        (2, "esxcli network nic list"),
        (3, "/bin/esxcli a 'b c'"),
        (3, "vim-cmd c/d --set \"${X}\""),
        (7, "esxcfg-nics -l"),
        (8, "esxcfg-nics -s 1 $n"),
        (10, "esxcli long line --x=\"a $(localcli b) c\""),
        (11, "localcli b"),
    ];
    assert_eq!(found, expected.map(|(line, text)| (line, text.to_owned())));
}

#[test]
fn what_ran_is_recognised() {
    let became = |source: &str, argv: &[&str]| {
        let argv: Vec<String> = argv.iter().map(|word| (*word).to_owned()).collect();
        tools(source)[0].became(&argv)
    };
    assert!(became("esxcli a -p 'x y' -v \"z\"", &["esxcli", "a", "-p", "x y", "-v", "z"]));
    assert!(!became("esxcli a -p 'x y'", &["esxcli", "a", "-p", "x"]));
    assert!(became("esxcli a --u=${n} b", &["esxcli", "a", "--u=vmnic0", "b"]));
    assert!(became("esxcli a $empty b", &["esxcli", "a", "b"]));
    assert!(became("esxcli a $two b", &["esxcli", "a", "1", "2", "b"]));
    assert!(!became("esxcli a \"$one\" b", &["esxcli", "a", "b"]));
    assert!(became("esxcli a -p secret", &["esxcli", "a", "-p", "***"]));
    assert!(became("esxcli a \"iqn:$(hostname -s | awk '{print 1}'):x\"", &["esxcli", "a", "iqn:host:x"]));
}

#[test]
fn assignments_are_texts_only() {
    let script = "A=1\n  b_c='x y'\nD=\"${A}\"\nE=$(esxcli x)\nIFS=$','\nF=1; G=2\nesxcli --a=b\ncat <<X\n";
    assert_eq!(assignments(script).collect::<Vec<_>>(), ["A=1", "b_c='x y'", "D=\"${A}\""]);
}
