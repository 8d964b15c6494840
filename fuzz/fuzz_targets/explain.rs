//! A pasted word or line: what is found goes by the word that was asked for, and every line has an answer or none.
#![no_main]

use libfuzzer_sys::fuzz_target;
use oomkit_decode::{explain, glossary};

fuzz_target!(|asked: &str| {
    if let Some(found) = glossary::find(asked) {
        assert_eq!(glossary::find(found.name), Some(found), "a word does not find itself");
    }
    if let Some(document) = explain::line(asked) {
        assert!(!document.blocks().is_empty(), "a line is explained by nothing");
    }
});
