//! Catalogue: what the decoder and the auditor name, in the other languages.
//!
//! They speak English themselves, so a word that is missing here stays English.

use oomkit_decode::ContextKind as Kind;

/// One thing in every language but English.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Named {
    /// In Simplified Chinese.
    pub(super) zh: &'static str,
    /// In Japanese.
    pub(super) ja: &'static str,
}

const fn named(zh: &'static str, ja: &'static str) -> Named {
    Named { zh, ja }
}

/// Names a kind of other trouble.
pub(super) const fn trouble(kind: Kind) -> Named {
    match kind {
        Kind::Panic => named("内核 panic", "カーネル panic"),
        Kind::Oops => named("内核故障 (oops)", "カーネル障害 (oops)"),
        Kind::HardLockup => named("硬锁死", "ハードロックアップ"),
        Kind::FilesystemShutdown => named("文件系统自行关闭", "ファイルシステムの停止"),
        Kind::RemountReadOnly => named("重新挂载为只读", "読み取り専用での再マウント"),
        Kind::SoftLockup => named("软锁死", "ソフトロックアップ"),
        Kind::FilesystemError => named("文件系统错误", "ファイルシステムのエラー"),
        Kind::IoError => named("I/O 错误", "I/O エラー"),
        Kind::DeviceError => named("设备错误", "デバイスのエラー"),
        Kind::StorageConnection => named("存储连接中断", "ストレージ接続の切断"),
        Kind::MachineCheck => named("硬件错误 (machine check)", "ハードウェアエラー (machine check)"),
        Kind::Hwpoison => named("损坏的内存页", "壊れたメモリページ"),
        Kind::SwapError => named("swap 错误", "swap のエラー"),
        Kind::UnitOomKill => named("unit 因内存不足被杀", "メモリ不足による unit の強制終了"),
        Kind::UnitOomdKill => named("unit 被 systemd-oomd 杀死", "systemd-oomd による unit の強制終了"),
        Kind::SystemOom => named("kubelet 观察到 OOM", "kubelet が検知した OOM"),
        Kind::ContainerOom => named("容器内存耗尽", "コンテナのメモリ枯渇"),
        Kind::KubeletEviction => named("被 kubelet 驱逐", "kubelet による退避 (eviction)"),
        Kind::KernelBug => named("内核缺陷", "カーネルのバグ"),
        Kind::BadPage => named("内存页状态异常", "不正なページ状態"),
        Kind::BadRss => named("内存计数错误", "メモリ計数の誤り"),
        Kind::RcuStall => named("RCU 停滞", "RCU ストール"),
        Kind::WorkqueueLockup => named("工作队列卡死", "ワークキューのロックアップ"),
        Kind::HungTask => named("任务挂起", "タスクのハング"),
        Kind::AllocationDeadlock => named("文件系统一直在等内存", "メモリを待ち続けるファイルシステム"),
        Kind::Segfault => named("段错误", "セグメンテーション違反"),
        Kind::Trap => named("因异常崩溃", "例外によるクラッシュ"),
        Kind::CoreDump => named("核心转储", "コアダンプ"),
        Kind::UnitCrashed => named("unit 崩溃", "unit のクラッシュ"),
        Kind::UnitKilled => named("unit 被信号 9 杀死", "シグナル 9 による unit の強制終了"),
        Kind::UnitWatchdog => named("服务 watchdog 超时", "サービスの watchdog タイムアウト"),
        Kind::UnitTimeout => named("服务超时", "サービスのタイムアウト"),
        Kind::UnitFailed => named("unit 失败", "unit の失敗"),
        Kind::UnitStartFailed => named("启动失败", "起動の失敗"),
        Kind::UnitDependencyFailed => named("依赖项失败", "依存先の失敗"),
        Kind::Kdump => named("崩溃转储失败", "クラッシュダンプの失敗"),
        Kind::LowMemory => named("内存偏低", "メモリ残量の低下"),
        Kind::CrashKernelFailed => named("没有崩溃内核", "クラッシュカーネルなし"),
        Kind::KernelWarning => named("内核警告", "カーネルの警告"),
        Kind::Edac => named("内存错误 (EDAC)", "メモリエラー (EDAC)"),
        Kind::Overheated => named("处理器过热", "プロセッサの過熱"),
        Kind::WorkqueueHog => named("工作项耗时过长", "長引くワーク項目"),
        Kind::Balloon => named("balloon 故障", "バルーンの障害"),
        Kind::PidsLimit => named("达到进程数上限", "プロセス数の上限に到達"),
        Kind::Rlimit => named("达到资源上限", "リソース上限に到達"),
        Kind::Overcommit => named("分配被拒绝", "拒否された割り当て"),
        Kind::BmcEvent => named("管理控制器事件", "管理コントローラーのイベント"),
        Kind::Reboot => named("即将重启", "再起動の予告"),
        Kind::Boot => named("系统启动", "起動"),
        Kind::CrashKernel => named("已预留崩溃内核", "クラッシュカーネルの確保"),
    }
}

/// Names what something that others lean on is, by the auditor's word for it.
pub(super) fn role(english: &str) -> Option<Named> {
    Some(match english {
        "a coordination service" => named("协调服务", "コーディネーションサービス"),
        "a database" => named("数据库", "データベース"),
        "a cache or store" => named("缓存或存储", "キャッシュまたはストア"),
        "a message broker" => named("消息中间件", "メッセージブローカー"),
        "name resolution" => named("名称解析", "名前解決"),
        "the way in for traffic" => named("流量入口", "トラフィックの入口"),
        "the control plane" => named("控制平面", "コントロールプレーン"),
        "a pod of the system" => named("系统 pod", "システムの pod"),
        "critical by its priority class" => named("按优先级类别属关键", "優先度クラスにより重要"),
        "critical by the policy" => named("按策略属关键", "ポリシーにより重要"),
        _ => return None,
    })
}

/// Names what memory was full of, by the cause; `None` for a cause that is nothing to be full of.
pub(super) fn content(cause: &str) -> Option<Named> {
    Some(match cause {
        "many-processes" => named("许多进程合起来", "多数のプロセスの合計"),
        "anonymous" => named("匿名内存", "匿名メモリ"),
        "tmpfs-shmem" => named(
            "tmpfs 里的文件或无人映射的共享内存",
            "tmpfs のファイル、または誰もマップしていない共有メモリ",
        ),
        "shared-memory" => named("共享内存", "共有メモリ"),
        "slab-unreclaimable" => named("内核里无法回收的内存 (slab)", "カーネルの回収できないメモリ (slab)"),
        "slab-reclaimable" => named("内核缓存 (slab)", "カーネルのキャッシュ (slab)"),
        "page-tables" => named("页表", "ページテーブル"),
        "kernel-stacks" => named("过多线程的内核栈", "多すぎるスレッドのカーネルスタック"),
        "kernel-memory" => named("内核内存", "カーネルのメモリ"),
        "huge-pages" => named("预留的大页", "確保済みのヒュージページ"),
        "mlocked" => named("被锁定的内存", "ロックされたメモリ"),
        "page-cache" => named("页缓存", "ページキャッシュ"),
        "dirty-pages" => named("等待写回的页", "書き込み待ちのページ"),
        "sockets" => named("套接字缓冲区", "ソケットバッファー"),
        "percpu" => named("per-CPU 内存", "per-CPU メモリ"),
        "unaccounted" => named("没有任何计数器认领的内存", "どのカウンターにも現れないメモリ"),
        _ => return None,
    })
}

/// Says why memory was out, for a cause that is nothing to be full of.
pub(super) fn reason(cause: &str) -> Option<Named> {
    Some(match cause {
        "requested-by-hand" => named("这是有人手动要求的", "誰かが手動で要求したものです"),
        "spurious" => named("内存其实并不短缺", "実際にはメモリは不足していませんでした"),
        "cpuset-bound" => named("cpuset 允许的节点已满", "cpuset が許すノードが満杯でした"),
        "mempolicy-bound" => named("内存策略允许的节点已满", "メモリポリシーが許すノードが満杯でした"),
        "fragmentation" => {
            named("空闲内存是有的，但都碎得太小", "空きメモリはありましたが、小さすぎる断片ばかりでした")
        }
        "low-zone" => {
            named("耗尽的只是这次请求能用的那部分内存", "枯渇したのは、この要求が使えるメモリだけでした")
        }
        "memcg-kmem-limit" => named(
            "它所在的 cgroup 用完了内核内存的限额",
            "所属する cgroup がカーネルメモリの上限に達しました",
        ),
        _ => return None,
    })
}

/// Says what a diagnosis that heads a story finds, by its code.
pub(super) fn title(code: &str) -> Option<Named> {
    TITLES.iter().find(|(of, _)| *of == code).map(|(_, title)| *title)
}

/// The diagnoses that may head a story, by code.
const TITLES: &[(&str, Named)] = &[
    ("OKD001", named("一个进程占了大部分内存", "一つのプロセスがメモリの大半を占めていました")),
    (
        "OKD002",
        named(
            "同名或同一用户的许多进程合起来占满了内存",
            "同じ名前または同じユーザーの多数のプロセスが合わせてメモリを埋めました",
        ),
    ),
    (
        "OKD003",
        named(
            "共享内存或 tmpfs 占满了内存，而没有进程映射它",
            "どのプロセスもマップしていない共有メモリまたは tmpfs がメモリを埋めました",
        ),
    ),
    (
        "OKD004",
        named("某个进程映射的共享内存占了大部分", "プロセスがマップした共有メモリが大半を占めていました"),
    ),
    (
        "OKD006",
        named("内核里无法回收的对象占用了内存", "回収できないカーネルオブジェクトがメモリを占めていました"),
    ),
    (
        "OKD008",
        named(
            "内核里可回收的对象没有被回收",
            "回収できるはずのカーネルオブジェクトが回収されていませんでした",
        ),
    ),
    ("OKD009", named("页表占用了很多内存", "ページテーブルがメモリの多くを占めていました")),
    (
        "OKD010",
        named("线程过多，内核栈占用了内存", "非常に多いスレッドのカーネルスタックがメモリを占めていました"),
    ),
    ("OKD011", named("预留了大页却没有使用", "ヒュージページが確保されたまま使われていませんでした")),
    (
        "OKD012",
        named(
            "使用中的大页没给其余部分留下多少内存",
            "使用中のヒュージページがほかにメモリをほとんど残していませんでした",
        ),
    ),
    ("OKD013", named("有一部分内存没有任何计数器认领", "どのカウンターにも現れないメモリがありました")),
    ("OKD019", named("内存被锁定", "メモリがロックされていました")),
    (
        "OKD020",
        named("文件页在等待慢速磁盘写入", "ファイルのページが遅いディスクへの書き込みを待っていました"),
    ),
    ("OKD021", named("文件页没有被归还", "ファイルのページが返されていませんでした")),
    (
        "OKD023",
        named(
            "应用程序的匿名内存，分散在许多进程里",
            "アプリケーションの匿名メモリが多数のプロセスに分散していました",
        ),
    ),
    ("OKD101", named("这次终止是有人要求的", "この強制終了は誰かが要求したものです")),
    ("OKD104", named("cpuset 允许的节点已满", "cpuset が許すノードが満杯でした")),
    ("OKD105", named("内存策略允许的节点已满", "メモリポリシーが許すノードが満杯でした")),
    ("OKD120", named("没有内存短缺却杀了进程", "メモリ不足がないのに強制終了が行われました")),
    ("OKD203", named("空闲页足够，但不连续", "空きページは足りていましたが、連続していませんでした")),
    ("OKD206", named("只是这个请求能用的那部分内存耗尽了", "枯渇したのは、この要求が使えるメモリだけでした")),
    (
        "OKD304",
        named(
            "匿名内存占满了 cgroup，而日志没有说明是谁的",
            "匿名メモリが cgroup を埋めましたが、誰のものかはログにありません",
        ),
    ),
    (
        "OKD305",
        named(
            "tmpfs 里的文件或没有进程映射的共享内存占满了 cgroup",
            "tmpfs のファイルか、どのプロセスもマップしていない共有メモリが cgroup を埋めました",
        ),
    ),
    (
        "OKD306",
        named(
            "等待写盘的文件页占满了 cgroup",
            "ディスクへの書き込みを待つファイルのページが cgroup を埋めました",
        ),
    ),
    ("OKD307", named("干净的文件页占满了 cgroup", "書き込み済みのファイルのページが cgroup を埋めました")),
    ("OKD308", named("内核内存占满了 cgroup", "カーネルのメモリが cgroup を埋めました")),
    (
        "OKD309",
        named("内核里不能丢弃的对象占满了 cgroup", "破棄できないカーネルオブジェクトが cgroup を埋めました"),
    ),
    ("OKD310", named("套接字缓冲区占满了 cgroup", "ソケットバッファーが cgroup を埋めました")),
    ("OKD311", named("cgroup 用完了内核内存的限额", "cgroup がカーネルメモリの上限を使い切りました")),
    ("OKD312", named("页表占满了 cgroup", "ページテーブルが cgroup を埋めました")),
    ("OKD313", named("per-CPU 内存占满了 cgroup", "per-CPU メモリが cgroup を埋めました")),
    ("OKD314", named("内核栈占满了 cgroup", "カーネルスタックが cgroup を埋めました")),
    (
        "OKD326",
        named("一个进程占了 cgroup 的大部分内存", "一つのプロセスが cgroup のメモリの大半を占めていました"),
    ),
    (
        "OKD327",
        named(
            "许多进程共用 cgroup 的内存，其中没有一个特别大",
            "多数のプロセスが cgroup のメモリを分け合い、特に大きいものはありませんでした",
        ),
    ),
    (
        "OKD328",
        named("进程映射的共享内存占满了 cgroup", "プロセスがマップした共有メモリが cgroup を埋めました"),
    ),
    (
        "OKD329",
        named(
            "本可丢弃却没有丢弃的内核对象占满了 cgroup",
            "破棄できるのに破棄されなかったカーネルオブジェクトが cgroup を埋めました",
        ),
    ),
    (
        "OKD330",
        named("没有列入任何统计的内存占满了 cgroup", "どの統計にも現れないメモリが cgroup を埋めました"),
    ),
    ("OKD502", named("受保护的进程占着内存", "保護されたプロセスがメモリを占めていました")),
    ("OKD510", named("这是受前一次 OOM 牵连的旁观者", "直前の OOM の巻き添えでした")),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_diagnosis_that_may_head_a_story_has_a_title() {
        let heads: BTreeSet<&str> = oomkit_decode::diagnoses::heads().collect();
        let pages = oomkit_decode::diagnoses::pages();
        let codes: BTreeSet<&str> =
            pages.iter().filter(|page| heads.contains(page.name)).map(|page| page.code).collect();
        assert_eq!(codes.len(), heads.len(), "every head is a rule");
        let titles: BTreeSet<&str> = TITLES.iter().map(|(code, _)| *code).collect();
        assert_eq!(titles, codes);
    }

    #[test]
    fn what_others_lean_on_is_named_as_the_auditor_names_it() {
        for name in ["zookeeper", "postgres", "redis", "kafka", "coredns", "traefik", "kube-apiserver"] {
            let english = oomkit_audit::rules::critical(name).unwrap();
            assert!(role(english).is_some(), "{english}");
        }
    }
}
