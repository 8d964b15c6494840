//! A run in every format, as it is read.

use oomkit_core::problem::Problems;
use oomkit_render::{ProblemFormat, Style};

use super::{
    specimens::{clean, compared, model},
    written,
};

fn golden(name: &str, problems: &Problems, format: ProblemFormat, style: &Style) {
    insta::assert_snapshot!(name, written(problems, format, style));
}

#[test]
fn the_model_in_every_format() {
    let style = Style::new(90);
    for format in ProblemFormat::ALL {
        golden(format.name(), &model(), *format, &style);
    }
}

#[test]
fn what_is_known_and_what_is_clean() {
    let style = Style::new(90);
    golden("junit_of_nothing", &clean(), ProblemFormat::Junit, &style);
    golden("junit_compared", &compared(), ProblemFormat::Junit, &style);
    golden("github_compared", &compared(), ProblemFormat::Github, &style);
}
