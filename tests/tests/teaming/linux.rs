//! The Linux snippets, run by the real `ip` and `bridge` in a network namespace of their own. Where the kernel has no
//! bonding, bridges or dummy cards, they must still be understood: then it is the kernel that refuses, not the reader
//! of the command line.

use crate::snippets::{CASES, write};
use esxi_core::teaming::SwitchSide;
use esxi_core::teaming::switch::Dialect;
use std::io::Write;
use std::process::{Command, Stdio};

/// What one script said: `line<TAB>status<TAB>message` for each of its lines.
fn run(lines: &[String]) -> Option<Vec<(String, bool, String)>> {
    let mut script = String::from("set -u\n");
    for line in lines {
        script += &format!("if told=$({line} 2>&1); then ok=true; else ok=false; fi\n");
        script += &format!("printf '%s\\t%s\\t%s\\n' '{line}' \"$ok\" \"$(echo $told)\"\n");
    }
    let mut child = Command::new("unshare")
        .args(["--user", "--map-root-user", "--net", "sh"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .ok()?;
    child.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
    let done = child.wait_with_output().unwrap();
    if !done.status.success() {
        return None;
    }
    let out = String::from_utf8(done.stdout).unwrap();
    let row = |line: &str| {
        let mut parts = line.splitn(3, '\t');
        let mut next = || parts.next().unwrap_or_default().to_owned();
        (next(), next() == "true", next())
    };
    Some(out.lines().map(row).collect())
}

fn lines(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

#[test]
fn ip_and_bridge_take_every_line() {
    let Some(tried) = run(&lines(&[
        "ip link add name br0 type bridge vlan_filtering 1",
        "ip link add name swp1 type dummy",
        "ip link add name bond9 type bond mode balance-xor",
    ])) else {
        // No namespaces for this user: nothing can be tried on this machine.
        return;
    };
    let whole = tried.iter().all(|(_, ok, _)| *ok);
    // A line that is not understood must look different from one that the kernel refuses.
    let nonsense = run(&lines(&["ip link add name b type bond mode balance-abc"])).unwrap();
    assert!(!nonsense[0].1 && !is_refusal_of_the_kernel(&nonsense[0].2), "{nonsense:?}");
    for case in CASES {
        let both = write(case, Dialect::Linux);
        let mut script =
            lines(&["ip link add name br0 type bridge vlan_filtering 1", "ip link set dev br0 up"]);
        script.extend((1..=case.3).map(|at| format!("ip link add name swp{at} type dummy")));
        if both.was == Some(SwitchSide::Lacp) {
            script.push("ip link add name bond1 type bond mode 802.3ad".to_owned());
        } else if both.was == Some(SwitchSide::StaticLag) && both.becomes == SwitchSide::Independent {
            script.push("ip link add name bond1 type bond mode balance-xor".to_owned());
        }
        let first = script.len();
        script.extend(both.switch.iter().cloned());
        let told = run(&script).unwrap();
        assert_eq!(told.len(), script.len());
        for (line, ok, message) in &told[first..] {
            let fine = if whole { *ok } else { *ok || is_refusal_of_the_kernel(message) };
            assert!(fine, "{}: {line}: {message}", case.0);
        }
    }
}

/// The words of iproute2 for what the kernel lacks or a device that was therefore not made.
fn is_refusal_of_the_kernel(message: &str) -> bool {
    [
        "Unknown device type",
        "Cannot find device",
        "Cannot find bridge device",
        "does not exist",
        "Operation not supported",
    ]
    .iter()
    .any(|refusal| message.contains(refusal))
}
