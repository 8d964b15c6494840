//! A limit that is missing in a job of Nomad: put into the task's resources.

use hcl_edit::{Span as _, parser, structure::Block};

use super::{Edit, missing::CODE, spelling};
use crate::model::{LimitModel, Origin, Scope};

/// Returns the change that gives a task this limit, in MiB.
pub(super) fn edit(model: &LimitModel, scope: &Scope, limit: &str) -> Option<Edit> {
    if let Some(setting) = scope.memory.limit.as_ref().filter(|setting| setting.origin == Origin::Written) {
        return spelling::replaced(model, setting, limit.to_owned(), CODE);
    }
    let file = model.file(scope.place.file)?;
    // JSON has quotes and commas of its own, and is not read by this parser.
    let body = parser::parse_body(&file.text).ok()?;
    let task = body
        .get_blocks("job")
        .flat_map(|job| job.body.get_blocks("group").chain([job]))
        .flat_map(|group| group.body.get_blocks("task"))
        .find(|task| line_of(&file.text, task) == Some(scope.place.mark.line))?;
    let resources = task.body.get_blocks("resources").next();
    let (holder, text) = match resources {
        Some(resources) => (resources, format!("memory = {limit}")),
        None => (task, format!("resources {{\n@  memory = {limit}\n@}}")),
    };
    let line = line_of(&file.text, holder)?;
    let opening = file.line(line)?;
    // A block on one line is left to whoever wrote it.
    if !opening.trim_end().ends_with('{') {
        return None;
    }
    let outer: String = opening.chars().take_while(|letter| letter.is_whitespace()).collect();
    let indent = format!("{outer}  ");
    let text = format!("{indent}{}\n", text.replace('@', &indent));
    let about = scope.place.mark.line;
    Some(Edit { file: scope.place.file, line: line + 1, column: 1, width: 0, text, code: CODE, about })
}

/// Returns the line that a block begins in.
fn line_of(text: &str, block: &Block) -> Option<u32> {
    let before = text.get(..block.ident.span()?.start)?;
    u32::try_from(before.matches('\n').count() + 1).ok()
}
