//! A run in every format, as it is read.

use oomkit_core::problem::Problems;
use oomkit_render::{Characters, ProblemFormat, Style};

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
        // The page is the document's, whose look is held elsewhere.
        if *format != ProblemFormat::Html {
            golden(format.name(), &model(), *format, &style);
        }
    }
}

#[test]
fn text_on_other_terminals() {
    let ascii = Style::new(60).with_characters(Characters::Ascii);
    golden("text_in_ascii", &model(), ProblemFormat::Text, &ascii);
    golden("text_on_a_phone", &model(), ProblemFormat::Text, &Style::new(32));
}

#[test]
fn what_is_known_and_what_is_clean() {
    let style = Style::new(90);
    golden("text_of_nothing", &clean(), ProblemFormat::Text, &style);
    golden("junit_of_nothing", &clean(), ProblemFormat::Junit, &style);
    golden("junit_compared", &compared(), ProblemFormat::Junit, &style);
    golden("github_compared", &compared(), ProblemFormat::Github, &style);
}
