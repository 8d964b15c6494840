//! The formats of problems: goldens, the schemas of those who read them, and names that mean harm.

mod goldens;
mod hostile;
mod schemas;
mod specimens;

use oomkit_core::problem::Problems;
use oomkit_render::{ProblemFormat, Style, render_problems};

fn written(problems: &Problems, format: ProblemFormat, style: &Style) -> String {
    let mut out = String::new();
    render_problems(problems, format, style, &mut out).expect("a string takes everything");
    out
}
