//! The first-boot scripts of public kickstarts: they run, their commands are executed, and some of them are
//! judged by the state they leave.

use crate::elsewhere;
use crate::host::{End, Host, Ran, machine};
use crate::kickstart::{self, Kickstart};
use crate::shell::{self, Command};
use esxi_core::model::NOT_MODELLED;

/// Of a hundred commands, so many are executed.
const SHARE: f64 = 95.0;

/// Statuses by which a shell says that it found no such program, or may not run it.
const NO_PROGRAM: [u8; 2] = [126, 127];

/// What became of one command of a script.
enum Fate {
    Executed,
    /// Executed, with an error of the host as its answer.
    Refused(String),
    /// The model or the shell does not know it.
    Lacking(String),
}

/// A command with its script and fate.
struct Judged {
    script: usize,
    command: Command,
    fate: Fate,
}

/// Runs a first-boot script as it is, but that time does not pass in `sleep`; the shell shows each command before it
/// runs.
pub fn first_boot(host: &mut Host, script: &str) -> Ran {
    host.write("/tmp/firstboot.sh", script.as_bytes());
    host.shell("( sleep() { :; }; set -x; . /tmp/firstboot.sh ) 2>&1", b"")
}

/// Runs a kickstart's scripts on a host as its installer leaves it, and then what they did not come to.
fn judge(kickstart: &Kickstart) -> Vec<Judged> {
    let mut host = Host::start(machine(kickstart.version, 8), |_| ());
    let mut all = Vec::new();
    for (number, script) in kickstart.scripts.iter().enumerate() {
        let ran = first_boot(&mut host, script);
        assert_ne!(ran.end, End::Late, "{}, script {}", kickstart.name, number + 1);
        let judge = |command| Judged { script: number + 1, fate: from_flow(&command, &ran), command };
        all.extend(shell::tools(script).into_iter().map(judge));
    }
    // What no flow reached is run by itself on a host of its own, with the script's variables.
    let mut fresh = None;
    for judged in &mut all {
        if matches!(&judged.fate, Fate::Lacking(why) if why.is_empty()) {
            let fresh = fresh.get_or_insert_with(|| Host::start(machine(kickstart.version, 8), |_| ()));
            let script = &kickstart.scripts[judged.script - 1];
            judged.fate = by_itself(fresh, script, &judged.command);
        }
    }
    all
}

/// What the run of a whole script says of a command; lacking without a reason when it never came to it.
fn from_flow(command: &Command, ran: &Ran) -> Fate {
    let mut statuses = ran.commands.iter().filter(|(argv, _)| command.became(argv)).peekable();
    if statuses.peek().is_none() {
        return Fate::Lacking(String::new());
    }
    let (mut refused, mut lacking) = (None, false);
    for (argv, status) in statuses {
        lacking |= *status == NOT_MODELLED;
        if *status != 0 {
            refused.get_or_insert_with(|| said_after(argv, &ran.said));
        }
    }
    match refused {
        Some(_) if lacking => Fate::Lacking("not modelled".into()),
        Some(why) => Fate::Refused(why),
        None => Fate::Executed,
    }
}

/// What a command printed, by the shell's trace: the lines after the one that shows its words.
fn said_after(argv: &[String], trace: &str) -> String {
    let plain = |text: &str| text.replace(['\'', '"', '+', ' '], "");
    let wanted = plain(&argv.concat());
    let after = trace.lines().skip_while(|line| plain(line) != wanted).skip(1);
    let said: Vec<&str> = after.take_while(|line| !line.starts_with('+')).collect();
    said.join(" / ")
}

fn by_itself(host: &mut Host, script: &str, command: &Command) -> Fate {
    let mut line: String = shell::assignments(script).map(|text| format!("{text}\n")).collect();
    line.push_str(&command.text());
    let ran = host.shell(&line, b"");
    let said = ran.said.trim().replace('\n', " / ");
    match ran.end {
        End::Status(0) | End::Down => Fate::Executed,
        End::Status(status) if status == NOT_MODELLED || NO_PROGRAM.contains(&status) => Fate::Lacking(said),
        End::Status(_) => Fate::Refused(said),
        End::Late => Fate::Lacking("it does not end".into()),
    }
}

#[test]
fn commands_of_first_boot_scripts_are_executed() {
    let Some(samples) = elsewhere("ESXI_SAMPLES", "../shared/samples") else { return };
    let kickstarts = kickstart::all(&samples);
    assert!(kickstarts.len() >= 25, "the collection has {} kickstarts only", kickstarts.len());
    let (mut executed, mut total) = (0_usize, 0_usize);
    let (mut lacking, mut refused) = (Vec::new(), Vec::new());
    let halves = kickstarts.split_at(kickstarts.len() / 2);
    let halves = std::thread::scope(|scope| {
        [halves.0, halves.1]
            .map(|half| scope.spawn(|| half.iter().map(judge).collect::<Vec<_>>()))
            .map(|thread| thread.join().unwrap())
    });
    for (kickstart, commands) in kickstarts.iter().zip(halves.into_iter().flatten()) {
        let fine = commands.iter().filter(|one| !matches!(one.fate, Fate::Lacking(_))).count();
        println!("{:3} of {:3}  {}  {}", fine, commands.len(), kickstart.version, kickstart.name);
        executed += fine;
        total += commands.len();
        for Judged { script, command, fate } in commands {
            let place = format!("{}, script {script}, line {}", kickstart.name, command.line);
            match fate {
                Fate::Executed => {}
                Fate::Refused(said) => refused.push(format!("{}\n    {place}: {said}", command.text())),
                Fate::Lacking(why) => lacking.push(format!("{}\n    {place}: {why}", command.text())),
            }
        }
    }
    let list = |what: &str, list: &[String]| println!("\n{} {what}:\n{}", list.len(), list.join("\n"));
    list("executed, with an error of the host as the answer", &refused);
    list("not executed", &lacking);
    let share = executed as f64 * 100.0 / total as f64;
    println!("\n{executed} of {total} commands are executed: {share:.1} %");
    assert!(share >= SHARE, "{share:.1} % of the commands are executed");
}
