//! `vim-cmd`: the management agent's own tool. A word that it does not know is told from one that only the model
//! lacks by the folder it stands in.

mod advopt;
mod auth;
mod datastore;
mod describe;
mod hostsvc;
mod license;
mod print;
mod vmsvc;

pub use auth::CustomRole;
pub use hostsvc::Autostart;

use crate::model::family::{Call, Console, not_modelled};
use crate::model::machine::Output;
use crate::model::wording;
use print::Fault;

/// What a command gives: its text, or why not.
enum Said {
    Text(String),
    Output(Output),
    Fault(Fault),
    /// A sentence of the tool itself; status 1.
    Refused(String),
    /// The model does not know these words.
    Lacking,
}

impl From<Result<(), String>> for Said {
    /// Sentences of esxcli mean the same as a fault of the agent.
    fn from(result: Result<(), String>) -> Self {
        match result {
            Ok(()) => Said::Text(String::new()),
            Err(sentence) => Said::Fault(Fault::new("vmodl.fault.InvalidArgument", sentence)),
        }
    }
}

/// The folders of commands.
const FOLDERS: &[&str] = &["hostsvc", "internalsvc", "proxysvc", "solo", "vimsvc", "vmsvc", "vslmsvc"];

pub(super) fn vim_cmd(console: &mut Console<'_>, call: &Call<'_>) -> Output {
    let words = call.texts();
    let Some((first, rest)) = words.split_first() else { return not_modelled("vim-cmd", &words) };
    if !console.machine.system.hostd {
        return Output::refused(wording::HOSTD_DOWN);
    }
    let (folder, command) = first.split_once('/').unwrap_or((first, ""));
    let said = match folder {
        "hostsvc" => hostsvc::run(console, command, rest),
        // What the agent does by itself here.
        "internalsvc" if matches!(command, "refresh_network" | "refresh_services" | "refresh_datastores") => {
            Said::Text(String::new())
        }
        "vimsvc" if command == "license" => license::run(console, rest),
        "vimsvc" => match command.strip_prefix("auth/") {
            Some(command) => auth::run(console.machine, command, rest),
            None => Said::Lacking,
        },
        "vmsvc" => vmsvc::run(console, command, rest),
        "solo" => vmsvc::solo(console, command, rest),
        _ => Said::Lacking,
    };
    match said {
        Said::Text(text) => Output::ok(text),
        Said::Output(output) => output,
        Said::Fault(fault) => Output { stdout: fault.text().into_bytes(), status: 1, ..Output::default() },
        Said::Refused(sentence) => Output::refused(sentence),
        Said::Lacking if FOLDERS.contains(&folder) => not_modelled("vim-cmd", &words),
        // Believed.
        Said::Lacking => Output::refused(format!("Invalid command '{first}'.")),
    }
}

#[cfg(test)]
mod tests {
    use crate::model::NOT_MODELLED;
    use crate::model::system::testing::{exec, host, refused};

    #[test]
    fn what_is_not_known() {
        let mut host = host("7.0");
        assert_eq!(exec(&mut host, "vim-cmd hostsvc/unheard_of").status, NOT_MODELLED);
        assert!(refused(&mut host, "vim-cmd nothing/at_all").starts_with("Invalid command"));
        host.system.hostd = false;
        assert!(
            refused(&mut host, "vim-cmd hostsvc/refresh_services").starts_with("Connect to localhost failed")
        );
    }
}
