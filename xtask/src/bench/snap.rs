//! The collector against ps, atop, sadc and smem, at several numbers of processes.

use std::{
    fs,
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::Duration,
};

use anyhow::{Context as _, Result};
use clap::Args;
use xtask::workspace;

use super::{
    Contender,
    crowd::Crowd,
    folder, measure, medians,
    neighbour::{Neighbour, Stall},
    ours,
};
use crate::say;

/// The columns of ps that an operator looks at.
const COLUMNS: &str = "pid,ppid,uid,rss,vsz,comm";
/// Snapshots before it counts: the first ones meet every process for the first time.
const WARM: usize = 3;
/// How many snapshots it takes where it stays; its start is a part of what each of them costs.
const STAYS: u32 = 20;

/// How much to measure.
#[derive(Args)]
pub(crate) struct Options {
    /// How many processes there are, beside those of the machine
    #[arg(long, value_delimiter = ',', default_value = "200,2000,10000")]
    processes: Vec<usize>,
    /// Rounds; each runs every program once, and medians are shown
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// The memory of the neighbour that is watched while it maps, in MiB; 0 leaves it out
    #[arg(long, default_value_t = 2048)]
    neighbour: usize,
    /// For how many seconds it is watched beside each program
    #[arg(long, default_value_t = 5)]
    seconds: u64,
}

pub(super) fn run(options: &Options) -> Result<()> {
    let place = place()?;
    for count in &options.processes {
        let crowd = Crowd::of(*count)?;
        let contenders = contenders(&place)?;
        let costs = medians(&contenders, options.rounds)?;
        say(&table(&contenders, &costs, *count, options.rounds));
        drop(crowd);
    }
    if 0 < options.neighbour {
        beside(options, &contenders(&place)?)?;
    }
    Ok(())
}

/// Returns a folder that nobody else may write into, which is what a store asks for.
fn place() -> Result<PathBuf> {
    let place = folder()?.join("snapshots");
    if place.exists() {
        fs::remove_dir_all(&place)?;
    }
    fs::DirBuilder::new().mode(0o700).create(&place)?;
    Ok(place)
}

fn contenders(place: &Path) -> Result<Vec<Contender>> {
    let mut contenders = Vec::new();
    for (name, pss) in [("oomkit snap take", "none"), ("the same, PSS by its budget", "auto")] {
        let contender = Contender::new(name, ours(), take(place, pss));
        for _ in 0..WARM {
            workspace::run(Command::new(&contender.program).args(&contender.arguments))?;
        }
        contenders.push(contender);
    }
    for (name, pss) in [("staying, each snapshot", "none"), ("the same, PSS by its budget", "auto")] {
        let stay = ["--every", "1s", "--count", &STAYS.to_string()].map(str::to_owned);
        let arguments = take(place, pss).into_iter().chain(stay).collect();
        contenders.push(Contender { times: STAYS, ..Contender::new(name, ours(), arguments) });
    }
    let file = |name: &str| place.join(name).display().to_string();
    let others = [
        ("ps", "ps", vec!["-e".to_owned(), "-o".to_owned(), COLUMNS.to_owned()]),
        ("atop, one sample", "atop", ["-w", &file("atop.raw"), "1", "1"].map(str::to_owned).to_vec()),
        (
            "sadc, which has no processes",
            "sadc",
            ["-S", "XALL", "1", "1", &file("sadc.data")].map(str::to_owned).to_vec(),
        ),
        ("smem, which has PSS of all", "smem", Vec::new()),
    ];
    for (name, program, arguments) in others {
        match find(program) {
            Some(program) => contenders.push(Contender::new(name, program, arguments)),
            None => say(&format!("{program} is not installed, and left out")),
        }
    }
    Ok(contenders)
}

/// Returns the arguments that take a snapshot.
fn take(place: &Path, pss: &str) -> Vec<String> {
    let store = place.join(format!("{pss}.db")).display().to_string();
    ["--quiet", "snap", "take", "--store", &store, "--pss", pss].map(str::to_owned).to_vec()
}

/// Returns where a program is installed; Debian has sadc in a folder of its own.
fn find(name: &str) -> Option<PathBuf> {
    let hidden = Path::new("/usr/lib/sysstat").join(name);
    measure::installed(name).or_else(|| hidden.is_file().then_some(hidden))
}

fn table(contenders: &[Contender], costs: &[measure::Cost], count: usize, rounds: usize) -> String {
    let mut text = format!("\n{count} processes beside those of the machine, medians of {rounds} rounds\n\n");
    text += "| program | user ms | system ms | wall ms | memory MB | CPU, ps = 1 |\n| --- | ---: | ---: | ---: | ---: | ---: |\n";
    let ps = contenders.iter().position(|contender| contender.name == "ps");
    let ps = ps.and_then(|at| costs.get(at)).map(measure::Cost::cpu).filter(|cpu| 0.0 < *cpu);
    for (contender, cost) in contenders.iter().zip(costs) {
        let memory = cost.memory.map_or_else(|| "?".into(), |memory| format!("{memory:.1}"));
        let ratio = ps.map_or_else(|| "?".into(), |ps| format!("{:.2}", cost.cpu() / ps));
        text += &format!(
            "| {} | {:.0} | {:.0} | {:.0} | {memory} | {ratio} |\n",
            contender.name,
            cost.user * 1e3,
            cost.system * 1e3,
            cost.wall * 1e3
        );
    }
    text
}

/// Watches a neighbour map while each program runs again and again.
fn beside(options: &Options, contenders: &[Contender]) -> Result<()> {
    let time = Duration::from_secs(options.seconds);
    let mut neighbour = Neighbour::of(options.neighbour)?;
    // What comes first warms up.
    neighbour.measure(Duration::from_millis(500))?;
    let mut text = format!(
        "\nA neighbour of {} MiB maps 64 KiB and gives them back, in microseconds\n\n",
        options.neighbour
    );
    text += "| beside | median | 99.9 % | longest | runs |\n| --- | ---: | ---: | ---: | ---: |\n";
    text += &stalled("nothing", neighbour.measure(time)?, 0);
    // Who stays sleeps most of the time, and each of its snapshots is one of those that are taken alone.
    for contender in contenders.iter().filter(|contender| contender.times == 1) {
        let (stall, runs) = while_running(contender, || neighbour.measure(time))?;
        text += &stalled(contender.name, stall, runs);
    }
    say(&text);
    Ok(())
}

fn stalled(name: &str, stall: Stall, runs: usize) -> String {
    format!("| {name} | {:.1} | {:.1} | {:.0} | {runs} |\n", stall.median, stall.rare, stall.longest)
}

/// Runs a program again and again until something else is done, and returns how often.
fn while_running<T>(contender: &Contender, work: impl FnOnce() -> Result<T>) -> Result<(T, usize)> {
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let runner = scope.spawn(|| -> Result<usize> {
            let mut runs = 0;
            while !done.load(Ordering::Relaxed) {
                let mut command = Command::new(&contender.program);
                workspace::run(command.args(&contender.arguments).stdout(Stdio::null()))?;
                runs += 1;
            }
            Ok(runs)
        });
        let worked = work();
        done.store(true, Ordering::Relaxed);
        let runs = runner.join().ok().context("the runner is gone")?.with_context(|| contender.name)?;
        Ok((worked?, runs))
    })
}
