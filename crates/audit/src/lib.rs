//! The memory limit auditor: a limit model and a policy in, findings out.
