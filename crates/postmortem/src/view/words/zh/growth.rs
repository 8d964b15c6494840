//! Growth, in Simplified Chinese.

use oomkit_snap::trend::{Doubt, Rate, Verdict};

use super::super::span;
use crate::incident::{Apart, Grown, NoGrowth, Subject};

/// Says why it is not known what grew.
pub(super) fn not_known(why: &NoGrowth) -> String {
    let damaged = match why {
        NoGrowth::NotSeen { damaged, .. } => unreadable(*damaged),
        _ => String::new(),
    };
    let why = match why {
        NoGrowth::NoStore => "未知：没有给出快照",
        NoGrowth::Apart { because: Apart::NoSnapshots } => "未知：快照库是空的",
        NoGrowth::Apart { because: Apart::OtherHost } => "未知：快照库属于另一台主机",
        NoGrowth::Apart { because: Apart::NoTime } => "未知：日志没有说明事件发生的时间",
        NoGrowth::Apart { because: Apart::OtherBoot } => "未知：快照库里没有那段时间的快照",
        NoGrowth::Apart { because: Apart::SeveralBoots } => "未知：快照库里有好几次启动都可能对应这份日志",
        NoGrowth::Damaged => "未知：快照库里没有此前一天的可读快照",
        NoGrowth::NobodyToBlame => "未知：没有哪个进程是元凶",
        NoGrowth::NotSeen { .. } => "未知：拍到它的快照太少，可见它是在最后几张快照之后才出现或增长的",
    };
    format!("{why}{damaged}")
}

/// Says that a part of the history is missing.
fn unreadable(damaged: u64) -> String {
    match damaged {
        0 => String::new(),
        count => format!("；此前有 {count} 张快照无法读取"),
    }
}

/// Says what grew, how fast, and when it was last seen.
pub(super) fn grew(grown: &Grown) -> String {
    let (first, last) = (grown.first.size, grown.last.size);
    let over = span(grown.last.at.since(grown.first.at).micros() / 1_000_000);
    let from_to = format!("在 {over} 内从 {first} 变为 {last}");
    let rate = |rate: Rate| format!("每小时 {}", rate.per_hour_bytes.magnitude());
    let what = match grown.trend.verdict {
        Verdict::Grows(by) => format!("持续增长，{}，{from_to}", rate(by)),
        Verdict::GrowsInRounds(by) => format!("一轮一轮地增长，留下的部分为{}，{from_to}", rate(by)),
        Verdict::Shrinks(by) => format!("在缩小，{}，{from_to}", rate(by)),
        Verdict::Settled { by_bytes } => format!("变化了 {by_bytes} 之后稳定下来，{from_to}"),
        Verdict::Stepped { by_bytes, .. } => format!("一下子上升了 {by_bytes}，{from_to}"),
        Verdict::Level => format!("没有变化：{from_to}"),
        Verdict::Uncertain { why: Doubt::TooFew } => format!("{from_to}；快照太少，算不出速度"),
        Verdict::Uncertain { .. } => format!("{from_to}，没有稳定的速度"),
    };
    let subject = match grown.subject {
        Subject::Process => "",
        Subject::Name => "同名进程合计",
        Subject::Cgroup => "它的 cgroup ",
    };
    let seen = span(grown.last_seen_seconds.micros() / 1_000_000);
    format!("{subject}{what}；最后一次拍到是在被杀前 {seen}{}", unreadable(grown.damaged))
}
