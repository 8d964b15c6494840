//! Unit files: sections, keys and values with their places, as the service manager splits them.
//!
//! Source: `config_parse()` and `parse_line()` of systemd, which pass over what they cannot read.

use crate::{model::Assignment, yaml::Mark};

/// A line that is neither a section nor an assignment, and so is passed over.
pub(in crate::sources) type Stray = Mark;

/// Splits a text into assignments; `first` is the number of its first line.
pub(in crate::sources) fn parse(text: &str, first: u32) -> (Vec<Assignment>, Vec<Stray>) {
    let mut assignments: Vec<Assignment> = Vec::new();
    let mut strays = Vec::new();
    let mut section = String::new();
    let mut continued: Option<Assignment> = None;
    for (number, line) in (first..).zip(text.lines()) {
        let trimmed = line.trim();
        // Comments may stand between the parts of a continued line.
        if trimmed.starts_with(['#', ';']) {
            continue;
        }
        if let Some(mut open) = continued.take() {
            let more = trimmed.ends_with('\\');
            open.value.push(' ');
            open.value += trimmed.strip_suffix('\\').unwrap_or(trimmed).trim_end();
            if more {
                continued = Some(open);
            } else {
                assignments.push(finished(open));
            }
            continue;
        }
        if trimmed.is_empty() {
            continue;
        }
        if let Some(name) = trimmed.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            section = name.to_owned();
            continue;
        }
        let Some((key, value)) = trimmed.split_once('=') else {
            strays.push(mark(line, trimmed, number));
            continue;
        };
        let (key, value) = (key.trim_end(), value.trim_start());
        let at = if value.is_empty() { mark(line, key, number) } else { mark(line, value, number) };
        let open = value.strip_suffix('\\');
        let value = open.map_or(value, str::trim_end).to_owned();
        let assignment = Assignment { section: section.clone(), key: key.to_owned(), value, at };
        if open.is_some() {
            continued = Some(assignment);
        } else {
            assignments.push(assignment);
        }
    }
    assignments.extend(continued.map(finished));
    (assignments, strays)
}

fn finished(mut assignment: Assignment) -> Assignment {
    assignment.value = assignment.value.trim().to_owned();
    assignment
}

/// Returns where a part of a line stands.
fn mark(line: &str, part: &str, number: u32) -> Mark {
    // All parts are cut out of the line that they stand in, so their addresses tell where.
    let before = (part.as_ptr() as usize).saturating_sub(line.as_ptr() as usize);
    let count = |text: &str| u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
    let column = line.get(..before).map_or(0, count).saturating_add(1);
    Mark { line: number, column, width: count(part).max(1) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_become_assignments() {
        let text = "\
stray
[Unit]
Description = two words
; MemoryMax=1
[Service]
  MemoryMax=512M  
ExecStart=/bin/a \\
# between
  b \\
  c
MemoryHigh=
[Broken
last=\\";
        let (assignments, strays) = parse(text, 1);
        let shown: Vec<String> = assignments
            .iter()
            .map(|one| {
                let at = one.at;
                format!("{}.{}={} {}:{}+{}", one.section, one.key, one.value, at.line, at.column, at.width)
            })
            .collect();
        assert_eq!(
            shown,
            [
                "Unit.Description=two words 3:15+9",
                "Service.MemoryMax=512M 6:13+4",
                "Service.ExecStart=/bin/a b c 7:11+8",
                "Service.MemoryHigh= 11:1+10",
                "Service.last= 13:6+1",
            ]
        );
        let strays: Vec<u32> = strays.iter().map(|stray| stray.line).collect();
        assert_eq!(strays, [1, 12]);
    }
}
