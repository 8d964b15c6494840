//! Simplified Chinese.

use oomkit_core::{finding::Confidence, limit::Limit, units::Bytes};
use oomkit_decode::{
    ContextKind,
    report::{Culprit, EventKind, Killer, Scope},
    view::Nothing,
};

use super::{Part, Words, advice, apart, catalogue, is_victim, span};
use crate::incident::{
    Agreement, Basis, Change, Clock, GapWhy, Growth, Happened, Incident, Killed, Matched, Missing, PatchKind,
    Risk, RiskWhy, What,
};

mod growth;

use growth::{grew, not_known};

/// Simplified Chinese.
pub(super) struct Chinese;

impl Words for Chinese {
    fn part(&self, part: Part) -> &'static str {
        match part {
            Part::Title => "事后分析",
            Part::ToBlame => "元凶",
            Part::Growth => "增长",
            Part::NotStopped => "为何没拦住",
            Part::StoppedBy => "由谁拦住",
            Part::SetIn => "限制写在",
            Part::AtRisk => "还有谁危险",
            Part::Do => "建议",
            Part::Patch => "可直接应用的改动",
            Part::WhyNotStopped => "为什么没有被拦住",
            Part::WhatStopped => "是什么拦住了它",
            Part::WhoIsToBlame => "元凶是谁",
            Part::Later => "后续几次杀死进程的起因",
            Part::WhatGrew => "进程被杀之前，是什么在增长",
            Part::WhoElse => "还有谁受害，或险些受害",
            Part::Timeline => "时间线",
            Part::Missing => "还有什么能说明更多",
            Part::Kill => "被杀时",
            Part::Who => "对象",
            Part::What => "发生了什么",
            Part::Role => "角色",
            Part::Line => "所在行",
            Part::After => "距被杀",
            Part::When => "时间",
        }
    }

    fn sure(&self, confidence: Confidence) -> &'static str {
        match confidence {
            Confidence::High => "确定",
            Confidence::Medium => "很可能",
            Confidence::Low => "只是猜测，请自行核实",
        }
    }

    fn rated(&self, text: &str, sure: Confidence) -> String {
        format!("{text}（{}）", self.sure(sure))
    }

    fn answer(&self, incident: &Incident) -> String {
        let happened = &incident.happened;
        let Some(victim) = happened.victims.first() else { return without_victim(incident) };
        let killed = format!("{}被杀死{}：", process(victim), holding(victim.held_bytes));
        killed + &filled(incident, victim) + &stopped(incident) + "。"
    }

    fn when(&self, happened: &Happened) -> String {
        let when = match (happened.at, happened.since_boot_seconds) {
            (Some(at), _) if happened.at_year_assumed => format!("{at}，年份是推定的"),
            (Some(at), _) => at.to_string(),
            (None, Some(since_boot)) => format!("系统启动后 {since_boot} s"),
            (None, None) => "日志没有给出时间".into(),
        };
        let host = happened.host.as_ref().map(|host| format!("，主机 {host}")).unwrap_or_default();
        let machine = match (happened.scope, happened.machine_bytes) {
            (Scope::Global, Some(size)) if happened.machine_inferred => {
                format!("；按内核的评分推算，内存与 swap 合计 {size}")
            }
            (Scope::Global, Some(size)) => format!("；整机内存 {size}"),
            _ => String::new(),
        };
        let mut kills = match (happened.kills, happened.repeats) {
            (0 | 1, _) => String::new(),
            (kills, 0) => format!("；接连杀死进程 {kills} 次"),
            (kills, repeats) => format!("；接连杀死进程 {kills} 次，其中 {repeats} 次又是同名进程"),
        };
        if 1 < happened.in_vain {
            kills += &format!("；OOM killer 被触发 {} 次，都找不到可以杀的进程", happened.in_vain);
        }
        if happened.panicked && happened.kind != EventKind::Panic {
            kills += "；最后内核发生 panic";
        }
        let earlier = match (happened.earlier, happened.earlier_at_least) {
            (0, _) => String::new(),
            (earlier, false) => format!("；同一批日志里，在此之前还有 {earlier} 起事件"),
            (earlier, true) => format!("；同一批日志里，在此之前至少还有 {earlier} 起事件"),
        };
        let kernel = if happened.crash_kernel {
            "；这是崩溃内核 (kdump)，它的内存本来就很少"
        } else {
            ""
        };
        format!("{when}{host}{machine}{kernel}{kills}{earlier}。")
    }

    fn blame(&self, incident: &Incident) -> String {
        let Some(culprit) = &incident.blame.culprit else {
            return match &incident.blame.cause {
                Some(cause) => match (content(cause), reason(cause)) {
                    (Some(content), _) => format!("不是某个进程，而是{}", apart(content)),
                    (None, reason) => format!("不是某个进程：{}", reason.unwrap_or(cause)),
                },
                None => "凭这份日志无法断定".into(),
            };
        };
        let size = culprit.bytes.map(|size| format!("，{size}")).unwrap_or_default();
        let kind = match culprit.kind.as_str() {
            "process" => String::new(),
            "group" => "一组进程 ".into(),
            "slab-cache" => "slab 缓存 ".into(),
            other => format!("{other} "),
        };
        let history = match incident.blame.history {
            Agreement::Agrees => "，历史记录与此相符",
            Agreement::OtherGrewMore { .. } => "，但历史记录里另有一个增长更多",
            Agreement::Nothing | Agreement::NobodyGrew => "",
        };
        format!("{kind}{}{size}{history}", culprit_name(incident, culprit))
    }

    fn explanation(&self, code: &str, english: &str) -> String {
        let quoted = || {
            let title = catalogue::title(code).map(|title| format!("{}。解码器的原文：", title.zh));
            title.unwrap_or_default() + english
        };
        advice::told(code, english, |said| said.zh).unwrap_or_else(quoted)
    }

    fn agreement(&self, agreement: &Agreement) -> String {
        match agreement {
            Agreement::Nothing => String::new(),
            Agreement::Agrees => "历史记录与此相符：增长的正是它。".into(),
            Agreement::OtherGrewMore { name, by_bytes } => {
                format!("历史记录存有疑问：被杀之前，{name} 增长得更多（{by_bytes}）。")
            }
            Agreement::NobodyGrew => {
                "历史记录里看不到它增长：它要么早就这么大，要么增长得太快，快照没有赶上。".into()
            }
        }
    }

    fn growth(&self, growth: &Growth) -> String {
        match growth {
            Growth::Unknown { why } => not_known(why),
            Growth::Seen(grown) => grew(grown),
        }
    }

    fn others_grew(&self, named: &str) -> String {
        format!("同一时段内，另外还有这些在增长：{named}。")
    }

    fn gap(&self, gap: &GapWhy) -> String {
        match gap {
            GapWhy::NoLimit { scope } => format!("{scope} 没有设置内存限制"),
            GapWhy::NoLimitSeen { cgroup } => {
                format!("最后一次看到它的 cgroup {cgroup} 时，这个 cgroup 及其所有上级都没有内存限制")
            }
            GapWhy::NoLimitByClass => {
                "它的 oom_score_adj 是 1000，这是 BestEffort pod 的值，而这类 pod 没有内存限制".into()
            }
            GapWhy::LimitAbove { scope, limit_bytes, held_bytes } => {
                format!("{scope} 的内存限制是 {limit_bytes}，高于它当时占用的 {held_bytes}")
            }
            GapWhy::NotInForce { scope, limit_bytes, held_bytes } => format!(
                "{scope} 写明的内存限制是 {limit_bytes}，它却占用了 {held_bytes}：实际生效的是另一个限制"
            ),
            GapWhy::LimitReached { limit_bytes, .. } => {
                format!("它自己的内存限制{}：整台机器并没有危险", of(*limit_bytes))
            }
            GapWhy::ParentLimitReached { cgroup, limit_bytes } => {
                format!("{cgroup} 的内存限制{}，这个限制由它和其他进程共用", of(*limit_bytes))
            }
            GapWhy::GroupLimitReached { cgroup: Some(cgroup), limit_bytes } => format!(
                "{cgroup} 的内存限制{}，是它自己的还是与其他进程共用的，日志没有说明：整台机器并没有危险",
                of(*limit_bytes)
            ),
            GapWhy::GroupLimitReached { cgroup: None, limit_bytes } => {
                format!("它所在的 cgroup 或某个上级的内存限制{}：整台机器并没有危险", of(*limit_bytes))
            }
            GapWhy::LimitWritten { scope, limit_bytes } => {
                format!("{limit_bytes} 这个内存限制就是 {scope} 的")
            }
            GapWhy::OtherLimit { scope, written_bytes: Some(written), reached_bytes } => format!(
                "{scope} 写明的内存限制是 {written}，而被触及的限制是 {reached_bytes}：实际生效的是另一个限制"
            ),
            GapWhy::OtherLimit { scope, written_bytes: None, reached_bytes } => {
                format!("{scope} 没有写内存限制，却触及了 {reached_bytes} 的限制：它是在别处设置的")
            }
            GapWhy::NotRecognised { workloads: 1 } => "给出的唯一一个工作负载，无法认定就是它".into(),
            GapWhy::NotRecognised { workloads } => {
                format!("给出的 {workloads} 个工作负载里，没有一个能认定就是它")
            }
            GapWhy::Unknown => "日志没有说明它有没有内存限制".into(),
        }
    }

    fn matched(&self, matched: Matched, others: u64) -> String {
        let by = match matched {
            Matched::Class => "仅凭它的等级 BestEffort 认出",
            Matched::Likeness => "仅凭相似的名称认出",
            Matched::Name => "按名称认出",
            Matched::Program => "按它运行的程序认出",
            Matched::Image => "按镜像认出",
            Matched::Pod => "按 pod 认出",
            Matched::Workload => "按工作负载自己的名称认出",
            Matched::Cgroup => "按 cgroup 认出",
        };
        match others {
            0 => by.into(),
            others => format!("{by}，另有 {others} 个同样符合"),
        }
    }

    fn written(&self, reason: &str, place: &str, by: &str) -> String {
        format!("{reason}；{place}，{by}")
    }

    fn risk(&self, risk: &Risk) -> String {
        let critical = risk.critical.as_ref().map(|what| format!("（{}）", self.critical(what)));
        format!("{}{}：{}", risk.name, critical.unwrap_or_default(), self.risk_why(risk))
    }

    fn risk_why(&self, risk: &Risk) -> String {
        match &risk.why {
            RiskWhy::KilledToo { .. } => "在同一起事件中也被杀死".into(),
            RiskWhy::Failed { kind } => format!("在同一小时内出现：{}", self.trouble(*kind)),
            RiskWhy::Next { rank: 1, held_bytes, .. } => {
                format!("下一个被杀的就会是它{}", holding(*held_bytes))
            }
            RiskWhy::Next { rank, held_bytes, .. } => {
                format!("在内核的候选顺序里排第 {rank}{}", holding(*held_bytes))
            }
            RiskWhy::Beside { .. } => "可能在同一台机器上".into(),
        }
    }

    fn critical(&self, what: &str) -> String {
        catalogue::role(what).map_or_else(|| what.to_owned(), |role| role.zh.to_owned())
    }

    fn trouble(&self, kind: ContextKind) -> &'static str {
        catalogue::trouble(kind).zh
    }

    fn change(&self, change: &Change) -> String {
        match change {
            Change::Limit { scope, name, confidence, limit_bytes, basis, spelled, patch } => {
                let whose = scope.as_ref().or(name.as_ref());
                let whose = whose.map_or_else(|| "它的".into(), |whose| format!(" {whose} 的"));
                let spelled = if spelled.is_empty() { String::new() } else { format!("，即 {spelled}") };
                let file = patch.as_ref().map(|patch| format!("，写在 {}", patch.file)).unwrap_or_default();
                let verb = if matches!(basis, Basis::Raised { .. }) { "提高到" } else { "设为" };
                let doubt =
                    if *confidence == Confidence::Low { "（如果它确实在那里运行）" } else { "" };
                format!("把{whose}内存限制{verb} {limit_bytes}{spelled}{file}{doubt}：{}", based_on(basis))
            }
            Change::Leak { name, per_hour_bytes } => format!(
                "查明 {name} 为什么每小时增长 {}：内存限制只能控制损失，治不了病根",
                per_hour_bytes.magnitude()
            ),
            Change::Advice { code, text } => {
                let told = advice::told(code, text, |said| said.zh);
                format!("{}（{code}）", told.as_deref().unwrap_or(text))
            }
        }
    }

    fn patch(&self, kind: PatchKind, file: &str) -> String {
        match kind {
            PatchKind::Diff => format!("用 `patch -p0` 应用，或手工改 {file}："),
            PatchKind::DropIn => format!("存为 {file}，然后执行 `systemctl daemon-reload`："),
            PatchKind::Override => format!("存为 {file}，放在 Compose 文件旁边："),
            PatchKind::KubernetesPatch => {
                format!("存为 {file}，用 `kubectl patch --patch-file` 应用；更好的做法是直接改清单文件：")
            }
        }
    }

    fn no_patch(&self, file: &str) -> String {
        format!("没有写入 {file}：无法确定内存限制由哪个文件设置，或应设为多少。")
    }

    fn what(&self, what: &What) -> String {
        match what {
            What::Killed { comm, pid, held_bytes } => {
                format!("杀死 {comm}（pid {pid}）{}", holding(*held_bytes))
            }
            What::KillerRan => "OOM killer 被触发；被杀的是谁，日志没有记录".into(),
            What::NobodyToKill => "OOM killer 被触发，却找不到可以杀的进程".into(),
            What::Panicked => "内存耗尽，内核发生 panic".into(),
            What::KilledByProgram { killer, target: Some(target) } => {
                format!("杀死 {target}，动手的是 {killer}")
            }
            What::KilledByProgram { killer, target: None } => {
                format!("{killer} 采取了行动；对象是谁，日志没有记录")
            }
            What::Trouble { kind, subject, count } => {
                let subject = subject.as_ref().map(|subject| format!("：{subject}")).unwrap_or_default();
                let times = if 1 < *count { format!("，{count} 次") } else { String::new() };
                format!("{}{subject}{times}", self.trouble(*kind))
            }
            What::Held { name, held_bytes } => format!("{name} 占用 {held_bytes}"),
        }
    }

    fn clock(&self, clock: Clock) -> String {
        match clock {
            Clock::Both => "日志与快照库按内核时钟对齐；两边的墙上时钟一致。".into(),
            Clock::KernelAndOffset { seconds } => {
                let apart = span(seconds.unsigned_abs());
                format!("日志与快照库按内核时钟对齐；日志的墙上时钟相差 {apart}，像是一个没有写明的时区。")
            }
            Clock::KernelAlone => {
                "日志与快照库只按内核时钟对齐，因为日志没有别的时钟：另一次运行时间相同的启动看起来也会一样。"
                    .into()
            }
            Clock::WallAlone => {
                "日志与快照库只按墙上时钟对齐，因为其中一方没有别的时钟：其间若有人调过时钟，两边就会错位。"
                    .into()
            }
        }
    }

    fn left_out(&self, moments: usize) -> String {
        format!("另有 {moments} 个离被杀较远的时刻没有列出；--format json 会全部列出。")
    }

    fn missing(&self, missing: Missing) -> &'static str {
        match missing {
            Missing::Store => {
                "本机的快照能说明是什么在增长、从何时开始、有多快（每分钟运行一次 oomkit snap take）"
            }
            Missing::SnapshotsOfThatTime => {
                "快照库里没有拍到它的快照；每分钟拍一次就会有（oomkit snap take）"
            }
            Missing::Manifests => "清单文件能说明缺了哪个内存限制，以及该写在哪里（--manifests）",
            Missing::Names => "pod 和容器的名称能说明是哪个工作负载（--names）",
            Missing::TaskTable => "任务表能说明当时还有谁、下一个会轮到谁（vm.oom_dump_tasks=1）",
            Missing::TaskRows => "任务表缺失的那些行能说明当时还有谁、下一个会轮到谁",
            Missing::Time => "日志里若有时间，就能与快照对上（dmesg -T，或 journal）",
            Missing::Shares => {
                "历史记录能说明共用这个限制的各方各需要多少；没有它，单独一方的限制没有依据，因此不给出数值"
            }
        }
    }

    fn nothing(&self, nothing: Nothing) -> &'static str {
        match nothing {
            Nothing::Suppressed => "没有找到 OOM 报告，但内存确实耗尽过：内核说它抑制了这些报告。",
            Nothing::ToldByPrograms => "没有找到 OOM 报告，但有程序说内存耗尽了：缺的是内核自己的记录。",
            Nothing::NoLines => "没有找到 OOM 事件。",
            Nothing::KernelWasSilent => "没有找到 OOM 事件：就这份日志来看，问题不在内存。",
            Nothing::NoKernelLines => {
                "没有找到 OOM 事件，也没有任何内核日志行：凭这份日志无法判断内存是否耗尽过。"
            }
        }
    }

    fn decoder_speaks_english(&self) -> &'static str {
        "以下是解码器的说明，目前只有英文。"
    }
}

fn process(killed: &Killed) -> String {
    format!("{}（pid {}）", killed.comm, killed.pid)
}

fn holding(held: Option<Bytes>) -> String {
    held.map(|held| format!("，当时占用 {held}")).unwrap_or_default()
}

fn of(limit: Option<Bytes>) -> String {
    limit.map(|limit| format!(" {limit}")).unwrap_or_default()
}

/// Names who is to blame, by its process id too where it is another process than the one that was killed.
fn culprit_name(incident: &Incident, culprit: &Culprit) -> String {
    let is_told = incident.happened.victims.first().is_some_and(|victim| is_victim(culprit, victim));
    match culprit.pid {
        Some(pid) if !is_told => format!("{}（pid {pid}）", culprit.name),
        _ => culprit.name.clone(),
    }
}

/// Says what was full, and who had filled it.
fn filled(incident: &Incident, victim: &Killed) -> String {
    let what = match incident.happened.scope {
        Scope::Global => "整台机器的内存",
        Scope::Memcg => &match incident.happened.limit_bytes {
            Some(Limit::At(limit)) => format!("它所在的 cgroup（内存限制 {limit}）"),
            _ => "它所在的 cgroup".into(),
        },
        Scope::Cpuset | Scope::Mempolicy => "它可以使用的那部分内存",
        Scope::Sysrq => return "这是有人手动要求的".into(),
        Scope::Unknown => return unknown_memory(incident),
    };
    let what = if incident.happened.crash_kernel { "崩溃内核的内存" } else { what };
    match &incident.blame.culprit {
        Some(culprit) if is_victim(culprit, victim) => {
            format!("是它自己占满了{what}")
        }
        Some(culprit) => format!("{what}已满，占满的是 {}", culprit_name(incident, culprit)),
        None => match &incident.blame.cause {
            Some(cause) => match (content(cause), reason(cause)) {
                (Some(content), _) => format!("{what}被{}占满", apart(content)),
                (None, Some(reason)) => reason.into(),
                (None, None) => format!("{what}不够用了（{cause}）"),
            },
            None => format!("{what}已满，是谁占满的还不能确定"),
        },
    }
}

/// Says who killed where the kernel did not, with its own words.
fn unknown_memory(incident: &Incident) -> String {
    match &incident.happened.killer {
        Some(Killer { name, reason: Some(reason), .. }) => {
            format!("动手的是 {name}，不是内核；它给出的理由是 {reason}")
        }
        Some(Killer { name, .. }) => format!("动手的是 {name}，不是内核"),
        None => "日志没有说明耗尽的是谁的内存".into(),
    }
}

/// Names what memory was full of, by the cause; `None` for a cause that is nothing to be full of.
fn content(cause: &str) -> Option<&'static str> {
    catalogue::content(cause).map(|content| content.zh)
}

/// Says why memory was out, for a cause that is nothing to be full of.
fn reason(cause: &str) -> Option<&'static str> {
    catalogue::reason(cause).map(|reason| reason.zh)
}

/// Says whether anything stopped it.
fn stopped(incident: &Incident) -> String {
    // Of a victim that only stands in for the one to blame nothing is said here.
    let blamed = incident.blame.culprit.as_ref();
    let Some(gap) = blamed.and_then(|_| incident.gaps.first()) else { return String::new() };
    let doubt = match gap.confidence {
        Confidence::High => "",
        Confidence::Medium => "很可能",
        Confidence::Low => "似乎",
    };
    match &gap.why {
        GapWhy::NoLimit { .. } | GapWhy::NoLimitSeen { .. } | GapWhy::NoLimitByClass => {
            format!("，而且{doubt}没有任何内存限制拦住它")
        }
        GapWhy::LimitAbove { limit_bytes, .. } => {
            format!("，而且{doubt}它的内存限制 {limit_bytes} 定得太高，没能拦住它")
        }
        GapWhy::NotInForce { .. } => format!("，而且{doubt}写明的内存限制并没有生效"),
        // The limit is named with what was full.
        GapWhy::LimitReached { .. }
        | GapWhy::ParentLimitReached { .. }
        | GapWhy::GroupLimitReached { .. }
        | GapWhy::LimitWritten { .. }
        | GapWhy::OtherLimit { .. } => String::new(),
        GapWhy::NotRecognised { .. } | GapWhy::Unknown => String::new(),
    }
}

fn without_victim(incident: &Incident) -> String {
    match incident.happened.kind {
        EventKind::OomKill => "OOM killer 被触发；被杀的是谁，日志没有记录。".into(),
        EventKind::OomNoVictim => "OOM killer 被触发，却找不到可以杀的进程。".into(),
        EventKind::Panic => "内存耗尽，内核发生 panic。".into(),
        EventKind::AllocFailure if incident.happened.stalled => {
            "有一次内存分配等了很久；没有进程被杀。".into()
        }
        EventKind::AllocFailure => "有一次内存分配失败；没有进程被杀。".into(),
        EventKind::MemoryDump => "有人要求打印内存计数；没有进程被杀。".into(),
        EventKind::UserspaceKill => match &incident.happened.killer {
            Some(Killer { name, target: Some(target), reason }) => {
                let reason = reason.as_ref().map(|reason| format!("；它给出的理由是 {reason}"));
                format!("{target} 被杀死，动手的是 {name}，不是内核{}。", reason.unwrap_or_default())
            }
            _ => "用户空间的 OOM 守护程序采取了行动；被杀的是谁，日志没有记录。".into(),
        },
    }
}

fn based_on(basis: &Basis) -> String {
    match basis {
        Basis::Peak { peak_bytes, headroom_percent } => {
            format!("取它的最高用量 {peak_bytes}，再留 {headroom_percent} % 的余量")
        }
        Basis::Usual { usual_bytes, headroom_percent } => {
            format!("取它增长之前的用量 {usual_bytes}，再留 {headroom_percent} % 的余量")
        }
        Basis::Beside { machine_bytes, others_bytes } => {
            format!(
                "整机 {machine_bytes} 中，其他进程占了 {others_bytes}，再给它们留一成增长余地；这不是对其实际需要的测量"
            )
        }
        Basis::Half { machine_bytes } => {
            format!("最多取 {machine_bytes} 的一半，好让其他进程活下去；这不是对其实际需要的测量")
        }
        Basis::Raised { limit_bytes } => {
            format!("没有泄漏就达到了 {limit_bytes}，因此再加上它的一半")
        }
    }
}
