//! `esxi demo`: the whole job on two simulated hosts, by this program's own commands.
//!
//! The hosts are served by this process on loopback; every command is run as a child process, just as a person
//! would type it.

mod stage;

use crate::args::Demo;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::live::runtime;
use crate::out::Out;
use esxi_core::diag::codes;
use stage::Stage;
use std::time::Instant;

/// The simulated hosts have no hourly backup to wait for.
const AT_ONCE: &str = "--no-hold-off";

/// Seconds the hosts of the demo wait for a confirmation: short, so that one can watch.
const WINDOW: &str = "6";

pub fn run(out: &Out, args: &Demo) -> Result<Exit, Failure> {
    let began = Instant::now();
    let wanted = |name: &str| args.only.as_deref().is_none_or(|only| only == name);
    if let Some(only) = args.only.as_deref().filter(|only| !["packet", "maas"].contains(only)) {
        return Err(Failure::error(
            codes::WRONG_WORD,
            format!("there is no demo host \"{only}\""),
            "packet or maas",
        ));
    }
    let runtime = runtime()?;
    if wanted("packet") {
        runtime.block_on(packet(out))?;
    }
    if wanted("maas") {
        runtime.block_on(maas(out))?;
    }
    out.say(out.bold(format_args!("\nThe demo took {:.1} s.", began.elapsed().as_secs_f64())));
    Ok(Exit::Fine)
}

/// A rented server: two uplinks of which the fabric wants LACP, a public /29, a private network.
async fn packet(out: &Out) -> Result<(), Failure> {
    out.say(out.bold("\n=== A rented server with a /29; both ports are in one LACP group ==="));
    let mut stage = Stage::open(
        out,
        stage::Play {
            name: "packet",
            version: "6.5",
            nics: &["0c:c4:7a:b5:80:02", "0c:c4:7a:b5:80:03"],
            files: &[
                ("curtin.yaml", include_str!("../../../examples/packet-curtin.yaml")),
                ("fabric.yaml", include_str!("../../../examples/packet-fabric.yaml")),
                ("lockout.yaml", include_str!("../../../examples/packet-lockout.yaml")),
            ],
            address: "147.75.1.10",
        },
    )
    .await?;
    stage.tell("Which address of the block is whose?");
    stage.esxi(&["ip", "plan", "147.75.1.8/29", "--provider", "packet"], Exit::Fine).await?;
    stage.tell("The network config that was written for Linux, in ESXi's terms:");
    stage.esxi(&["import", "curtin", "curtin.yaml", "--output", "host.yaml"], Exit::Fine).await?;
    stage.show("host.yaml")?;
    whole_job(&mut stage).await?;
    stage.tell("Somebody wants the second card on vSwitch0, too. The plan says what would happen:");
    stage.on_host(&["apply", "lockout.yaml", "--yes"], Exit::CouldNotRun).await?;
    stage.tell("Forced all the same. Watch the host fall silent, and its own timer bring it back:");
    stage.watch();
    let forced = ["apply", "lockout.yaml", "--yes", "--force", "--window", WINDOW, AT_ONCE];
    stage.on_host(&forced, Exit::RolledBack).await?;
    stage.tell("It is as it was:");
    stage.on_host(&["verify", "host.yaml", "--fabric", "fabric.yaml"], Exit::Fine).await?;
    stage.close().await;
    Ok(())
}

/// A MAAS machine: a bond and VLANs; management moves to a VLAN and another subnet while it is used.
async fn maas(out: &Out) -> Result<(), Failure> {
    out.say(out.bold("\n=== A MAAS machine: a bond, VLANs, and management that moves to another subnet ==="));
    let mut stage = Stage::open(
        out,
        stage::Play {
            name: "maas",
            version: "8.0.2",
            nics: &["0c:c4:7a:b5:80:02", "0c:c4:7a:b5:80:03"],
            files: &[
                ("curtin.yaml", include_str!("../../../examples/maas-curtin.yaml")),
                ("fabric.yaml", include_str!("../../../examples/maas-fabric.yaml")),
            ],
            address: "192.168.100.50",
        },
    )
    .await?;
    stage.tell("What becomes of the bond?");
    stage.esxi(&["teaming", "active-backup", "--switch", "independent"], Exit::Fine).await?;
    let import = ["import", "curtin", "curtin.yaml", "--switch", "independent", "--output", "host.yaml"];
    stage.esxi(&import, Exit::Fine).await?;
    stage.show("host.yaml")?;
    whole_job(&mut stage).await?;
    stage.close().await;
    Ok(())
}

/// Check, plan, apply, verify; and again, to see that nothing is left to do.
async fn whole_job(stage: &mut Stage<'_>) -> Result<(), Failure> {
    stage.esxi(&["check", "host.yaml", "fabric.yaml"], Exit::Fine).await?;
    stage.tell(
        "What would be done to the host as its installer left it, and does management answer all the while?",
    );
    stage.on_host(&["plan", "host.yaml", "--fabric", "fabric.yaml"], Exit::Fine).await?;
    stage.tell("Do it. The undo runs on the host; only a new connection to the reached address disarms it:");
    let apply = ["apply", "host.yaml", "--fabric", "fabric.yaml", "--yes", "--window", WINDOW, AT_ONCE];
    stage.on_host(&apply, Exit::Fine).await?;
    stage.follow()?;
    stage.on_host(&["verify", "host.yaml", "--fabric", "fabric.yaml"], Exit::Fine).await?;
    stage.tell("A second time there is nothing to do:");
    stage.on_host(&["apply", "host.yaml", "--fabric", "fabric.yaml", "--yes"], Exit::Fine).await?;
    stage.on_host(&["facts"], Exit::Fine).await
}
