//! Memory of the kernel itself: slab caches and allocation sites, where the kernel lists them.

use oomkit_core::document::{Column, Document, Table};

use super::{
    Case, push_table,
    words::{cell, detail, name},
};

const USUAL: usize = 10;

pub(super) fn show(case: &Case<'_>, document: &mut Document) {
    caches(case, document);
    sites(case, document);
}

fn caches(case: &Case<'_>, document: &mut Document) {
    let caches = &case.event.slab;
    let shown = caches.len().min(case.rows(USUAL));
    let columns = vec![Column::words("cache"), Column::figures("in use"), Column::figures("held")];
    let rows = caches.iter().take(shown).map(|cache| {
        vec![name(&cache.name).into_owned(), cache.used_bytes.to_string(), cache.total_bytes.to_string()]
    });
    let table = Table { rows: rows.collect(), columns, marked: Vec::new() };
    push_table(document, detail("Unreclaimable kernel caches"), table, caches.len() - shown);
}

fn sites(case: &Case<'_>, document: &mut Document) {
    let sites = &case.event.allocations;
    let shown = sites.len().min(case.rows(USUAL));
    let mut columns = vec![Column::figures("size"), Column::figures("calls")];
    columns.extend(["function", "place", "module"].map(Column::words));
    let rows = sites.iter().take(shown).map(|site| {
        vec![
            site.bytes.to_string(),
            site.calls.to_string(),
            name(&site.function).into_owned(),
            name(&site.place).into_owned(),
            cell(site.module.as_deref().map(name)),
        ]
    });
    let table = Table { rows: rows.collect(), columns, marked: Vec::new() };
    push_table(document, detail("Where the kernel allocated most"), table, sites.len() - shown);
}
