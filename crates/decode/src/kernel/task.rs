//! The task table: its header decides which column means what.
//!
//! Source: `dump_tasks()` in `mm/oom_kill.c`.

use oomkit_core::{
    ident::{Comm, OomScoreAdj, Pid, Uid},
    units::{Bytes, Pages},
};

use super::fields::{number, owned, signed};

/// What a column holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Column {
    /// `uid`, printed signed.
    Uid,
    /// `tgid`.
    Tgid,
    /// `total_vm`, in pages.
    TotalVm,
    /// `rss`, in pages.
    Rss,
    /// `rss_anon`, in pages.
    RssAnon,
    /// `rss_file`, in pages.
    RssFile,
    /// `rss_shmem`, in pages.
    RssShmem,
    /// `nr_ptes`, `nr_pmds` or `nr_puds`: page-table pages.
    PageTablePages,
    /// `pgtables_bytes`, which is bytes whatever the banner says.
    PageTableBytes,
    /// `swapents`, in pages.
    Swap,
    /// `cpu`, the processor that it last ran on.
    Cpu,
    /// `oom_adj`, from −17 to 15.
    OomAdj,
    /// `oom_score_adj`.
    OomScoreAdj,
    /// A column that no kernel read so far has, kept by its name.
    Unknown(String),
}

/// The columns between the pid and the name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Columns {
    /// From left to right.
    pub columns: Vec<Column>,
    /// Whether the line ended with `name`.
    pub complete: bool,
    /// Whether the pid's bracket is seven wide (since Linux 4.19).
    pub wide: bool,
}

/// Reads the header: `[  pid  ]   uid  tgid total_vm …  name`.
#[must_use]
pub fn read_header(text: &[u8]) -> Option<Columns> {
    let rest = text.trim_ascii_start().strip_prefix(b"[")?;
    let end = rest.iter().position(|byte| *byte == b']')?;
    let (bracket, rest) = rest.split_at_checked(end)?;
    if bracket.trim_ascii() != b"pid" {
        return None;
    }
    let mut header = Columns { wide: bracket.len() >= 7, ..Columns::default() };
    for word in rest.get(1..)?.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()) {
        if word == b"name" {
            header.complete = true;
            break;
        }
        header.columns.push(column(word));
    }
    Some(header)
}

fn column(word: &[u8]) -> Column {
    match word {
        b"uid" => Column::Uid,
        b"tgid" => Column::Tgid,
        b"total_vm" => Column::TotalVm,
        b"rss" => Column::Rss,
        b"rss_anon" => Column::RssAnon,
        b"rss_file" => Column::RssFile,
        b"rss_shmem" => Column::RssShmem,
        b"nr_ptes" | b"nr_pmds" | b"nr_puds" => Column::PageTablePages,
        b"pgtables_bytes" => Column::PageTableBytes,
        b"swapents" => Column::Swap,
        b"cpu" => Column::Cpu,
        b"oom_adj" => Column::OomAdj,
        b"oom_score_adj" => Column::OomScoreAdj,
        other => Column::Unknown(owned(other)),
    }
}

impl Columns {
    /// Guesses the columns from the first row where the header is lost; `None` where no era fits.
    #[must_use]
    pub fn guess(row: &[u8]) -> Option<Self> {
        use Column::{OomScoreAdj, PageTableBytes, PageTablePages, Rss, RssAnon, RssFile, RssShmem};
        use Column::{Swap, Tgid, TotalVm, Uid};
        let numbers = numbers(after_bracket(row)?.1);
        let tail: &[Column] = match numbers.as_slice() {
            [_, _, _, _, _, _, _, _, _, _, ..] => {
                &[RssAnon, RssFile, RssShmem, PageTableBytes, Swap, OomScoreAdj]
            }
            [_, _, _, _, _, _, _, _, ..] => &[PageTablePages, PageTablePages, Swap, OomScoreAdj],
            // Page tables in bytes come in whole pages of at least 4 KiB.
            [_, _, _, _, tables, _, _] if *tables == 0 || tables % 1024 == 0 => {
                &[PageTableBytes, Swap, OomScoreAdj]
            }
            [_, _, _, _, _, _, _] => &[PageTablePages, Swap, OomScoreAdj],
            _ => return None,
        };
        let columns = [Uid, Tgid, TotalVm, Rss].into_iter().chain(tail.iter().cloned()).collect();
        Some(Self { columns, complete: true, wide: false })
    }

    /// Tells whether the table has a column.
    #[must_use]
    pub fn has(&self, column: &Column) -> bool {
        self.columns.contains(column)
    }
}

fn numbers(mut text: &[u8]) -> Vec<i64> {
    let mut numbers = Vec::new();
    while let Some((value, rest)) = signed(text.trim_ascii_start()) {
        if rest.first().is_some_and(|byte| !byte.is_ascii_whitespace()) {
            break;
        }
        numbers.push(value);
        text = rest;
    }
    numbers
}

/// One row, in the kernel's own units.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The id of the thread that owns the memory.
    pub pid: Pid,
    /// The process id.
    pub tgid: Option<Pid>,
    /// The real user id.
    pub uid: Option<Uid>,
    /// The name.
    pub comm: Comm,
    /// The address space.
    pub total_vm: Option<Pages>,
    /// The resident pages.
    pub rss: Option<Pages>,
    /// The anonymous part.
    pub rss_anon: Option<Pages>,
    /// The file part.
    pub rss_file: Option<Pages>,
    /// The shared-memory part.
    pub rss_shmem: Option<Pages>,
    /// Page-table pages, all levels that the table has.
    pub page_table_pages: Option<Pages>,
    /// Page tables in bytes.
    pub page_table_bytes: Option<Bytes>,
    /// Pages in swap.
    pub swap: Option<Pages>,
    /// The processor.
    pub cpu: Option<u32>,
    /// The adjustment of old.
    pub oom_adj: Option<i64>,
    /// The adjustment.
    pub oom_score_adj: Option<OomScoreAdj>,
}

/// Tells whether a text has the shape of a row: a bracket with nothing but a number, then numbers.
#[must_use]
pub fn is_row(text: &[u8]) -> bool {
    let Some((_, mut rest)) = after_bracket(text) else { return false };
    for _ in 0..3 {
        let Some((_, after)) = signed(rest.trim_ascii_start()) else { return false };
        rest = after;
    }
    true
}

fn after_bracket(text: &[u8]) -> Option<(i64, &[u8])> {
    let rest = text.trim_ascii_start().strip_prefix(b"[")?;
    let (pid, rest) = number(rest.trim_ascii_start())?;
    Some((i64::try_from(pid).ok()?, rest.strip_prefix(b"]")?))
}

/// Returns how many columns of the row are there; a whole row has one for each, and a name.
#[must_use]
pub fn filled(text: &[u8], columns: &Columns) -> usize {
    let Some((_, mut rest)) = after_bracket(text) else { return 0 };
    for filled in 0..columns.columns.len() {
        let Some((_, after)) = signed(rest.trim_ascii_start()) else { return filled };
        rest = after;
    }
    columns.columns.len() + usize::from(!rest.is_empty())
}

/// Reads a row; takes exactly as many numbers as there are columns, since a name may start with one.
#[must_use]
pub fn read_row(text: &[u8], columns: &Columns) -> Option<Row> {
    let (pid, mut rest) = after_bracket(text)?;
    let mut row = Row::new(Pid::new(pid));
    for column in &columns.columns {
        let (value, after) = signed(rest.trim_ascii_start())?;
        if after.first().is_some_and(|byte| !byte.is_ascii_whitespace()) {
            return None;
        }
        row.set(column, value);
        rest = after;
    }
    // One space parts the last number from the name, which may begin with spaces of its own.
    let name = rest.strip_prefix(b" ").unwrap_or(rest);
    // Figures that stand where a name should are those of a table with other columns.
    (least(name) <= Comm::LONGEST).then_some(())?;
    row.comm = Comm::new(name);
    Some(row)
}

/// Returns how long a name is at least: what a log daemon writes for a byte that it does not print is
/// one byte, and blanks at the end may be the log's.
fn least(name: &[u8]) -> usize {
    let mut rest = name.trim_ascii_end();
    let mut length = 0;
    while !rest.is_empty() {
        let taken = match rest {
            [b'\\', b'x', a, b, ..] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit() => 4,
            [b'#' | b'\\', a @ b'0'..=b'3', b, c, ..] if is_octal(&[*a, *b, *c]) => 4,
            [b'\\', ..] => 2,
            [0xef, 0xbf, 0xbd, ..] => 3,
            _ => 1,
        };
        rest = rest.get(taken..).unwrap_or_default();
        length += 1;
    }
    length
}

fn is_octal(digits: &[u8]) -> bool {
    digits.iter().all(|digit| (b'0'..=b'7').contains(digit))
}

impl Row {
    fn new(pid: Pid) -> Self {
        Self {
            pid,
            tgid: None,
            uid: None,
            comm: Comm::default(),
            total_vm: None,
            rss: None,
            rss_anon: None,
            rss_file: None,
            rss_shmem: None,
            page_table_pages: None,
            page_table_bytes: None,
            swap: None,
            cpu: None,
            oom_adj: None,
            oom_score_adj: None,
        }
    }

    fn set(&mut self, column: &Column, value: i64) {
        let pages = u64::try_from(value).ok().map(Pages::new);
        match column {
            Column::Uid => self.uid = Some(Uid::new(value)),
            Column::Tgid => self.tgid = Some(Pid::new(value)),
            Column::TotalVm => self.total_vm = pages,
            Column::Rss => self.rss = pages,
            Column::RssAnon => self.rss_anon = pages,
            Column::RssFile => self.rss_file = pages,
            Column::RssShmem => self.rss_shmem = pages,
            Column::PageTablePages => {
                let sum = self.page_table_pages.unwrap_or_default().get();
                self.page_table_pages = pages.map(|pages| Pages::new(sum.saturating_add(pages.get())));
            }
            Column::PageTableBytes => self.page_table_bytes = u64::try_from(value).ok().map(Bytes::new),
            Column::Swap => self.swap = pages,
            Column::Cpu => self.cpu = u32::try_from(value).ok(),
            Column::OomAdj => self.oom_adj = Some(value),
            Column::OomScoreAdj => self.oom_score_adj = OomScoreAdj::new(value),
            Column::Unknown(_) => {}
        }
    }
}

/// Reads the banner `Tasks state (memory values in pages):`.
#[must_use]
pub fn is_banner(text: &[u8]) -> bool {
    text.trim_ascii().starts_with(b"Tasks state (memory values in pages)")
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEW: &str = "[  pid  ]   uid  tgid total_vm      rss rss_anon rss_file rss_shmem pgtables_bytes swapents oom_score_adj name";
    const OLD: &str = "[ pid ]   uid  tgid total_vm      rss cpu oom_adj oom_score_adj name";
    const RHEL7: &str = "[ pid ]   uid  tgid total_vm      rss nr_ptes swapents oom_score_adj name";

    fn check(header: &str, row: &str, name: &str, figures: [Option<u64>; 4]) {
        let columns = read_header(header.as_bytes()).unwrap();
        assert!(columns.complete && is_row(row.as_bytes()));
        let row = read_row(row.as_bytes(), &columns).unwrap_or_else(|| panic!("not read: {row}"));
        assert_eq!(row.comm, Comm::new(name.as_bytes()));
        let tables = row.page_table_bytes.map(Bytes::get).or(row.page_table_pages.map(Pages::get));
        assert_eq!(
            [row.total_vm.map(Pages::get), row.rss.map(Pages::get), tables, row.swap.map(Pages::get)],
            figures
        );
    }

    #[test]
    fn the_header_decides() {
        check(
            NEW,
            "[ 1234567]  1000 1234567  2628942  1995298  1995157      141         0 16052224        0          1000 (sd-pam)",
            "(sd-pam)",
            [Some(2_628_942), Some(1_995_298), Some(16_052_224), Some(0)],
        );
        check(
            OLD,
            "[  991]    48   991    52342     1021   1       0             0 httpd",
            "httpd",
            [Some(52342), Some(1021), None, None],
        );
        check(
            RHEL7,
            "[ 1436]     0  1436   217253   151894     310      102             0 python",
            "python",
            [Some(217_253), Some(151_894), Some(310), Some(102)],
        );
    }

    #[test]
    fn names_may_be_anything() {
        for name in ["123", " lead", "a] 12 [b", "] 0 0 (x", "", "7z", "two words "] {
            let row = format!("[    1]     0     1        2        3       4        5             0 {name}");
            check(RHEL7, &row, name, [Some(2), Some(3), Some(4), Some(5)]);
        }
    }

    #[test]
    fn stamps_and_cut_rows_are_no_rows() {
        let columns = read_header(RHEL7.as_bytes()).unwrap();
        for text in ["[12345.678901] 1 2 3 4", "[ 1] 0 1 2", "[ pid ] uid", "[1] x", ""] {
            assert_eq!(read_row(text.as_bytes(), &columns), None, "{text}");
        }
        assert!(!is_row(b"[12345.678901] 1 2 3 4"));
        assert_eq!(filled(b"[ 1] 0 1 2", &columns), 3);
    }

    #[test]
    fn a_lost_header_is_guessed_from_the_row() {
        let columns =
            Columns::guess(b"[    74]     0    74      581      334    32768        0         -1000 busybox");
        assert!(columns.unwrap().has(&Column::PageTableBytes));
        let columns =
            Columns::guess(b"[   74]     0    74      581      334      31        0         -1000 busybox");
        assert!(columns.unwrap().has(&Column::PageTablePages));
    }

    #[test]
    fn what_is_longer_than_a_name_is_none() {
        let columns = read_header(OLD.as_bytes()).unwrap();
        for (name, is_name) in [
            ("fifteen-letters", true),
            ("sixteen--letters", false),
            ("  606208        0             0 memhog", false),
            (r"a\x1b[31m\xe6\x97\xa5\xe6\x9c\xac", true),
            ("#346#227#245#346#234#254#350#252#236", true),
            ("\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}", true),
            ("nginx             ", true),
        ] {
            let row = format!("[  991]    48   991    52342     1021   1       0             0 {name}");
            assert_eq!(read_row(row.as_bytes(), &columns).is_some(), is_name, "{name}");
        }
    }
}
