//! The formats of problems: the program, goldens, the schemas of those who read them, and names that mean harm.

mod audit;
mod goldens;
mod hostile;
pub(crate) mod schemas;
mod specimens;

use oomkit_core::problem::Problems;
use oomkit_render::{ProblemFormat, Style, render_problems};

fn written(problems: &Problems, format: ProblemFormat, style: &Style) -> String {
    let mut out = String::new();
    render_problems(problems, format, style, &mut out).expect("a string takes everything");
    out
}
