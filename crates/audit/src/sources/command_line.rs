//! Command lines given as one text.

/// Splits a command line at spaces, heeding quotes.
pub(super) fn split(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quote = None;
    let mut letters = line.chars();
    while let Some(letter) = letters.next() {
        match (quote, letter) {
            (None, '"' | '\'') => quote = Some(letter),
            (Some(open), _) if open == letter => quote = None,
            (None | Some('"'), '\\') => word.extend(letters.next()),
            (None, _) if letter.is_whitespace() => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
            }
            _ => word.push(letter),
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn command_lines_are_split_at_spaces() {
        assert_eq!(
            split("java -Xmx1g  'a b' \"c \\\" d\" e\\ f"),
            ["java", "-Xmx1g", "a b", "c \" d", "e f"]
        );
        assert_eq!(split("  "), Vec::<String>::new());
    }
}
