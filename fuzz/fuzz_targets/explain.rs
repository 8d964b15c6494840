//! A pasted word: what is found goes by the word that was asked for.
#![no_main]

use libfuzzer_sys::fuzz_target;
use oomkit_decode::glossary;

fuzz_target!(|word: &str| {
    if let Some(found) = glossary::find(word) {
        assert_eq!(glossary::find(found.name), Some(found), "a word does not find itself");
    }
});
