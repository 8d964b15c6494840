//! Real kernels' logs, in each flavour, against what their guests saw.

use std::collections::BTreeSet;

use oomkit_core::limit::Limit;
use oomkit_decode::{
    Event,
    report::{EventKind, Scope, Victim},
};

use crate::support::{Complaints, TrueReport, bytes_of, is_oom, logs};

use super::pairs::*;

#[test]
fn every_report_is_one_event() {
    let mut c = Complaints::default();
    for (run, log) in logs() {
        let counted = log.decoded().counted();
        let orphans: usize = (0..run.truth.reports.len())
            .filter(|i| !in_a_group(&run.truth.reports[*i]))
            .map(|i| run.truth.victims_of(i).len().saturating_sub(1))
            .sum();
        // A panic long after the last report may stand alone.
        let late = |e: &&Event| {
            e.kind == EventKind::Panic && e.trigger.is_none() && e.machine.is_none() && e.task_rows == 0
        };
        let ooms = counted.iter().filter(|event| is_oom(event)).filter(|e| !late(e)).count();
        let of = |class: &str| run.truth.reports.iter().filter(|report| report.kind == class).count();
        if excepted(log, Concern::Forgery) {
            // The forged lines are one or two events more.
            let more = ooms.checked_sub(run.truth.n_oom_reports);
            if more.is_none_or(|more| more > 2) {
                c.add(
                    &log.file,
                    format!("{ooms} OOM events instead of {} and two forged ones", run.truth.n_oom_reports),
                );
            }
        } else {
            c.same(&log.file, "OOM events", ooms, run.truth.n_oom_reports + orphans);
        }
        c.same(&log.file, "reports in the truth", of("oom"), run.truth.n_oom_reports);
        for (class, kind) in [("alloc_failure", EventKind::AllocFailure), ("show_mem", EventKind::MemoryDump)]
        {
            let got = counted.iter().filter(|event| event.kind == kind).count();
            c.same(&log.file, class, got, of(class));
        }
        let foreign = counted.iter().filter(|event| event.kind == EventKind::UserspaceKill).count();
        c.same(&log.file, "kills by user space", foreign, 0);
    }
    c.settle();
}

fn in_a_group(report: &TrueReport) -> bool {
    report.notices.iter().any(|notice| notice.contains("memory.oom.group"))
}

#[test]
fn kinds_are_the_truth() {
    let mut c = Complaints::default();
    for p in whole() {
        let kind = match p.report.kind.as_str() {
            "alloc_failure" => EventKind::AllocFailure,
            "show_mem" => EventKind::MemoryDump,
            // Where the kernel killed and then panicked for want of more, the panic is what counts.
            _ if p.report.notices.iter().any(|notice| notice.starts_with("Kernel panic")) => EventKind::Panic,
            _ if !p.run.truth.victims_of(p.index).is_empty() => EventKind::OomKill,
            _ => EventKind::OomNoVictim,
        };
        c.same(&p.log.file, p.place("kind"), p.event.kind, kind);
    }
    c.settle();
}

#[test]
fn panics_are_the_truth() {
    let mut c = Complaints::default();
    for (run, log) in logs() {
        let said: Vec<&str> =
            log.decoded().counted().iter().filter_map(|event| event.panic.as_deref()).collect();
        match &run.truth.panic {
            Some(text) if said.len() != 1 || !said.iter().any(|said| said.contains(text.as_str())) => {
                c.add(&log.file, format!("panics {said:?} instead of {text:?}"));
            }
            None if !said.is_empty() => c.add(&log.file, format!("panics {said:?} instead of none")),
            _ => c.checked(),
        }
    }
    c.settle();
}

#[test]
fn scopes_are_the_truth() {
    let mut c = Complaints::default();
    for p in whole().iter().filter(|p| p.report.kind == "oom") {
        let scope = match p.run.truth.constraint.as_deref() {
            _ if p.run.truth.scenario == "sysrq_f" => Scope::Sysrq,
            Some("CONSTRAINT_MEMCG") => Scope::Memcg,
            Some("CONSTRAINT_CPUSET") => Scope::Cpuset,
            Some("CONSTRAINT_MEMORY_POLICY") => Scope::Mempolicy,
            _ => Scope::Global,
        };
        c.same(&p.log.file, p.place("scope"), p.event.scope, scope);
        let constraint = p.event.constraint.as_ref();
        // The name that the kernel prints; 5.0 and 5.1 print the same for every kill, and older ones none.
        if let (Some(printed), false) = (&p.report.constraint, p.event.scope_inferred) {
            c.same(
                &p.log.file,
                p.place("constraint"),
                constraint.and_then(|x| x.name.as_ref()),
                Some(printed),
            );
        }
        let of = |x: &Option<String>| x.as_deref().filter(|x| *x != "(null)").map(ToOwned::to_owned);
        let got = |pick: fn(&oomkit_decode::report::Constraint) -> &Option<String>| {
            constraint.and_then(|x| of(pick(x)))
        };
        if p.report.nodemask.is_some() {
            c.same(&p.log.file, p.place("nodemask"), got(|x| &x.nodemask), of(&p.report.nodemask));
        }
        if p.report.cpuset.is_some() {
            c.same(&p.log.file, p.place("cpuset"), got(|x| &x.cpuset), of(&p.report.cpuset));
        }
        if p.report.mems_allowed.is_some() {
            c.same(
                &p.log.file,
                p.place("mems_allowed"),
                got(|x| &x.mems_allowed),
                of(&p.report.mems_allowed),
            );
        }
        // Where nobody was chosen, the statistics alone say whose limit it was.
        let limited = p.report.oom_memcg.clone().or(p.report.memcg_stats_for.clone());
        c.same(&p.log.file, p.place("oom_memcg"), got(|x| &x.oom_memcg).or(limited.clone()), limited);
        c.same(&p.log.file, p.place("task_memcg"), got(|x| &x.task_memcg), of(&p.report.task_memcg));
    }
    c.settle();
}

#[test]
fn triggers_are_the_truth() {
    let mut c = Complaints::default();
    for p in whole() {
        let trigger = p.event.trigger.clone().unwrap_or_default();
        if let Some(comm) = &p.report.trigger_comm {
            same_name(&mut c, p.log, p.place("trigger.comm"), trigger.comm.as_ref(), comm);
        }
        let file = &p.log.file;
        if p.report.trigger_comm.as_ref().is_some_and(|name| is_cut(p.log, name)) {
            continue;
        }
        c.same(file, p.place("trigger.pid"), trigger.pid.map(|x| x.get()), p.report.trigger_pid);
        c.same(file, p.place("trigger.cpu"), trigger.cpu, p.report.trigger_cpu);
        c.same(file, p.place("trigger.gfp_mask"), trigger.gfp_mask, p.report.gfp_mask.clone());
        if let Some(flags) = &p.report.gfp_flags {
            let flags: Vec<String> =
                flags.split('|').filter(|flag| !flag.is_empty()).map(Into::into).collect();
            c.same(file, p.place("trigger.gfp_flags"), trigger.gfp_flags, flags);
        }
        c.same(file, p.place("trigger.order"), trigger.order.map(|x| x.get()), p.report.order);
        let adj = trigger.oom_score_adj.map(|x| i64::from(x.get()));
        c.same(file, p.place("trigger.oom_score_adj"), adj, p.report.trigger_oom_score_adj);
    }
    c.settle();
}

#[test]
fn victims_are_the_truth() {
    let mut c = Complaints::default();
    for (run, log) in logs() {
        // In the order of the log, over all events: a victim belongs to one event, and stands there once.
        // Where forgery cannot be told, the forged victims are the pids that no kernel kills.
        let forged = |victim: &&Victim| excepted(log, Concern::Forgery) && victim.pid.get() <= 2;
        let counted = log.decoded().counted();
        let got: Vec<&Victim> =
            counted.iter().flat_map(|event| &event.victims).filter(|x| !forged(x)).collect();
        let want: Vec<_> = (0..run.truth.reports.len()).flat_map(|i| run.truth.victims_of(i)).collect();
        let pids: Vec<i64> = got.iter().map(|victim| victim.pid.get()).collect();
        c.same(&log.file, "victims", pids, want.iter().map(|victim| victim.pid).collect());
        for (got, want) in got.iter().zip(&want).filter(|(got, want)| got.pid.get() == want.pid) {
            let place = |field: &str| format!("victim {} (line {}) {field}", want.pid, got.line);
            same_name(&mut c, log, place("comm"), Some(&got.comm), &want.comm);
            if is_cut(log, &want.comm) && got.total_vm_bytes.is_none() {
                continue;
            }
            for (field, got, want) in [
                ("total_vm", got.total_vm_bytes, want.total_vm_kb),
                ("anon_rss", got.anon_rss_bytes, want.anon_rss_kb),
                ("file_rss", got.file_rss_bytes, want.file_rss_kb),
                ("shmem_rss", got.shmem_rss_bytes, want.shmem_rss_kb),
            ] {
                c.same(&log.file, place(field), kib(got), want);
            }
            // Older kernels do not print these three on the kill line, and a reader may find them in the table.
            if want.pgtables_kb.is_some() {
                c.same(&log.file, place("pgtables"), kib(got.pgtables_bytes), want.pgtables_kb);
            }
            if want.uid.is_some() {
                c.same(&log.file, place("uid"), got.uid.map(|x| x.get()), want.uid);
            }
            if want.oom_score_adj.is_some() {
                let adj = got.oom_score_adj.map(|x| i64::from(x.get()));
                c.same(&log.file, place("oom_score_adj"), adj, want.oom_score_adj);
            }
            let named = run.truth.victims.iter().filter(|victim| victim.pid == want.pid).count();
            if run.truth.reports.iter().any(in_a_group) {
                c.same(&log.file, place("times_named"), got.times_named as usize, named);
            }
        }
    }
    c.settle();
}

#[test]
fn what_the_log_does_not_print_is_not_invented() {
    let mut c = Complaints::default();
    for p in pairs() {
        for (got, want) in p.event.victims.iter().zip(p.run.truth.victims_of(p.index)) {
            // Whatever is said beyond the kill line must be what the guest saw.
            let Some(guest) = p.run.truth.guest_processes.iter().find(|guest| guest.pid == want.pid) else {
                continue;
            };
            if bytes_of(&guest.comm) != bytes_of(&want.comm) {
                continue;
            }
            if let Some(uid) = got.uid {
                c.same(&p.log.file, p.place("victim.uid by /proc"), uid.get(), guest.uid);
            }
            if let Some(adj) = got.oom_score_adj {
                c.same(
                    &p.log.file,
                    p.place("victim.oom_score_adj by /proc"),
                    i64::from(adj.get()),
                    guest.oom_score_adj,
                );
            }
        }
    }
    c.settle();
}

#[test]
fn those_who_died_are_the_victims() {
    let mut c = Complaints::default();
    for (run, log) in logs().filter(|(_, log)| !excepted(log, Concern::Forgery)) {
        // What wait(2) told init is the one witness that never read the log.
        let died: BTreeSet<i64> = run.truth.sigkilled_seen_by_init.iter().map(|died| died.pid).collect();
        let counted = log.decoded().counted();
        let said: BTreeSet<i64> =
            counted.iter().flat_map(|event| &event.victims).map(|x| x.pid.get()).collect();
        if run.truth.victims_are_all_that_died {
            c.same(&log.file, "processes that died", said, died);
        } else {
            // The guest ended, or its kernel panicked, before init saw the last of them.
            let missing: Vec<_> = died.difference(&said).collect();
            c.same(&log.file, "processes that died and are no victims", missing, vec![]);
        }
    }
    c.settle();
}

#[test]
fn choices_and_scores_are_the_truth() {
    let mut c = Complaints::default();
    for p in pairs() {
        let quiet = excepted(p.log, Concern::Report);
        let cut = p.report.trigger_comm.as_ref().is_some_and(|name| is_cut(p.log, name));
        if let Some(pid) = p.report.chosen_pid.filter(|_| !quiet && !cut) {
            c.same(
                &p.log.file,
                p.place("selected.pid"),
                p.event.selected.as_ref().map(|x| x.pid.get()),
                Some(pid),
            );
        }
        if p.report.score.is_some() {
            c.same(
                &p.log.file,
                p.place("selected.score"),
                p.event.selected.as_ref().and_then(|x| x.score),
                p.report.score,
            );
            if let [victim] = p.event.victims.as_slice()
                && Some(victim.pid.get()) == p.report.chosen_pid
            {
                c.same(&p.log.file, p.place("victim.score"), victim.score, p.report.score);
            }
        } else {
            c.same(&p.log.file, p.place("no score"), p.event.selected.as_ref().and_then(|x| x.score), None);
        }
    }
    c.settle();
}

#[test]
fn cgroups_are_the_truth() {
    // What the kernel prints for "no limit", with pages of 4, 16 and 64 KiB.
    const NO_LIMIT: [u64; 3] = [9_007_199_254_740_988, 9_007_199_254_740_976, 9_007_199_254_740_928];
    let mut c = Complaints::default();
    let limit = |limit: Option<Limit>| limit.map(|limit| limit.size().map(|size| size.kib()));
    for p in whole() {
        let Some(memory) = p.report.usage.get("memory") else {
            c.same(&p.log.file, p.place("no cgroup"), p.event.memcg.is_none(), true);
            continue;
        };
        let Some(memcg) = &p.event.memcg else {
            c.add(&p.log.file, p.place("memcg is missing"));
            continue;
        };
        let path = p.report.oom_memcg.as_ref().or(p.report.memcg_stats_for.as_ref());
        c.same(&p.log.file, p.place("memcg.path"), memcg.path.as_ref(), path);
        c.same(&p.log.file, p.place("memcg.failcnt"), memcg.failcnt, Some(memory.failcnt));
        for (line, limit_got, usage_got) in [
            ("memory", memcg.limit_bytes, memcg.usage_bytes),
            ("swap", memcg.swap_limit_bytes, memcg.swap_usage_bytes),
            ("memory+swap", memcg.memsw_limit_bytes, memcg.memsw_usage_bytes),
            ("kmem", memcg.kmem_limit_bytes, memcg.kmem_usage_bytes),
        ] {
            let truth = p.report.usage.get(line);
            let want = truth.map(|usage| Some(usage.limit_kb).filter(|kb| !NO_LIMIT.contains(kb)));
            c.same(&p.log.file, p.place(format!("memcg {line} limit")), limit(limit_got), want);
            c.same(
                &p.log.file,
                p.place(format!("memcg {line} usage")),
                kib(usage_got),
                truth.map(|usage| usage.usage_kb),
            );
        }
    }
    c.settle();
}

#[test]
fn machines_are_the_truth() {
    let mut c = Complaints::default();
    for p in whole() {
        let machine = p.event.machine.clone().unwrap_or_default();
        let file = &p.log.file;
        c.same(
            file,
            p.place("machine.ram"),
            get(machine.ram_bytes),
            p.report.pages_ram.map(|pages| p.page(pages)),
        );
        if p.report.pages_ram.is_some() {
            // What the kernel prints is exactly what the guest calls MemTotal, in all of these kernels.
            c.same(
                file,
                p.place("machine.managed"),
                kib(machine.managed_bytes),
                Some(p.run.truth.total_ram_kb),
            );
        }
        c.same(file, p.place("machine.swap_total"), kib(machine.swap_total_bytes), p.report.total_swap_kb);
        c.same(file, p.place("machine.swap_free"), kib(machine.swap_free_bytes), p.report.free_swap_kb);
        if p.report.total_swap_kb.is_some() {
            c.same(
                file,
                p.place("swap of the guest"),
                kib(machine.swap_total_bytes),
                Some(p.run.truth.swap_total_kb),
            );
        }
    }
    c.settle();
}

#[test]
fn pages_and_kernels_are_the_truth() {
    let mut c = Complaints::default();
    for p in whole() {
        let page = p.event.page_size_bytes.bytes().kib();
        c.same(&p.log.file, p.place("page size"), page, p.run.truth.page_size_kb);
        let cut = p.report.trigger_comm.as_ref().is_some_and(|name| is_cut(p.log, name));
        if p.report.trigger_pid.is_some() && !cut {
            c.same(&p.log.file, p.place("kernel"), p.event.kernel.as_ref(), Some(&p.run.truth.kernel));
        }
    }
    c.settle();
}

#[test]
fn candidates_are_the_truth() {
    let mut c = Complaints::default();
    for p in whole() {
        let file = &p.log.file;
        c.same(file, p.place("task_rows"), p.event.task_rows, p.report.n_tasks_in_dump);
        if p.report.tasks_abridged {
            // The truth keeps some rows; each of them must be there.
            for want in &p.report.tasks {
                let known = p
                    .event
                    .tasks
                    .iter()
                    .any(|got| got.pid.get() == want.pid && get(got.rss_bytes) == Some(p.page(want.rss)));
                if known {
                    c.checked()
                } else {
                    c.add(file, p.place(format!("row of {} is missing", want.pid)))
                }
            }
            continue;
        }
        c.same(file, p.place("rows"), p.event.tasks.len(), p.report.tasks.len());
        for (got, want) in p.event.tasks.iter().zip(&p.report.tasks) {
            let place = |field: &str| p.place(format!("row {} {field}", want.pid));
            c.same(file, place("pid"), got.pid.get(), want.pid);
            same_name(&mut c, p.log, place("name"), Some(&got.comm), &want.name);
            c.same(file, place("uid"), got.uid.map(|x| x.get()), Some(want.uid));
            c.same(file, place("tgid"), got.tgid.map(|x| x.get()), Some(want.tgid));
            let pgtables = want.pgtables_bytes.or_else(|| {
                let pages = want.nr_ptes? + want.nr_pmds.unwrap_or(0);
                Some(p.page(pages))
            });
            for (field, got, want) in [
                ("total_vm", got.total_vm_bytes, Some(p.page(want.total_vm))),
                ("rss", got.rss_bytes, Some(p.page(want.rss))),
                ("rss_anon", got.rss_anon_bytes, want.rss_anon.map(|x| p.page(x))),
                ("rss_file", got.rss_file_bytes, want.rss_file.map(|x| p.page(x))),
                ("rss_shmem", got.rss_shmem_bytes, want.rss_shmem.map(|x| p.page(x))),
                ("page tables", got.pgtables_bytes, pgtables),
                ("swap", got.swap_bytes, Some(p.page(want.swapents))),
            ] {
                c.same(file, place(field), get(got), want);
            }
            let adj = got.oom_score_adj.map(|x| i64::from(x.get()));
            c.same(file, place("oom_score_adj"), adj, Some(want.oom_score_adj));
        }
    }
    c.settle();
}

#[test]
fn forged_lines_never_count() {
    let mut c = Complaints::default();
    for (run, log) in logs()
        .filter(|(run, log)| !run.truth.not_from_the_kernel.is_empty() && !excepted(log, Concern::Forgery))
    {
        let counted = log.decoded().counted();
        for event in &counted {
            let trigger = event.trigger.as_ref().and_then(|trigger| trigger.comm.as_ref());
            let words = run.truth.not_from_the_kernel.join("\n");
            if let Some(comm) = trigger
                && words.starts_with(&format!("{comm} invoked"))
            {
                c.add(&log.file, format!("line {}: a forged trigger is counted", event.first_line));
            }
            if event.victims.iter().any(|victim| victim.pid.get() <= 2) {
                c.add(&log.file, format!("line {}: a forged kill is counted", event.first_line));
            }
            c.checked();
        }
        c.same(&log.file, "counted events", counted.len(), run.truth.reports.len());
    }
    c.settle();
}

#[test]
fn wrappings_are_recognised() {
    let mut c = Complaints::default();
    for (run, log) in logs() {
        let want: &[&str] = match log.flavour.as_str() {
            _ if run.truth.scenario == "notime" && log.flavour != "kmsg" => &["bare"],
            "plain" => &["dmesg"],
            "console" | "console-full" => &["dmesg", "console"],
            "dmesg-T" => &["dmesg-ctime"],
            "dmesg-x" => &["dmesg-decoded"],
            "dmesg-iso" => &["dmesg-iso"],
            "dmesg-r" => &["dmesg-raw"],
            "kmsg" => &["kmsg"],
            // The short form of the journal is the classic form of syslog, to the letter.
            "rsyslog" | "journal-short" => &["syslog-rfc3164", "journal-short"],
            "journal-mono" => &["journal-short-monotonic"],
            "journal-json" => &["journal-json"],
            other => panic!("unknown flavour {other}"),
        };
        let got = log.decoded().input.transport.clone().unwrap_or_default();
        if want.contains(&got.as_str()) || (run.truth.scenario == "notime" && got.is_empty()) {
            c.checked();
        } else {
            c.add(&log.file, format!("transport {got:?} is none of {want:?}"));
        }
    }
    c.settle();
}

#[test]
fn clocks_are_the_truth() {
    let mut c = Complaints::default();
    for p in whole() {
        let flavour = p.log.flavour.as_str();
        let kernel_clock = !matches!(flavour, "dmesg-T" | "dmesg-iso" | "journal-short")
            && (p.run.truth.scenario != "notime" || flavour == "kmsg");
        // A request by hand announces itself one line before the report, and the event begins there.
        let announced = p.run.truth.scenario == "sysrq_f";
        if kernel_clock && !announced && !excepted(p.log, Concern::Clock) {
            c.same(
                &p.log.file,
                p.place("since_boot"),
                p.event.since_boot_seconds.map(|x| x.micros()),
                Some(p.report.t_us),
            );
        }
        if matches!(flavour, "dmesg-T" | "dmesg-iso" | "journal-short" | "rsyslog" | "journal-json") {
            c.same(&p.log.file, p.place("has a date"), p.event.at.is_some(), true);
        }
        if matches!(flavour, "journal-short" | "rsyslog" | "journal-json" | "journal-mono") {
            c.same(&p.log.file, p.place("host"), p.event.host.as_deref(), Some("oomlab"));
        }
    }
    c.settle();
}
