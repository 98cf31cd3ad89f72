//! What a terminal would show of a program's output: progress bars that drew over themselves leave their last state,
//! colours are gone.

/// A screen as wide and as high as it must be.
#[derive(Default)]
struct Screen {
    lines: Vec<Vec<char>>,
    row: usize,
    column: usize,
}

/// How far a program may move the cursor to the right of what is there.
const WIDEST: usize = 1000;

/// Plays the output, and gives what can be read in the end.
pub(super) fn rendered(output: &str) -> String {
    let plain = |letter: char| !letter.is_control() || matches!(letter, '\n' | '\t');
    if output.chars().all(plain) {
        return output.to_owned();
    }
    let mut screen = Screen { lines: vec![Vec::new()], ..Screen::default() };
    let mut letters = output.chars();
    while let Some(letter) = letters.next() {
        screen.take(letter, &mut letters);
    }
    let lines: Vec<String> = screen.lines.into_iter().map(String::from_iter).collect();
    lines.join("\n")
}

impl Screen {
    fn take(&mut self, letter: char, rest: &mut std::str::Chars<'_>) {
        match letter {
            '\n' => self.new_line(),
            '\r' => self.column = 0,
            '\u{8}' => self.column = self.column.saturating_sub(1),
            '\u{1b}' => self.escape(rest),
            '\u{9b}' => self.control_sequence(rest),
            '\t' => self.put('\t'),
            letter if letter.is_control() => {}
            letter => self.put(letter),
        }
    }

    fn new_line(&mut self) {
        self.row += 1;
        self.column = 0;
        if self.row == self.lines.len() {
            self.lines.push(Vec::new());
        }
    }

    fn line(&mut self) -> &mut Vec<char> {
        let row = self.row.min(self.lines.len().saturating_sub(1));
        &mut self.lines[row]
    }

    fn put(&mut self, letter: char) {
        let column = self.column;
        let line = self.line();
        if line.len() < column {
            line.resize(column, ' ');
        }
        match line.get_mut(column) {
            Some(there) => *there = letter,
            None => line.push(letter),
        }
        self.column += 1;
    }

    fn escape(&mut self, rest: &mut std::str::Chars<'_>) {
        match rest.next() {
            Some('[') => self.control_sequence(rest),
            // Titles, links and the like, up to BEL or ESC \.
            Some(']' | 'P' | 'X' | '^' | '_') => {
                while let Some(letter) = rest.next() {
                    if letter == '\u{1b}' {
                        rest.next();
                    }
                    if matches!(letter, '\u{1b}' | '\u{7}' | '\u{9c}') {
                        break;
                    }
                }
            }
            // A choice of alphabet has one letter more.
            Some('(' | ')' | '*' | '+' | '#' | '%' | ' ') => drop(rest.next()),
            Some('M') => self.row = self.row.saturating_sub(1),
            _ => {}
        }
    }

    /// `ESC [ 2 K`: numbers, then a letter that says what to do. Colours and what moves about the whole screen do nothing.
    fn control_sequence(&mut self, rest: &mut std::str::Chars<'_>) {
        let mut numbers = String::new();
        let Some(end) = rest.find(|letter| {
            let ends = ('@'..='~').contains(letter);
            if !ends {
                numbers.push(*letter);
            }
            ends
        }) else {
            return;
        };
        let given: Option<usize> = numbers.split(';').next().and_then(|number| number.parse().ok());
        let count = given.unwrap_or(1).max(1);
        match end {
            'A' | 'F' => self.row = self.row.saturating_sub(count),
            'B' | 'E' => self.row = self.row.saturating_add(count).min(self.lines.len().saturating_sub(1)),
            'C' => self.column = self.column.saturating_add(count).min(WIDEST.max(self.column)),
            'D' => self.column = self.column.saturating_sub(count),
            'G' => self.column = (count - 1).min(WIDEST),
            'K' => self.erase_line(given.unwrap_or(0)),
            'J' if given.unwrap_or(0) == 0 => {
                self.erase_line(0);
                self.lines.truncate(self.row + 1);
            }
            'P' => {
                let (column, line) = (self.column, self.line());
                let end = column.saturating_add(count).min(line.len());
                line.drain(column.min(end)..end);
            }
            _ => {}
        }
        if matches!(end, 'E' | 'F') {
            self.column = 0;
        }
    }

    fn erase_line(&mut self, which: usize) {
        let column = self.column;
        let line = self.line();
        match which {
            0 => line.truncate(column),
            1 => {
                let end = (column + 1).min(line.len());
                line[..end].fill(' ');
            }
            _ => line.clear(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::rendered;

    #[test]
    fn a_progress_bar_leaves_its_last_state() {
        assert_eq!(rendered("10%\r50%\r100%\ndone\n"), "100%\ndone\n");
        assert_eq!(rendered("downloading\r\u{1b}[Kok\r\n"), "ok\n");
        assert_eq!(rendered("long line\rshort"), "shortline");
        assert_eq!(rendered("a: 1\nb: 1\n\u{1b}[2Aa: 2\u{1b}[K\n\u{1b}[2Kb: 2\n"), "a: 2\nb: 2\n");
    }

    #[test]
    fn backspaces_go_back_and_what_follows_replaces() {
        assert_eq!(rendered("spin |\u{8}/\u{8}-\u{8}\u{8}!"), "spin!-");
        assert_eq!(rendered("\u{8}\u{8}x"), "x");
    }

    #[test]
    fn colours_titles_and_bells_are_gone() {
        assert_eq!(rendered("\u{1b}[1;31merror\u{1b}[0m: no\u{7}"), "error: no");
        assert_eq!(rendered("\u{1b}]0;a title\u{7}x\u{1b}]8;;https://a.b\u{1b}\\link\u{1b}]8;;\u{1b}\\"), "xlink");
        assert_eq!(rendered("\u{1b}(B\u{1b}[?25lx\u{9b}0my"), "xy");
    }

    #[test]
    fn tabs_and_plain_text_stay_as_they_are() {
        assert_eq!(rendered("a\tb\n\n  c \u{1f980}\n"), "a\tb\n\n  c \u{1f980}\n");
        assert_eq!(rendered("a\tb\r\nc\n"), "a\tb\nc\n");
    }

    #[test]
    fn output_that_was_cut_off_or_asks_for_the_impossible_is_shown_too() {
        for output in
            ["\u{1b}", "\u{1b}[", "\u{1b}[12", "\u{1b}]0;x", "\u{1b}[99999999999999999999Cx", "\u{1b}[9A\u{1b}[9Bx"]
        {
            assert!(rendered(output).len() < 2 * super::WIDEST, "{output:?}");
        }
        assert_eq!(rendered("\u{1b}[5Cx"), "     x");
        assert_eq!(rendered("abc\u{1b}[1Gx\u{1b}[Jz"), "xz");
    }
}
