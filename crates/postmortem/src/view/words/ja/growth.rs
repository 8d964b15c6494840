//! Growth, in Japanese.

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
        NoGrowth::NoStore => "不明: スナップショットが渡されていません",
        NoGrowth::Apart { because: Apart::NoSnapshots } => "不明: ストアが空です",
        NoGrowth::Apart { because: Apart::OtherHost } => "不明: ストアは別のホストのものです",
        NoGrowth::Apart { because: Apart::NoTime } => "不明: いつのことかがログから分かりません",
        NoGrowth::Apart { because: Apart::OtherBoot } => {
            "不明: その時刻のスナップショットがストアにありません"
        }
        NoGrowth::Apart { because: Apart::SeveralBoots } => {
            "不明: ストアにある複数の起動が、ログの起動に当たる可能性があります"
        }
        NoGrowth::Damaged => "不明: 直前の一日に、読めるスナップショットがストアにありません",
        NoGrowth::NobodyToBlame => "不明: 原因となったプロセスはありません",
        NoGrowth::NotSeen { .. } => {
            "不明: 対象が写ったスナップショットが少なすぎます。最後の数枚より後に現れたか、増えたものです"
        }
    };
    format!("{why}{damaged}")
}

/// Says that a part of the history is missing.
fn unreadable(damaged: u64) -> String {
    match damaged {
        0 => String::new(),
        count => format!("。それ以前のスナップショット {count} 枚が読めません"),
    }
}

/// Says what grew, how fast, and when it was last seen.
pub(super) fn grew(grown: &Grown) -> String {
    let (first, last) = (grown.first.size, grown.last.size);
    let over = span(grown.last.at.since(grown.first.at).micros() / 1_000_000);
    let from_to = format!("{over} の間に {first} から {last} へ");
    let rate = |rate: Rate| format!("毎時 {}", rate.per_hour_bytes.magnitude());
    let what = match grown.trend.verdict {
        Verdict::Grows(by) => format!("{} の速さで増加、{from_to}", rate(by)),
        Verdict::GrowsInRounds(by) => format!("周期的に増加し、そのうち{} が残留、{from_to}", rate(by)),
        Verdict::Shrinks(by) => format!("{} の速さで減少、{from_to}", rate(by)),
        Verdict::Settled { by_bytes } => format!("{by_bytes} 変化した後に安定、{from_to}"),
        Verdict::Stepped { by_bytes, .. } => format!("一度に {by_bytes} 上昇、{from_to}"),
        Verdict::Level => format!("変化なし、{from_to}"),
        Verdict::Uncertain { why: Doubt::TooFew } => {
            format!("{from_to}。スナップショットが少なく、速さは求められません")
        }
        Verdict::Uncertain { .. } => format!("{from_to}。一定の速さはありません"),
    };
    let subject = match grown.subject {
        Subject::Process => "",
        Subject::Name => "同じ名前のプロセスの合計: ",
        Subject::Cgroup => "その cgroup: ",
    };
    let seen = span(grown.last_seen_seconds.micros() / 1_000_000);
    format!("{subject}{what}。最後に写ったのは強制終了の {seen} 前です{}", unreadable(grown.damaged))
}
