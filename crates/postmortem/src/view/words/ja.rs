//! Japanese.

use super::{Part, Words, advice, apart, catalogue, is_victim, span};
use crate::incident::{
    Agreement, Basis, Change, Clock, GapWhy, Growth, Happened, Incident, Killed, Matched, Missing, PatchKind,
    Risk, RiskWhy, What,
};
use oomkit_core::{finding::Confidence, limit::Limit, units::Bytes};
use oomkit_decode::{
    ContextKind,
    report::{Culprit, EventKind, Killer, Scope},
    view::Nothing,
};

mod growth;

use growth::{grew, not_known};

/// Japanese.
pub(super) struct Japanese;

impl Words for Japanese {
    fn part(&self, part: Part) -> &'static str {
        match part {
            Part::Title => "事後分析",
            Part::ToBlame => "主な原因",
            Part::Growth => "増加",
            Part::NotStopped => "止まらなかった理由",
            Part::StoppedBy => "止めたもの",
            Part::SetIn => "上限の設定箇所",
            Part::AtRisk => "ほかに危険なもの",
            Part::Do => "まず行うこと",
            Part::Patch => "そのまま適用できる変更",
            Part::WhyNotStopped => "なぜ何にも止められなかったか",
            Part::WhatStopped => "何が止めたか",
            Part::WhoIsToBlame => "主な原因はどれか",
            Part::Later => "その後の強制終了の原因",
            Part::WhatGrew => "強制終了の前に何が増えていたか",
            Part::WhoElse => "ほかに被害を受けた、または受けかねなかったもの",
            Part::Timeline => "時系列",
            Part::Missing => "何があればさらに分かったか",
            Part::Kill => "強制終了時",
            Part::Who => "対象",
            Part::What => "内容",
            Part::Role => "役割",
            Part::Line => "該当行",
            Part::After => "終了から",
            Part::When => "時刻",
        }
    }

    fn sure(&self, confidence: Confidence) -> &'static str {
        match confidence {
            Confidence::High => "確実",
            Confidence::Medium => "可能性が高い",
            Confidence::Low => "推測にすぎません。ご自身で確認を",
        }
    }

    fn rated(&self, text: &str, sure: Confidence) -> String {
        format!("{text} ({})", self.sure(sure))
    }

    fn answer(&self, incident: &Incident) -> String {
        let happened = &incident.happened;
        let Some(victim) = happened.victims.first() else { return without_victim(incident) };
        let held = victim.held_bytes.map(|held| format!(" {held} を使用中に")).unwrap_or_default();
        let killed = format!("{} は{held}強制終了されました。", process(victim));
        killed + &filled(incident, victim) + &stopped(incident) + "。"
    }

    fn when(&self, happened: &Happened) -> String {
        let when = match (happened.at, happened.since_boot_seconds) {
            (Some(at), _) if happened.at_year_assumed => format!("{at} (年は推定)"),
            (Some(at), _) => at.to_string(),
            (None, Some(since_boot)) => format!("起動から {since_boot} s 後"),
            (None, None) => "時刻はログから分かりません".into(),
        };
        let host = happened.host.as_ref().map(|host| format!("、ホスト {host}")).unwrap_or_default();
        let machine = match (happened.scope, happened.machine_bytes) {
            (Scope::Global, Some(size)) if happened.machine_inferred => {
                format!("。カーネルのスコアから逆算すると、メモリと swap は合わせて {size} です")
            }
            (Scope::Global, Some(size)) => format!("。マシンのメモリは {size} です"),
            _ => String::new(),
        };
        let mut kills = match (happened.kills, happened.repeats) {
            (0 | 1, _) => String::new(),
            (kills, 0) => format!("。強制終了が {kills} 回続きました"),
            (kills, repeats) => {
                format!("。強制終了が {kills} 回続き、うち {repeats} 回は同じ名前のプロセスが再び対象でした")
            }
        };
        if 1 < happened.in_vain {
            kills += &format!(
                "。OOM killer が {} 回動作しましたが、強制終了できるプロセスは見つかりませんでした",
                happened.in_vain
            );
        }
        if happened.panicked && happened.kind != EventKind::Panic {
            kills += "。最後にカーネルがパニックしました";
        }
        let earlier = match (happened.earlier, happened.earlier_at_least) {
            (0, _) => String::new(),
            (earlier, false) => format!("。同じログには、これより前にも障害が {earlier} 件あります"),
            (earlier, true) => format!("。同じログには、これより前にも障害が少なくとも {earlier} 件あります"),
        };
        let kernel = if happened.crash_kernel {
            "。これはクラッシュカーネル (kdump) で、メモリはもともとわずかです"
        } else {
            ""
        };
        format!("{when}{host}{machine}{kernel}{kills}{earlier}。")
    }

    fn blame(&self, incident: &Incident) -> String {
        let Some(culprit) = &incident.blame.culprit else {
            return match &incident.blame.cause {
                Some(cause) => match (content(cause), reason(cause)) {
                    (Some(content), _) => format!("プロセスではなく、{content}"),
                    (None, reason) => format!("プロセスではありません。{}", reason.unwrap_or(cause)),
                },
                None => "このログからは断定できません".into(),
            };
        };
        let size = culprit.bytes.map(|size| format!("、{size}")).unwrap_or_default();
        let kind = match culprit.kind.as_str() {
            "process" => String::new(),
            "group" => "プロセス群 ".into(),
            "slab-cache" => "slab キャッシュ ".into(),
            other => format!("{other} "),
        };
        let history = match incident.blame.history {
            Agreement::Agrees => "。履歴とも一致します",
            Agreement::OtherGrewMore { .. } => "。ただし履歴では、ほかにもっと増えたものがあります",
            Agreement::Nothing | Agreement::NobodyGrew => "",
        };
        format!("{kind}{}{size}{history}", culprit_name(incident, culprit))
    }

    fn explanation(&self, code: &str, english: &str) -> String {
        let quoted = || {
            let title = catalogue::title(code).map(|title| format!("{}。デコーダーの原文: ", title.ja));
            title.unwrap_or_default() + english
        };
        advice::told(code, english, |said| said.ja).unwrap_or_else(quoted)
    }

    fn agreement(&self, agreement: &Agreement) -> String {
        match agreement {
            Agreement::Nothing => String::new(),
            Agreement::Agrees => "履歴とも一致します。増えていたのはまさにこれです。".into(),
            Agreement::OtherGrewMore { name, by_bytes } => {
                format!("履歴には疑問が残ります。強制終了の前に、{name} のほうが多く増えていました ({by_bytes})。")
            }
            Agreement::NobodyGrew => {
                "履歴にはこれの増加が見えません。以前から大きかったか、スナップショットが間に合わないほど速く増えたかです。".into()
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
        format!("同じ期間に、ほかに次のものが増えていました: {named}。")
    }

    fn gap(&self, gap: &GapWhy) -> String {
        match gap {
            GapWhy::NoLimit { scope } => format!("{scope} にはメモリ上限がありません"),
            GapWhy::NoLimitSeen { cgroup } => {
                format!("最後に確認した時点で、cgroup {cgroup} とその上位のどれにもメモリ上限がありませんでした")
            }
            GapWhy::NoLimitByClass => {
                "oom_score_adj が 1000 です。これは BestEffort の pod の値で、この種の pod にはメモリ上限がありません".into()
            }
            GapWhy::LimitAbove { scope, limit_bytes, held_bytes } => {
                format!("{scope} のメモリ上限 {limit_bytes} は、使用量 {held_bytes} を上回っています")
            }
            GapWhy::NotInForce { scope, limit_bytes, held_bytes } => format!(
                "{scope} に書かれたメモリ上限は {limit_bytes} ですが、使用量は {held_bytes} でした。実際に効いていたのは別の上限です"
            ),
            GapWhy::LimitReached { limit_bytes, .. } => {
                format!("自身のメモリ上限{}。マシン全体に危険はありませんでした", of(*limit_bytes))
            }
            GapWhy::ParentLimitReached { cgroup, limit_bytes } => {
                format!("{cgroup} のメモリ上限{}。ほかのプロセスと共有している上限です", of(*limit_bytes))
            }
            GapWhy::GroupLimitReached { cgroup: Some(cgroup), limit_bytes } => format!(
                "{cgroup} のメモリ上限{}。自身の上限か共有の上限かは、ログから分かりません。マシン全体に危険はありませんでした",
                of(*limit_bytes)
            ),
            GapWhy::GroupLimitReached { cgroup: None, limit_bytes } => format!(
                "所属する cgroup またはその上位のメモリ上限{}。マシン全体に危険はありませんでした",
                of(*limit_bytes)
            ),
            GapWhy::LimitWritten { scope, limit_bytes } => {
                format!("{limit_bytes} の上限は {scope} のものです")
            }
            GapWhy::OtherLimit { scope, written_bytes: Some(written), reached_bytes } => format!(
                "{scope} に書かれたメモリ上限は {written} ですが、達した上限は {reached_bytes} です。実際に効いていたのは別の上限です"
            ),
            GapWhy::OtherLimit { scope, written_bytes: None, reached_bytes } => format!(
                "{scope} にメモリ上限は書かれていませんが、{reached_bytes} の上限に達しました。上限は別の場所で設定されています"
            ),
            GapWhy::NotRecognised { workloads: 1 } => {
                "渡されたただ一つのワークロードがこれだとは確認できません".into()
            }
            GapWhy::NotRecognised { workloads } => {
                format!("渡された {workloads} 個のワークロードのうち、これだと確認できるものはありません")
            }
            GapWhy::Unknown => "メモリ上限があったかどうかは、ログから分かりません".into(),
        }
    }

    fn matched(&self, matched: Matched, others: u64) -> String {
        let by = match matched {
            Matched::Class => "クラス BestEffort だけを手がかりに特定",
            Matched::Likeness => "名前の類似だけを手がかりに特定",
            Matched::Name => "名前で特定",
            Matched::Program => "実行するプログラムで特定",
            Matched::Image => "イメージで特定",
            Matched::Pod => "pod で特定",
            Matched::Workload => "ワークロード自身の名前で特定",
            Matched::Cgroup => "cgroup で特定",
        };
        match others {
            0 => by.into(),
            others => format!("{by} (同じく当てはまるものがほかに {others} 個)"),
        }
    }

    fn written(&self, reason: &str, place: &str, by: &str) -> String {
        format!("{reason}。{place}、{by}")
    }

    fn risk(&self, risk: &Risk) -> String {
        let critical = risk.critical.as_ref().map(|what| format!(" ({})", self.critical(what)));
        format!("{}{}: {}", risk.name, critical.unwrap_or_default(), self.risk_why(risk))
    }

    fn risk_why(&self, risk: &Risk) -> String {
        match &risk.why {
            RiskWhy::KilledToo { .. } => "同じ障害で強制終了されました".into(),
            RiskWhy::Failed { kind } => format!("同じ一時間以内に発生: {}", self.trouble(*kind)),
            RiskWhy::Next { rank: 1, held_bytes, .. } => {
                format!("次に強制終了されるところでした{}", holding(*held_bytes))
            }
            RiskWhy::Next { rank, held_bytes, .. } => {
                format!("カーネルの候補順で {rank} 番目でした{}", holding(*held_bytes))
            }
            RiskWhy::Beside { .. } => "同じマシンで動いている可能性あり".into(),
        }
    }

    fn critical(&self, what: &str) -> String {
        catalogue::role(what).map_or_else(|| what.to_owned(), |role| role.ja.to_owned())
    }

    fn trouble(&self, kind: ContextKind) -> &'static str {
        catalogue::trouble(kind).ja
    }

    fn change(&self, change: &Change) -> String {
        match change {
            Change::Limit { scope, name, confidence, limit_bytes, basis, spelled, patch } => {
                let whose = scope.as_ref().or(name.as_ref());
                let whose = whose.map_or_else(|| "その".into(), |whose| format!("{whose} の"));
                let spelled = if spelled.is_empty() { String::new() } else { format!(" ({spelled})") };
                let file = patch.as_ref().map(|patch| format!("{} で、", patch.file)).unwrap_or_default();
                let verb =
                    if matches!(basis, Basis::Raised { .. }) { "引き上げる" } else { "設定する" };
                let doubt =
                    if *confidence == Confidence::Low { " (そこで動いていた場合)" } else { "" };
                format!(
                    "{file}{whose}メモリ上限を {limit_bytes}{spelled} に{verb}{doubt}。根拠: {}",
                    based_on(basis)
                )
            }
            Change::Leak { name, per_hour_bytes } => format!(
                "{name} が毎時 {} 増える原因を突き止める。メモリ上限は被害を抑えるだけで、根本の解決にはなりません",
                per_hour_bytes.magnitude()
            ),
            Change::Advice { code, text } => {
                let told = advice::told(code, text, |said| said.ja);
                format!("{} ({code})", told.as_deref().unwrap_or(text))
            }
        }
    }

    fn patch(&self, kind: PatchKind, file: &str) -> String {
        match kind {
            PatchKind::Diff => format!("`patch -p0` で適用するか、{file} を手で直してください:"),
            PatchKind::DropIn => {
                format!("{file} として保存し、`systemctl daemon-reload` を実行してください:")
            }
            PatchKind::Override => format!("{file} として、Compose ファイルと同じ場所に置いてください:"),
            PatchKind::KubernetesPatch => format!(
                "{file} として保存し、`kubectl patch --patch-file` で適用してください。マニフェスト自体を直すほうが確実です:"
            ),
        }
    }

    fn no_patch(&self, file: &str) -> String {
        format!(
            "{file} には何も書き込んでいません。上限を設定しているファイルか、設定すべき値を確定できないためです。"
        )
    }

    fn what(&self, what: &What) -> String {
        match what {
            What::Killed { comm, pid, held_bytes } => {
                let held = held_bytes.map(|held| format!("、{held}")).unwrap_or_default();
                format!("強制終了: {comm} (pid {pid}){held}")
            }
            What::KillerRan => "OOM killer が動作。強制終了された対象はログにありません".into(),
            What::NobodyToKill => {
                "OOM killer が動作しましたが、強制終了できるプロセスは見つかりませんでした".into()
            }
            What::Panicked => "メモリが枯渇し、カーネルがパニックしました".into(),
            What::KilledByProgram { killer, target: Some(target) } => {
                format!("強制終了: {target} (実行したのは {killer})")
            }
            What::KilledByProgram { killer, target: None } => {
                format!("{killer} が動作。その対象はログにありません")
            }
            What::Trouble { kind, subject, count } => {
                let subject = subject.as_ref().map(|subject| format!(": {subject}")).unwrap_or_default();
                let times = if 1 < *count { format!("、{count} 回") } else { String::new() };
                format!("{}{subject}{times}", self.trouble(*kind))
            }
            What::Held { name, held_bytes } => format!("{name} が {held_bytes} を使用"),
        }
    }

    fn clock(&self, clock: Clock) -> String {
        match clock {
            Clock::Both => "ログとストアはカーネルの時計で対応付けました。実時刻の時計も一致しています。".into(),
            Clock::KernelAndOffset { seconds } => {
                let apart = span(seconds.unsigned_abs());
                format!("ログとストアはカーネルの時計で対応付けました。ログの実時刻は {apart} ずれており、明記されていないタイムゾーンのためと見られます。")
            }
            Clock::KernelAlone => "ログにほかの時計がないため、ログとストアはカーネルの時計だけで対応付けました。稼働時間が同じ別の起動も、同じように見えます。".into(),
            Clock::WallAlone => "一方にほかの時計がないため、ログとストアは実時刻だけで対応付けました。途中で時計が変更されていれば、両者はずれます。".into(),
        }
    }

    fn left_out(&self, moments: usize) -> String {
        format!("強制終了からさらに離れた {moments} 件は省きました。--format json ではすべて出力されます。")
    }

    fn missing(&self, missing: Missing) -> &'static str {
        match missing {
            Missing::Store => {
                "ホストのスナップショットがあれば、何が、いつから、どれほどの速さで増えたかが分かりました (毎分 oomkit snap take)"
            }
            Missing::SnapshotsOfThatTime => {
                "ストアには対象が写ったスナップショットがありません。毎分取得していれば分かりました (oomkit snap take)"
            }
            Missing::Manifests => {
                "マニフェストがあれば、どの上限が欠けていて、どこに書けばよいかが分かりました (--manifests)"
            }
            Missing::Names => "pod やコンテナの名前があれば、どのワークロードかが分かりました (--names)",
            Missing::TaskTable => {
                "タスク表があれば、ほかに何が動いていて、次の対象がどれだったかが分かりました (vm.oom_dump_tasks=1)"
            }
            Missing::TaskRows => {
                "タスク表の欠けた行があれば、ほかに何が動いていて、次の対象がどれだったかが分かりました"
            }
            Missing::Time => {
                "ログに時刻があれば、スナップショットと対応付けられました (dmesg -T、または journal)"
            }
            Missing::Shares => {
                "履歴があれば、上限を共有するそれぞれに必要な量が分かりました。履歴がなければ個々の上限に根拠を示せないため、値は提案しません"
            }
        }
    }

    fn nothing(&self, nothing: Nothing) -> &'static str {
        match nothing {
            Nothing::Suppressed => {
                "OOM の報告は見つかりませんでしたが、メモリは確かに枯渇しました。カーネルは報告を抑制したと述べています。"
            }
            Nothing::ToldByPrograms => {
                "OOM の報告は見つかりませんでしたが、プログラムがメモリの枯渇を伝えています。欠けているのはカーネル自身の記録です。"
            }
            Nothing::NoLines => "OOM の発生は見つかりませんでした。",
            Nothing::KernelWasSilent => {
                "OOM の発生は見つかりませんでした。このログの範囲では、メモリが原因ではありません。"
            }
            Nothing::NoKernelLines => {
                "OOM の発生も、カーネルの行も見つかりませんでした。このログからは、メモリが枯渇したかどうかを判断できません。"
            }
        }
    }

    fn decoder_speaks_english(&self) -> &'static str {
        "以下はデコーダーの説明です。現在は英語のみです。"
    }
}

fn process(killed: &Killed) -> String {
    format!("{} (pid {})", killed.comm, killed.pid)
}

fn holding(held: Option<Bytes>) -> String {
    held.map(|held| format!(" (使用量 {held})")).unwrap_or_default()
}

fn of(limit: Option<Bytes>) -> String {
    limit.map(|limit| format!(" {limit}")).unwrap_or_default()
}

/// Names who is to blame, by its process id too where it is another process than the one that was killed.
fn culprit_name(incident: &Incident, culprit: &Culprit) -> String {
    let is_told = incident.happened.victims.first().is_some_and(|victim| is_victim(culprit, victim));
    match culprit.pid {
        Some(pid) if !is_told => format!("{} (pid {pid})", culprit.name),
        _ => culprit.name.clone(),
    }
}

/// Says what was full, and who had filled it.
fn filled(incident: &Incident, victim: &Killed) -> String {
    let what = match incident.happened.scope {
        Scope::Global => "マシンのメモリ",
        Scope::Memcg => &match incident.happened.limit_bytes {
            Some(Limit::At(limit)) => format!("所属する cgroup のメモリ (上限 {limit})"),
            _ => "所属する cgroup のメモリ".into(),
        },
        Scope::Cpuset | Scope::Mempolicy => "使用を許されたメモリ",
        Scope::Sysrq => return "誰かが手動で要求したものです".into(),
        Scope::Unknown => return unknown_memory(incident),
    };
    let what = if incident.happened.crash_kernel { "クラッシュカーネルのメモリ" } else { what };
    match &incident.blame.culprit {
        Some(culprit) if is_victim(culprit, victim) => {
            format!("{what}を使い切ったのはこのプロセス自身です")
        }
        Some(culprit) => format!("{what}が枯渇し、使い切ったのは {} です", culprit_name(incident, culprit)),
        None => match &incident.blame.cause {
            Some(cause) => match (content(cause), reason(cause)) {
                (Some(content), _) => format!("{what}が{}で埋まっていました", apart(content)),
                (None, Some(reason)) => reason.into(),
                (None, None) => format!("{what}が足りなくなりました ({cause})"),
            },
            None => format!("{what}が枯渇しましたが、何が使い切ったかは断定できません"),
        },
    }
}

/// Says who killed where the kernel did not, with its own words.
fn unknown_memory(incident: &Incident) -> String {
    match &incident.happened.killer {
        Some(Killer { name, reason: Some(reason), .. }) => {
            format!("実行したのはカーネルではなく {name} です。その理由: {reason}")
        }
        Some(Killer { name, .. }) => format!("実行したのはカーネルではなく {name} です"),
        None => "どのメモリが枯渇したかはログにありません".into(),
    }
}

/// Names what memory was full of, by the cause; `None` for a cause that is nothing to be full of.
fn content(cause: &str) -> Option<&'static str> {
    catalogue::content(cause).map(|content| content.ja)
}

/// Says why memory was out, for a cause that is nothing to be full of.
fn reason(cause: &str) -> Option<&'static str> {
    catalogue::reason(cause).map(|reason| reason.ja)
}

/// Says whether anything stopped it.
fn stopped(incident: &Incident) -> String {
    // Of a victim that only stands in for the one to blame nothing is said here.
    let blamed = incident.blame.culprit.as_ref();
    let Some(gap) = blamed.and_then(|_| incident.gaps.first()) else { return String::new() };
    let doubt = match gap.confidence {
        Confidence::High => "",
        Confidence::Medium => "おそらく",
        Confidence::Low => "どうやら",
    };
    match &gap.why {
        GapWhy::NoLimit { .. } | GapWhy::NoLimitSeen { .. } | GapWhy::NoLimitByClass => {
            format!("。{doubt}メモリ上限がなく、何もこれを止めませんでした")
        }
        GapWhy::LimitAbove { limit_bytes, .. } => {
            format!("。{doubt}メモリ上限 {limit_bytes} が高すぎて、止められませんでした")
        }
        GapWhy::NotInForce { .. } => format!("。{doubt}書かれたメモリ上限は効いていませんでした"),
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
        EventKind::OomKill => "OOM killer が動作しました。強制終了された対象はログにありません。".into(),
        EventKind::OomNoVictim => {
            "OOM killer が動作しましたが、強制終了できる対象が見つかりませんでした。".into()
        }
        EventKind::Panic => "メモリが枯渇したため、カーネルが panic しました。".into(),
        EventKind::AllocFailure if incident.happened.stalled => {
            "メモリの割り当てが長く待たされましたが、強制終了されたプロセスはありません。".into()
        }
        EventKind::AllocFailure => {
            "メモリの割り当てが失敗しました。強制終了されたプロセスはありません。".into()
        }
        EventKind::MemoryDump => {
            "誰かがメモリのカウンターの出力を要求しました。強制終了されたプロセスはありません。".into()
        }
        EventKind::UserspaceKill => match &incident.happened.killer {
            Some(Killer { name, target: Some(target), reason }) => {
                let reason = reason.as_ref().map(|reason| format!("その理由: {reason}。"));
                format!(
                    "{target} が強制終了されました。実行したのはカーネルではなく {name} です。{}",
                    reason.unwrap_or_default()
                )
            }
            _ => "ユーザー空間の OOM デーモンが動作しました。強制終了された対象はログにありません。".into(),
        },
    }
}

fn based_on(basis: &Basis) -> String {
    match basis {
        Basis::Peak { peak_bytes, headroom_percent } => {
            format!("最大使用量 {peak_bytes} に {headroom_percent} % の余裕を加えた値です")
        }
        Basis::Usual { usual_bytes, headroom_percent } => {
            format!("増加する前の使用量 {usual_bytes} に {headroom_percent} % の余裕を加えた値です")
        }
        Basis::Beside { machine_bytes, others_bytes } => {
            format!(
                "{machine_bytes} のうち、ほかが {others_bytes} を使用しており、その増加分として一割を残します。必要量を測った値ではありません"
            )
        }
        Basis::Half { machine_bytes } => {
            format!(
                "ほかが生き残れるよう、{machine_bytes} の半分までとします。必要量を測った値ではありません"
            )
        }
        Basis::Raised { limit_bytes } => {
            format!("リークなしに {limit_bytes} に達したため、その半分を加えました")
        }
    }
}
