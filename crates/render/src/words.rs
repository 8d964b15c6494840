//! Words: what a format adds to a document of its own accord, in the document's language.
//!
//! The pictures of the kernel's report have English words, since no document of another language has them.

use oomkit_core::{document::Topic, language::Language};

/// What is added in one language; a sentence that a language lacks does not compile.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Words {
    /// Stands above steps.
    pub(crate) what_to_do: &'static str,
    /// Stands before the remedy of a finding.
    pub(crate) remedy: &'static str,
    /// Stand at the head of parts of a whole.
    pub(crate) part: &'static str,
    pub(crate) size: &'static str,
    pub(crate) share: &'static str,
    /// Says what a page is.
    pub(crate) page: fn(Topic) -> &'static str,
    /// Says how many documents a page has, where these are many.
    pub(crate) many: fn(usize) -> String,
    /// Stands above the list of what a page has.
    pub(crate) on_this_page: &'static str,
    /// Name the list and a table for who hears a page.
    pub(crate) contents: &'static str,
    pub(crate) table: &'static str,
    /// Stands at the end of a page.
    pub(crate) colophon: &'static str,
}

/// Returns the words of a language.
pub(crate) const fn of(language: Language) -> &'static Words {
    match language {
        Language::En => &ENGLISH,
        Language::Zh => &CHINESE,
        Language::Ja => &JAPANESE,
    }
}

const ENGLISH: Words = Words {
    what_to_do: "What to do",
    remedy: "What to do: ",
    part: "part",
    size: "size",
    share: "share",
    page: |topic| match topic {
        Topic::OutOfMemory => "Out-of-memory report",
        Topic::Limits => "Memory limits",
        Topic::Snapshots => "Memory snapshots",
    },
    many: |many| format!("{many} events in full"),
    on_this_page: "On this page",
    contents: "Contents",
    table: "Table",
    colophon: "Sizes are binary: 1 GiB is 1,024 MiB. What is not known is said to be unknown, and never shown as zero.",
};

const CHINESE: Words = Words {
    what_to_do: "该做什么",
    remedy: "该做什么：",
    part: "部分",
    size: "大小",
    share: "占比",
    page: |topic| match topic {
        Topic::OutOfMemory => "内存不足 (OOM) 报告",
        Topic::Limits => "内存限制",
        Topic::Snapshots => "内存快照",
    },
    many: |many| format!("共 {many} 份，均为全文"),
    on_this_page: "本页内容",
    contents: "目录",
    table: "表格",
    colophon: "大小按二进制计：1 GiB 等于 1,024 MiB。不清楚的，一律写作未知，绝不写成零。",
};

const JAPANESE: Words = Words {
    what_to_do: "対処",
    remedy: "対処: ",
    part: "部分",
    size: "大きさ",
    share: "割合",
    page: |topic| match topic {
        Topic::OutOfMemory => "メモリ不足 (OOM) レポート",
        Topic::Limits => "メモリ制限",
        Topic::Snapshots => "メモリスナップショット",
    },
    many: |many| format!("全文 {many} 件"),
    on_this_page: "このページの内容",
    contents: "目次",
    table: "表",
    colophon: "大きさは 2 進の単位です: 1 GiB は 1,024 MiB です。分からないものは不明と記し、ゼロとは示しません。",
};
