//! Variables: `${MEM:-512m}` and its kin, filled in from `.env`.

use std::collections::HashMap;

use super::bundle::beside;
use crate::sources::Input;

/// How deep defaults may lie in defaults.
const DEEPEST: usize = 8;

/// What variables are set to.
#[derive(Debug, Default)]
pub(super) struct Variables(HashMap<String, String>);

/// A text after its variables were filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Filled {
    /// It has none.
    Plain,
    /// All of them are known.
    Known(String),
    /// This one is not set, and nothing says what to take instead.
    Unset(String),
    /// This one is not set, and the project does not start before it is.
    Required(String),
}

impl Variables {
    /// Loads the file `.env` beside the main file.
    pub(super) fn load(input: &Input<'_>) -> Self {
        let bytes = input.around.read(&beside(input.name, ".env")).unwrap_or_default();
        Self(parse(&String::from_utf8_lossy(&bytes)).into_iter().collect())
    }

    /// Fills in the variables of a text.
    pub(super) fn fill(&self, text: &str) -> Filled {
        if !text.contains('$') {
            return Filled::Plain;
        }
        match self.expand(text, DEEPEST) {
            Ok(text) => Filled::Known(text),
            Err(open) => open,
        }
    }

    fn expand(&self, text: &str, deep: usize) -> Result<String, Filled> {
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('$') {
            out += before;
            if let Some(after) = after.strip_prefix('$') {
                out.push('$');
                rest = after;
            } else if let Some(after) = after.strip_prefix('{') {
                let (inside, after) = split_at_brace(after);
                out += &self.braced(inside, deep)?;
                rest = after;
            } else {
                let name = leading_name(after);
                if name.is_empty() {
                    out.push('$');
                } else {
                    out += self.0.get(name).ok_or_else(|| Filled::Unset(name.into()))?;
                }
                rest = after.strip_prefix(name).unwrap_or_default();
            }
        }
        Ok(out + rest)
    }

    /// Fills in what stands between braces.
    fn braced(&self, inside: &str, deep: usize) -> Result<String, Filled> {
        let name = leading_name(inside);
        let rest = inside.strip_prefix(name).unwrap_or_default();
        let value = self.0.get(name);
        let (colon, rest) = match rest.strip_prefix(':') {
            Some(rest) => (true, rest),
            None => (false, rest),
        };
        // With a colon, an empty value is as good as none.
        let set = value.filter(|value| !colon || !value.is_empty());
        let Some(deep) = deep.checked_sub(1) else { return Err(Filled::Unset(name.into())) };
        match (rest.chars().next(), rest.get(1..).unwrap_or_default()) {
            (Some('-'), default) => match set {
                Some(value) => Ok(value.clone()),
                None => self.expand(default, deep),
            },
            (Some('?'), _) => set.cloned().ok_or_else(|| Filled::Required(name.into())),
            (Some('+'), instead) => match set {
                Some(_) => self.expand(instead, deep),
                None => Ok(String::new()),
            },
            _ => value.cloned().ok_or_else(|| Filled::Unset(name.into())),
        }
    }
}

/// Parts what stands before the closing brace from what follows; braces nest.
fn split_at_brace(text: &str) -> (&str, &str) {
    let mut depth = 0_usize;
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => {
                let (inside, rest) = text.split_at_checked(at).unwrap_or((text, ""));
                return (inside, rest.strip_prefix('}').unwrap_or_default());
            }
            '}' => depth -= 1,
            _ => {}
        }
    }
    (text, "")
}

fn leading_name(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len());
    text.get(..end).unwrap_or_default()
}

/// Reads the lines of an environment file; of two with one name the last counts.
pub(super) fn parse(text: &str) -> Vec<(String, String)> {
    let mut pairs = Vec::new();
    for line in text.lines() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let line = line.strip_prefix("export ").unwrap_or(line);
        let Some((name, value)) = line.split_once('=') else { continue };
        let value = value.trim();
        let quoted = ['"', '\''].iter().find_map(|quote| {
            let inside = value.strip_prefix(*quote)?;
            inside.split_once(*quote).map(|(inside, _)| inside)
        });
        let value = quoted.unwrap_or_else(|| value.split(" #").next().unwrap_or(value).trim());
        pairs.push((name.trim().to_owned(), value.to_owned()));
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_filled_in() {
        let pairs =
            parse("MEM=512m\nEMPTY=\nexport QUOTED=\"1g # not a comment\" # one\n# C=1\nTRAILING=2g # two\n");
        let variables = Variables(pairs.into_iter().collect());
        let known = |text: &str| Filled::Known(text.into());
        for (text, expected) in [
            ("512m", Filled::Plain),
            ("$MEM", known("512m")),
            ("${MEM}", known("512m")),
            ("${MEM:-1g}", known("512m")),
            ("${NONE:-1g}", known("1g")),
            ("${NONE-1g}", known("1g")),
            ("${EMPTY:-1g}", known("1g")),
            ("${EMPTY-1g}", known("")),
            ("${NONE:-${MEM}}", known("512m")),
            ("${NONE:-${OTHER:-2g}}", known("2g")),
            ("${MEM:+3g}", known("3g")),
            ("${NONE:+3g}", known("")),
            ("a$$b", known("a$b")),
            ("${QUOTED}", known("1g # not a comment")),
            ("${TRAILING}", known("2g")),
            ("${NONE}", Filled::Unset("NONE".into())),
            ("$NONE", Filled::Unset("NONE".into())),
            ("${NONE:?must be set}", Filled::Required("NONE".into())),
            ("${MEM?must be set}", known("512m")),
            ("$", known("$")),
            ("${", Filled::Unset(String::new())),
        ] {
            assert_eq!(variables.fill(text), expected, "{text}");
        }
    }
}
