//! `oomkit explain`: a word, a field of the output, a pasted line.

use super::run::oomkit;

#[test]
fn a_word_of_the_kernel_is_explained() {
    let ran = oomkit(["explain", "anon-rss"]).ends(0);
    assert!(ran.out.starts_with("anon-rss") && 2 < ran.out.lines().count(), "{}", ran.out);
}

#[test]
fn a_field_of_the_json_is_explained() {
    for field in ["anon_rss_bytes", "oom_score_adj", "total_vm_bytes"] {
        let ran = oomkit(["explain", field]).ends(0);
        assert!(2 < ran.out.lines().count(), "{field}: {}", ran.out);
    }
}

#[test]
fn a_pasted_line_is_explained_word_by_word() {
    let line =
        "Out of memory: Killed process 4242 (java) total-vm:9437184kB, anon-rss:8388608kB, oom_score_adj:0";
    let whole = oomkit(["explain", line]).ends(0).out;
    for word in ["total_vm", "anon-rss", "oom_score_adj"] {
        assert!(whole.contains(word), "{word} in {whole}");
    }
    assert_eq!(oomkit([&["explain"], &*line.split(' ').collect::<Vec<_>>()].concat()).ends(0).out, whole);
}

#[test]
fn nonsense_is_said_to_be_unknown() {
    let ran = oomkit(["explain", "frobnicate"]).ends(2);
    assert!(ran.out.is_empty() && ran.err.contains("\"frobnicate\"") && ran.err.contains("hint:"), "{ran:?}");
}
