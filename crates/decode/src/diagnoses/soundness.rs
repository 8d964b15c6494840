//! Whether the dump itself can be believed; spoken before any verdict.

use oomkit_core::rule::Rule;

use crate::case::Case;

oomkit_core::rules! {
    Case;
    /// The diagnoses of the dump itself, by code.
    SOUNDNESS = [
        zones_left_out::ZONES_LEFT_OUT,
        zones_do_not_add_up::ZONES_DO_NOT_ADD_UP,
        free_list_damaged::FREE_LIST_DAMAGED,
        free_figures_differ::FREE_FIGURES_DIFFER,
        counters_exceed_memory::COUNTERS_EXCEED_MEMORY,
        victim_row_differs::VICTIM_ROW_DIFFERS,
        victim_not_listed::VICTIM_NOT_LISTED,
        chosen_not_killed::CHOSEN_NOT_KILLED,
        impossible_counters::IMPOSSIBLE_COUNTERS,
        statistics_cut::STATISTICS_CUT,
        empty_task_table::EMPTY_TASK_TABLE,
        no_task_table::NO_TASK_TABLE,
        messages_lost::MESSAGES_LOST,
        forged::FORGED,
    ]
}

/// The only diagnosis of lines that user space wrote.
pub(super) static FORGED: &[&Rule<Case>] = &[&forged::FORGED];
