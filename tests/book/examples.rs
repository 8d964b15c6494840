//! Examples: what a page shows of the program is what the program says.
//!
//! A page is a story in one folder.  A fence of any language with a name behind it is a file in that
//! folder, as in `log kern.log`; a fence of `console` is commands after `$ ` and what they print; they
//! run in their order.  A fence of `sh` is for machines that a test does not have, so only the spelling
//! of our commands in it is checked.  With `SNAPSHOTS=overwrite`, which `cargo xtask bless` sets, pages
//! get what the program prints now.

use std::{env, fmt::Write as _, fs, path::Path, process::Command};

use xtask::workspace;

use super::{Page, pages};
use crate::{
    program::run::{Folder, oomkit},
    support::Complaints,
};

/// What is printed after each command, which no program prints by itself.
const END: char = '\u{1}';

#[test]
fn what_pages_show_is_what_the_program_says() {
    let told: Vec<Page> = pages().into_iter().filter(is_story).collect();
    assert!(3 <= told.len(), "{}", told.len());
    let mut c = Complaints::default();
    for page in told {
        let now = replayed(&page);
        if now != page.text && env::var_os("SNAPSHOTS").is_some_and(|mode| mode == "overwrite") {
            fs::write(workspace::root().join(&page.path), &now).expect("the page can be written");
            continue;
        }
        for (told, said) in page.text.lines().zip(now.lines()) {
            c.same(&page.path, "", told, said);
        }
        c.same(&page.path, "lines", page.text.lines().count(), now.lines().count());
    }
    c.settle();
}

fn is_story(page: &Page) -> bool {
    page.fences().iter().any(|(head, _)| *head == "console")
}

/// Returns a page with what its commands print now.
fn replayed(page: &Page) -> String {
    let folder = Folder::new();
    let mut text = page.text.clone();
    for (head, inside) in page.fences() {
        if let Some((_, name)) = head.split_once(' ') {
            folder.file(name, inside);
        }
        if head == "console" {
            let now = session(&folder, inside);
            text = text.replacen(&format!("```console\n{inside}```"), &format!("```console\n{now}```"), 1);
        }
    }
    text
}

/// Runs the commands of a fence in one shell, and returns the fence with what they print.
fn session(folder: &Folder, fence: &str) -> String {
    let commands: Vec<&str> = fence.lines().filter_map(|line| line.strip_prefix("$ ")).collect();
    assert!(fence.starts_with("$ "), "a fence of console begins with a command: {fence}");
    let mut script = String::from("exec 2>&1\n");
    for command in &commands {
        // The code of the command is what `$?` says in the next one.
        let _ = writeln!(script, "{command}\ncode=$?; printf '\\001'; (exit $code)");
    }
    let program = Path::new(env!("CARGO_BIN_EXE_oomkit")).parent().expect("a folder");
    let path = format!("{}:{}", program.display(), env::var("PATH").unwrap_or_default());
    let mut shell = Command::new("sh");
    shell.args(["-c", &script]).current_dir(folder.path("")).env_clear();
    let output =
        shell.env("PATH", path).env("LC_ALL", "C.UTF-8").env("TZ", "UTC").env("HOME", folder.path(""));
    let output = output.output().expect("a shell");
    let printed = String::from_utf8(output.stdout).expect("output in UTF-8");
    let mut now = String::new();
    for (command, printed) in commands.iter().zip(printed.split(END)) {
        now += &format!("$ {command}\n{printed}");
        if !now.ends_with('\n') {
            now.push('\n');
        }
    }
    now
}

#[test]
fn commands_are_spelled_as_the_program_wants_them() {
    let mut c = Complaints::default();
    let mut checked = 0;
    for page in pages() {
        for (_, text) in page.fences().into_iter().filter(|(head, _)| *head == "sh") {
            for words in text.lines().flat_map(ours) {
                checked += 1;
                // Asked for help, the program reads all before and does nothing; what is explained may
                // be any words, and explaining does nothing anyhow.
                let help = (words.get(1).map(String::as_str) != Some("explain")).then_some("--help");
                let ran = oomkit(words.iter().skip(1).map(String::as_str).chain(help));
                let complaint = ran.err.lines().next().unwrap_or_default();
                c.same(&page.path, words.join(" "), (ran.code, complaint), (0, ""));
            }
        }
    }
    assert!(50 < checked, "{checked}");
    c.settle();
}

/// Returns our commands in a line of a shell, each as its words.
fn ours(line: &str) -> Vec<Vec<String>> {
    let mut commands = vec![Vec::new()];
    let mut words = words(line).into_iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "|" | "&&" | ";" => commands.push(Vec::new()),
            // The name of a file follows, if it does not stand with it.
            "<" | ">" => drop(words.next()),
            word if word.starts_with(['<', '>']) => {}
            _ => commands.last_mut().expect("one at least").push(word),
        }
    }
    commands.retain(|words| words.first().is_some_and(|word| word == "oomkit"));
    commands
}

/// Cuts a line into words as a shell does, comments left out.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for c in line.chars() {
        match (c, quote) {
            ('\'' | '"', None) => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (c, Some(open)) if c == open => quote = None,
            (c, None) if c.is_whitespace() => words.extend(word.take()),
            ('#', None) if word.is_none() => break,
            (c, _) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

#[test]
fn our_commands_are_found_in_a_line() {
    let line = "kubectl get pods | oomkit decode --names - 'a b.log' >x <y > z  # what\n";
    assert_eq!(ours(line), [["oomkit", "decode", "--names", "-", "a b.log"].map(str::to_owned)]);
    assert_eq!(ours("cargo run -- decode  # oomkit decode"), Vec::<Vec<String>>::new());
    assert_eq!(oomkit(["decode", "--no-such", "--help"]).code, 2, "help hides no mistake");
}

#[test]
fn a_page_is_told_anew() {
    let text = "```text a/b.txt\none\n```\n\n```console\n$ cat a/b.txt | tr o O\nwrong\n$ false\n$ echo $?\n0\n```\n";
    let page = Page { path: "a.md".into(), text: text.into() };
    assert_eq!(
        replayed(&page),
        "```text a/b.txt\none\n```\n\n```console\n$ cat a/b.txt | tr o O\nOne\n$ false\n$ echo $?\n1\n```\n"
    );
}
