//! Advice in other languages: it is found for all that the decoder says, and stays word for word what that is.

use std::{collections::BTreeSet, fs};

use oomkit_core::language::Language;
use oomkit_postmortem::view::{english_advice, told_advice};

use crate::support::{Complaints, logs};

#[test]
fn all_advice_of_the_corpus_is_told_in_every_language() {
    let mut complaints = Complaints::default();
    for (_, log) in logs() {
        let findings = log.decoded().events.iter().flat_map(|event| &event.findings);
        for (finding, text) in findings.filter_map(|finding| Some((finding, finding.remedy.as_ref()?))) {
            for language in [Language::Zh, Language::Ja] {
                match told_advice(finding.code, text, language) {
                    Some(_) => complaints.checked(),
                    None => complaints.add(&log.file, format!("{} {language:?}: {text}", finding.code)),
                }
            }
        }
    }
    complaints.settle();
}

#[test]
fn what_heads_a_story_is_told_in_every_language() {
    let mut complaints = Complaints::default();
    for (_, log) in logs() {
        for finding in log.decoded().events.iter().filter_map(oomkit_decode::view::headline) {
            for language in [Language::Zh, Language::Ja] {
                match told_advice(finding.code, &finding.message, language) {
                    Some(_) => complaints.checked(),
                    None => {
                        complaints
                            .add(&log.file, format!("{} {language:?}: {}", finding.code, finding.message));
                    }
                }
            }
        }
    }
    complaints.settle();
}

#[test]
fn every_template_is_what_its_rule_says() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../decode/src/diagnoses");
    let flat = |text: &str| {
        // A string goes on over the end of a line, without the blanks that begin the next one.
        let lines: Vec<&str> = text.lines().map(str::trim_start).collect();
        lines.join("\n").replace("\\\n", "").replace("\\\"", "\"")
    };
    let mut advised = BTreeSet::new();
    let mut everything = String::new();
    let mut rules = Vec::new();
    for folder in fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()) {
        let files = if folder.is_dir() {
            fs::read_dir(&folder).unwrap().map(|f| f.unwrap().path()).collect()
        } else {
            vec![folder]
        };
        for file in files {
            let text = flat(&fs::read_to_string(file).unwrap());
            let code =
                text.split("code: \"").nth(1).and_then(|rest| rest.split('"').next()).map(str::to_owned);
            everything += &text;
            if let Some(code) = code {
                if text.contains(".remedy(") {
                    advised.insert(code.clone());
                }
                rules.push((code, text));
            }
        }
    }
    let mut told = BTreeSet::new();
    for (code, pieces) in english_advice() {
        let text = rules.iter().find(|(of, _)| of == code).map_or(&everything, |(_, text)| text);
        for piece in pieces.iter().filter(|piece| !piece.is_empty()) {
            assert!(text.contains(piece), "{code} does not say {piece:?}");
        }
        if !code.is_empty() {
            told.insert(code.to_owned());
        }
    }
    assert_eq!(told, advised, "each rule that advises has its advice in all languages, and no other");
}
