//! Names that were chosen to do harm, in every field of every format.

use oomkit_core::ident::visible;
use oomkit_render::{ProblemFormat, Style};

use super::{
    specimens::{model, named, names},
    written,
};

fn brief(name: &str) -> String {
    visible(name.as_bytes()).chars().take(60).collect()
}

#[test]
fn nothing_unsafe_is_written() {
    for name in names() {
        for format in ProblemFormat::ALL {
            let text = written(&named(&name), *format, &Style::new(80));
            for line in text.split('\n') {
                assert_eq!(visible(line.as_bytes()), line, "{} of {}", format.name(), brief(&name));
            }
            assert_eq!(text, written(&named(&name), *format, &Style::new(80)));
        }
    }
}

/// Every line of a log is a command of ours or plain words, whatever a name holds.
#[test]
fn no_name_makes_a_workflow_command() {
    for name in names() {
        let run = named(&name);
        let text = written(&run, ProblemFormat::Github, &Style::new(80));
        let commands = text.lines().filter(|line| line.starts_with("::"));
        let expected = run.open().count() + run.notices.len();
        assert_eq!(commands.clone().count(), expected, "{}", brief(&name));
        for command in commands {
            assert!(command.len() < 64 << 10, "{} bytes for {}", command.len(), brief(&name));
            let (head, _) = command.trim_start_matches("::").split_once("::").expect("a message");
            let (kind, properties) = head.split_once(' ').expect("properties");
            assert!(["error", "warning", "notice"].contains(&kind), "{head}");
            for property in properties.split(',') {
                let (key, value) = property.split_once('=').expect("a value");
                assert!(["file", "line", "endLine", "col", "endColumn", "title"].contains(&key), "{head}");
                assert!(!value.contains(':'), "{head}");
            }
        }
        let plain: Vec<_> = text.lines().filter(|line| !line.starts_with("::")).collect();
        assert!(plain.len() == 1 && plain[0].starts_with("oomkit: "), "{plain:?}");
    }
}

#[test]
fn the_log_says_that_github_shows_ten() {
    let few = written(&model(), ProblemFormat::Github, &Style::new(80));
    assert!(!few.contains("GitHub shows"), "{few}");
    let many = (0..4).map(|_| names()).flat_map(|names| names.into_iter().take(3));
    let list = oomkit_core::problem::Problems::new(
        "1",
        Vec::new(),
        many.flat_map(|name| named(&name).open().cloned().collect::<Vec<_>>()).collect(),
    );
    assert!(
        written(&list, ProblemFormat::Github, &Style::new(80)).ends_with(
            "; GitHub shows 10 of each kind beside the source, and all of them stand in this log\n"
        )
    );
}
