//! What kind of event it is, and what must not be concluded from it.

use crate::case::Case;

oomkit_core::rules! {
    Case;
    /// The diagnoses of the kind of event, by code.
    KIND = [
        requested_by_hand::REQUESTED_BY_HAND,
        cgroup_out_of_memory::CGROUP_OUT_OF_MEMORY,
        memcg_ancestor_limit::MEMCG_ANCESTOR_LIMIT,
        cpuset_bound::CPUSET_BOUND,
        mempolicy_bound::MEMPOLICY_BOUND,
        nodes_hidden::NODES_HIDDEN,
        policy_suspected::POLICY_SUSPECTED,
        nobody_to_kill::NOBODY_TO_KILL,
        panic_on_oom::PANIC_ON_OOM,
        allocating_task_killed::ALLOCATING_TASK_KILLED,
        group_kill::GROUP_KILL,
        trigger_is_not_victim::TRIGGER_IS_NOT_VICTIM,
        allocation_failure::ALLOCATION_FAILURE,
        reports_missing::REPORTS_MISSING,
        reaper_stuck::REAPER_STUCK,
        already_exiting::ALREADY_EXITING,
        node_out_of_memory::NODE_OUT_OF_MEMORY,
        user_space_killer::USER_SPACE_KILLER,
        unknown_constraint::UNKNOWN_CONSTRAINT,
        spurious::SPURIOUS,
    ]
}
