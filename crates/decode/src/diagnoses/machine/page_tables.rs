//! Page tables hold much of the memory.

use oomkit_core::{place::Evidence, rule::Findings};

use oomkit_core::finding::Severity;

use crate::case::{Case, at_least, of_whole};

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// Page tables make up at least 2 % of the usable memory; from a tenth on they are among the causes.
    ///
    /// ## Why it matters
    ///
    /// Page tables are in no process's resident memory.
    /// They grow where many processes map the same large area in small pages, or where one process touches a page here and there in a huge range.
    ///
    /// ## Fires
    ///
    /// - `debian-6.18_amd64_pgtable`
    /// - `ubuntu-4.15_amd64_pgtable`
    /// - `debian-6.12_amd64_bigdump`
    ///
    /// ## Stays silent
    ///
    /// - `debian-6.12_amd64_global`
    PAGE_TABLES {
        code: "OKD009",
        name: "page-tables",
        summary: "page tables hold much of the memory",
        severity: Error,
        confidence: High,
    }
}

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let Some((tables, usable)) = case.holds("pagetables_bytes", 2) else { return };
    let group = case.tasks.names.iter().max_by_key(|group| group.page_tables);
    let group = group.filter(|group| tables.get() / 4 <= group.page_tables.get());
    let whose = group.map_or_else(String::new, |group| match group.tasks {
        1 => format!("; {} alone has {}", group.name, group.page_tables),
        tasks => format!("; {tasks} processes of {} have {}", group.name, group.page_tables),
    });
    let said = format!("page tables held {}{whose}", of_whole(tables, usable));
    let finding = findings.at(case.proof_of("pagetables_bytes"), said);
    finding.and(group.and_then(|group| case.largest_of(group)).map(|task| case.proof_of_task(task)));
    finding.remedy(
        "map the shared area in huge pages (huge_pages=on in PostgreSQL, -XX:+UseLargePages in Java), or have fewer \
         processes map it; a process that touches sparse memory has to be changed",
    );
    if !at_least(tables, 10, usable) {
        finding.severity(Severity::Warning);
    }
}
