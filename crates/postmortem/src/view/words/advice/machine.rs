//! What the rules about the memory of the machine advise.

use super::Said;

/// The templates, by code.
pub(super) const ADVICE: &[Said] = &[
    Said {
        code: "OKD001",
        en: "set {1}: no limit stopped it at {2}; a limit of at most {3} would have killed it alone, and spared the others",
        zh: "设置 {1}：它涨到 {2} 也没有限制拦住它；最多 {3} 的限制就会只杀它自己，其他进程得以幸免",
        ja: "{1} を設定してください。{2} になっても止める上限がありませんでした。{3} までの上限なら、それだけが終了し、ほかは無事でした",
    },
    Said {
        code: "OKD002",
        en: "find who starts {1}: this looks like a fork bomb; TasksMax= of the unit, pids.max of the cgroup or --pids-limit of the container stops it",
        zh: "查出是谁在启动 {1}：这像是 fork 炸弹；unit 的 TasksMax=、cgroup 的 pids.max 或容器的 --pids-limit 能拦住它",
        ja: "{1} を起動しているものを突き止めてください。fork 爆弾のように見えます。unit の TasksMax=、cgroup の pids.max、コンテナの --pids-limit で止められます",
    },
    Said {
        code: "OKD002",
        en: "lower {1}: at {2} each, at most {3} of them fit into 80 % of {4}",
        zh: "调低 {1}：每个占 {2}，{4} 的 80 % 最多容得下 {3} 个",
        ja: "{1} を下げてください。一つ {2} なら、{4} の 80 % に収まるのは {3} 個までです",
    },
    Said {
        code: "OKD003",
        en: "look for files with `df -h -t tmpfs` and `ls -l /dev/shm`, for segments with `ipcs -m`, for memory-backed volumes; remove what is not needed, and bound each mount with size= (together well below {1})",
        zh: "用 `df -h -t tmpfs` 和 `ls -l /dev/shm` 找文件，用 `ipcs -m` 找共享内存段，再看有没有以内存为后端的卷；删掉不需要的，并用 size= 给每个挂载点设上限（合计远低于 {1}）",
        ja: "`df -h -t tmpfs` と `ls -l /dev/shm` でファイルを、`ipcs -m` でセグメントを探し、メモリを使うボリュームも確認してください。不要なものは削除し、各マウントを size= で制限します (合計は {1} より十分小さく)",
    },
    Said {
        code: "OKD004",
        en: "size its shared memory (shared_buffers of PostgreSQL, the SGA of Oracle, ipc or shm settings) for this machine: a quarter of {1} is {2}",
        zh: "按这台机器来定它的共享内存大小（PostgreSQL 的 shared_buffers、Oracle 的 SGA、ipc 或 shm 设置）：{1} 的四分之一是 {2}",
        ja: "共有メモリ (PostgreSQL の shared_buffers、Oracle の SGA、ipc や shm の設定) をこのマシンに合わせてください。{1} の四分の一は {2} です",
    },
    Said {
        code: "OKD006",
        en: "{1}; find who makes these objects (a leak in a driver, very many files, sockets or timers); a cgroup limit on the workload that makes them also bounds them",
        zh: "{1}；查出是谁在产生这些对象（驱动泄漏，大量文件、套接字或定时器）；给产生它们的工作负载设 cgroup 限制，也能把它们限住",
        ja: "{1}。これらのオブジェクトを作っているものを探してください (ドライバーのリーク、非常に多いファイル、ソケット、タイマー)。それを作るワークロードの cgroup に上限を設ければ、これも抑えられます",
    },
    Said {
        code: "OKD008",
        en: "see with `slabtop -s c` whether these are inodes and file names; look for who walks or makes very many files, for files in a tmpfs, and for cgroups that do not go away; a higher vm.vfs_cache_pressure (200) reclaims them earlier",
        zh: "用 `slabtop -s c` 看它们是不是 inode 和文件名；查找谁在遍历或创建大量文件、tmpfs 里的文件，以及不消失的 cgroup；调高 vm.vfs_cache_pressure（200）会更早回收它们",
        ja: "`slabtop -s c` で、inode とファイル名かどうかを確認してください。非常に多くのファイルを走査または作成するもの、tmpfs のファイル、消えない cgroup を探します。vm.vfs_cache_pressure を高く (200) すれば早く回収されます",
    },
    Said {
        code: "OKD009",
        en: "map the shared area in huge pages (huge_pages=on in PostgreSQL, -XX:+UseLargePages in Java), or have fewer processes map it; a process that touches sparse memory has to be changed",
        zh: "用大页映射共享区域（PostgreSQL 用 huge_pages=on，Java 用 -XX:+UseLargePages），或减少映射它的进程；如果是某个进程稀疏地触碰内存，就得改这个程序",
        ja: "共有領域をヒュージページでマップするか (PostgreSQL では huge_pages=on、Java では -XX:+UseLargePages)、マップするプロセスを減らしてください。まばらにメモリへ触れるプロセスは、作りを改める必要があります",
    },
    Said {
        code: "OKD010",
        en: "find who starts the threads with `ps -eLf | awk '{print $NF}' | sort | uniq -c | sort -n | tail`; bound them with TasksMax= of the unit or pids.max of the cgroup",
        zh: "用 `ps -eLf | awk '{print $NF}' | sort | uniq -c | sort -n | tail` 查出是谁在创建线程；用 unit 的 TasksMax= 或 cgroup 的 pids.max 限制",
        ja: "`ps -eLf | awk '{print $NF}' | sort | uniq -c | sort -n | tail` でスレッドを作っているものを突き止め、unit の TasksMax= か cgroup の pids.max で制限してください",
    },
    Said {
        code: "OKD011",
        en: "lower vm.nr_hugepages by {1} (or the hugepages= of the kernel's command line), or let the program that they were meant for use them",
        zh: "把 vm.nr_hugepages 调低 {1}（或内核命令行的 hugepages=），或让原本要用它们的程序真正用上",
        ja: "vm.nr_hugepages (またはカーネルのコマンドラインの hugepages=) を {1} 減らすか、本来使うはずのプログラムに使わせてください",
    },
    Said {
        code: "OKD012",
        en: "size everything that does not use huge pages for {1}, not for {2}",
        zh: "所有不用大页的程序，要按 {1} 而不是 {2} 来规划",
        ja: "ヒュージページを使わないものはすべて、{2} ではなく {1} を前提に大きさを決めてください",
    },
    Said {
        code: "OKD013",
        en: "before the next time: boot with page_owner=on, or turn on memory allocation profiling (sysctl vm.mem_profiling=1, since Linux 6.10), which name who allocates; now: look at /proc/vmallocinfo, at `ss -m` for sockets, and at pipes of the processes",
        zh: "为下一次做准备：以 page_owner=on 启动，或打开内存分配分析（sysctl vm.mem_profiling=1，Linux 6.10 起），它们会指出是谁在分配；现在：看 /proc/vmallocinfo，用 `ss -m` 看套接字，再看进程的管道",
        ja: "次に備えて page_owner=on で起動するか、メモリ割り当てのプロファイリング (sysctl vm.mem_profiling=1、Linux 6.10 以降) を有効にすれば、割り当て元が分かります。今は /proc/vmallocinfo、`ss -m` でのソケット、プロセスのパイプを調べてください",
    },
    Said {
        code: "OKD014",
        en: "compare with {1}; give the machine a reservation if it is ballooned",
        zh: "用 {1} 对比；如果内存被 balloon 收走，就给这台虚拟机预留内存",
        ja: "{1} で比べ、バルーンに取られていれば、この仮想マシンにメモリの予約を設定してください",
    },
    Said {
        code: "OKD015",
        en: "do not count zram as extra memory: what does not compress costs its full size; make it smaller, or add swap on a disk",
        zh: "不要把 zram 当成额外的内存：压不动的内容要占足原来的大小；请把它调小，或加一个磁盘上的 swap",
        ja: "zram を追加のメモリと数えないでください。圧縮できないものは元の大きさのままです。小さくするか、ディスクに swap を追加してください",
    },
    Said {
        code: "OKD016",
        en: "look at `arcstat` or /proc/spl/kstat/zfs/arcstats, and bound the cache with the module's zfs_arc_max (say {1})",
        zh: "查看 `arcstat` 或 /proc/spl/kstat/zfs/arcstats，并用模块参数 zfs_arc_max 限制缓存（比如 {1}）",
        ja: "`arcstat` か /proc/spl/kstat/zfs/arcstats を確認し、モジュールの zfs_arc_max でキャッシュを制限してください (例えば {1})",
    },
    Said {
        code: "OKD017",
        en: "see what {1} reports under /sys/kernel/debug, and try a newer one",
        zh: "看看 {1} 在 /sys/kernel/debug 下报告了什么，并试用更新的版本",
        ja: "/sys/kernel/debug で {1} の報告を確認し、新しい版を試してください",
    },
    Said {
        code: "OKD019",
        en: "bound what may be locked: LimitMEMLOCK= of the unit or `ulimit -l` (below {1}); a virtual machine with passed-through devices locks all its memory, so give it less",
        zh: "限制可锁定的内存：unit 的 LimitMEMLOCK= 或 `ulimit -l`（低于 {1}）；带直通设备的虚拟机会锁住它的全部内存，所以要给它少一点",
        ja: "ロックできる量を制限してください: unit の LimitMEMLOCK= または `ulimit -l` ({1} 未満)。パススルーのデバイスを持つ仮想マシンはメモリ全体をロックするため、割り当てを減らします",
    },
    Said {
        code: "OKD019",
        en: "bound what may be locked: LimitMEMLOCK= of the unit or `ulimit -l`",
        zh: "限制可锁定的内存：unit 的 LimitMEMLOCK= 或 `ulimit -l`",
        ja: "ロックできる量を制限してください: unit の LimitMEMLOCK= または `ulimit -l`",
    },
    Said {
        code: "OKD020",
        en: "look for errors and long queues of the disks (`iostat -x`); bound what may wait with vm.dirty_bytes={1} and vm.dirty_background_bytes={2}",
        zh: "检查磁盘的错误和过长的队列（`iostat -x`）；用 vm.dirty_bytes={1} 和 vm.dirty_background_bytes={2} 限制等待写回的量",
        ja: "ディスクのエラーと長いキューを確認してください (`iostat -x`)。書き込み待ちの量は vm.dirty_bytes={1} と vm.dirty_background_bytes={2} で制限します",
    },
    Said {
        code: "OKD021",
        en: "look for other reasons first (zones, nodes, a limit); else for programs that read the same large files over and over, and for a kernel whose reclaim is at fault",
        zh: "先找别的原因（内存区、节点、限制）；没有的话，再看有没有程序反复读同样的大文件，以及内核的回收是否有问题",
        ja: "まずほかの理由 (ゾーン、ノード、上限) を探してください。なければ、同じ大きなファイルを何度も読むプログラムと、回収に問題のあるカーネルを疑います",
    },
    Said {
        code: "OKD023",
        en: "run less on this machine, give it more memory, or limit the largest of them; together their limits should stay below what the machine has",
        zh: "减少这台机器上的负载，给它加内存，或限制其中最大的几个；它们的限制合计应低于整机内存",
        ja: "このマシンで動かすものを減らすか、メモリを増やすか、大きなものから上限を設定してください。上限の合計はマシンのメモリより小さくします",
    },
    Said {
        code: "OKD026",
        en: "look at vm.swappiness, and at memory.swap.max of the cgroups (Kubernetes allows its pods no swap as a rule)",
        zh: "检查 vm.swappiness，以及各 cgroup 的 memory.swap.max（Kubernetes 通常不允许 pod 使用 swap）",
        ja: "vm.swappiness と、cgroup の memory.swap.max を確認してください (Kubernetes は原則として pod に swap を許しません)",
    },
    Said {
        code: "OKD027",
        en: "look for crashkernel=, mem= and memmap= on the kernel's command line, and at the firmware's map in the boot log",
        zh: "检查内核命令行里的 crashkernel=、mem= 和 memmap=，以及启动日志里固件给出的内存布局",
        ja: "カーネルのコマンドラインの crashkernel=、mem=、memmap= と、起動ログにあるファームウェアのメモリマップを確認してください",
    },
    Said {
        code: "OKD028",
        en: "look for EDAC and machine-check lines, and have the memory module replaced",
        zh: "查找 EDAC 和 machine check 的日志行，并更换内存条",
        ja: "EDAC と machine check の行を探し、メモリモジュールを交換してください",
    },
    Said {
        code: "OKD031",
        en: "try transparent_hugepage=madvise, and compare the size of {1}",
        zh: "试试 transparent_hugepage=madvise，并对比 {1} 的大小",
        ja: "transparent_hugepage=madvise を試し、{1} の大きさを比べてください",
    },
    // What fills the holes above.
    Said {
        code: "",
        en: "resources.limits.memory of its container",
        zh: "其容器的 resources.limits.memory",
        ja: "コンテナの resources.limits.memory",
    },
    Said {
        code: "", en: "--memory of its container", zh: "其容器的 --memory", ja: "コンテナの --memory"
    },
    Said {
        code: "",
        en: "memory.max of its cgroup (MemoryMax= of its unit, or the limit of its container)",
        zh: "其 cgroup 的 memory.max（unit 的 MemoryMax=，或容器的限制）",
        ja: "cgroup の memory.max (unit の MemoryMax=、またはコンテナの上限)",
    },
    Said {
        code: "",
        en: "see which cache grows with `slabtop -s c`",
        zh: "用 `slabtop -s c` 看哪个缓存在增长",
        ja: "どのキャッシュが増えているかを `slabtop -s c` で確認してください",
    },
    Said {
        code: "",
        en: "the largest cache is {1} with {2}",
        zh: "最大的缓存是 {1}，占 {2}",
        ja: "最大のキャッシュは {1} で、{2} です",
    },
    Said {
        code: "",
        en: "max_connections, or a connection pool",
        zh: "max_connections，或使用连接池",
        ja: "max_connections (または接続プールの利用)",
    },
    Said {
        code: "", en: "the number of its workers", zh: "其工作进程的数量", ja: "ワーカーの数"
    },
    Said {
        code: "",
        en: "virsh dommemstat, on the host",
        zh: "宿主机上的 virsh dommemstat",
        ja: "ホスト上の virsh dommemstat",
    },
    Said {
        code: "",
        en: "Get-VMMemory, on the Hyper-V host",
        zh: "Hyper-V 宿主机上的 Get-VMMemory",
        ja: "Hyper-V ホスト上の Get-VMMemory",
    },
    Said {
        code: "", en: "xl list, on the host", zh: "宿主机上的 xl list", ja: "ホスト上の xl list"
    },
];
