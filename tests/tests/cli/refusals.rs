//! What cannot be done is said with a code, a cause and a cure, in text and in JSON, and exit status 2.

use crate::{NICS, esxi, esxi_in};

/// Arguments, code, a word of the message or the cure.
const REFUSALS: &[(&[&str], &str, &str)] = &[
    (&["ip", "plan", "147.75.1.8"], "IP001", "147.75.1.8"),
    (&["ip", "plan", "147.75.1.9/29"], "IP002", "147.75.1.8/29"),
    (&["ip", "plan", "147.75.1.8/31"], "IP003", "/31"),
    (&["ip", "plan", "2001:db8::/64", "--provider", "packet"], "IP004", "IPv4"),
    (&["ip", "plan", "147.75.1.8/29", "--provider", "nowhere"], "IP005", "packet"),
    (&["ip", "plan", "147.75.1.8/29", "--layout", "round"], "IP006", "router-vm"),
    (&["ip", "plan", "10.0.0.0/8"], "IP003", "10.0.0.0/16"),
    (&["ip", "plan", "147.75.1.8/29", "--name", "two words"], "IP008", "two words"),
    (&["ip", "plan", "224.0.1.0/29"], "IP009", "multicast"),
    (&["ip", "plan", "147.75.1.8/29", "--profile", "bad.toml"], "IP011", "bad.toml:2:1"),
    (&["ip", "plan", "147.75.1.8/29", "--provider", "packet", "--allocation", "elastik"], "IP020", "elastic"),
    (&["ip", "plan", "88.99.1.64/26", "--provider", "hetzner-robot"], "IP021", "--management"),
    (&["ip", "plan", "147.75.1.8/29", "--name", "a=147.75.2.1"], "IP022", "147.75.2.1"),
    (&["ip", "plan", "147.75.1.8/29", "--name", "a=147.75.1.9"], "IP023", "gateway"),
    (&["ip", "plan", "147.75.1.8/29", "147.75.1.0/24=elastic", "--provider", "packet"], "IP024", "overlap"),
    (&["ip", "plan", "147.75.1.8/29", "--gateway", "147.75.1.1"], "IP025", "vmkernel"),
    (&["ip", "plan", "147.75.1.8/29", "--own-network", "10.1.0.0/16"], "IP026", "10.0.0.0/8"),
    (&["ip", "plan", "147.75.1.8/29", "147.75.2.0/28=elastic", "--provider", "packet"], "IP027", "router-vm"),
    (&["ip", "plan", "147.75.1.8/29", "--as", "cvs"], "IP", "csv"),
    (&["ip", "plan", "147.75.1.8/29", "--as", "hosts", "--domain", "a b"], "IP008", "hyphens"),
    (&["ip", "plan", "147.75.1.8/29", "--dns", "224.0.0.1"], "IP009", "multicast"),
    (&["ip", "plan", "147.75.1.8/29", "--gateway", "0.0.0.0"], "IP009", "this network"),
    (&["ip", "handover", "147.75.1.8/29"], "IP035", "router-vm"),
    (&["ip", "guest", "147.75.1.8/29"], "IP036", "--name"),
    (&["ip", "guest", "147.75.1.8/29", "--as", "netplam"], "IP040", "netplan"),
    (&["ip", "router", "147.75.1.8/29"], "IP036", "router-vm"),
    (&["ip", "plan", "--file", "good.yaml"], "IP001", "addresses"),
    (&["ip", "plan", "147.75.1.8/29", "--router-mac", "zz"], "HOST029", "zz"),
    (&["teaming", "trunk"], "HOST029", "802.3ad"),
    (&["import", "curtin", "none.yaml"], "HOST020", "none.yaml"),
    (&["import", "curtin", "good.yaml", "--nic", "eth0"], "HOST025", "--nic eno1="),
    (&["import", "curtin", "good.yaml", "--nic", "eth0=zz"], "HOST025", "--nic eno1="),
    (&["import", "curtin", "good.yaml", "--links", "good.yaml"], "NET036", "ip -j link"),
    (&["import", "curtin", "good.yaml", "--switch", "bond0=sideways"], "HOST029", "static-lag"),
    (&["import", "esxi"], "HOST028", "--state"),
    (&["import", "esxi", "--state", "good.yaml"], "HOST023", "esxi facts"),
    (&["plan", "good.yaml"], "HOST028", "--host"),
    (&["plan", "none.yaml", "--factory", "--nics", NICS], "HOST020", "none.yaml"),
    (&["plan", "good.yaml", "--factory", "--nics", "zz"], "HOST025", "vmnic0"),
    (&["plan", "good.yaml", "--factory", "--esxi", "eight", "--nics", NICS], "HOST024", "eight"),
    (&["plan", "good.yaml", "--state", "good.yaml"], "HOST023", "esxi facts"),
    (&["plan", "good.yaml", "--factory", "--first-boot"], "NET082", "--nics"),
    (&["plan", "good.yaml", "--factory", "--nics", NICS, "--kickstart", "none.cfg"], "HOST020", "none.cfg"),
    (
        &[
            "plan",
            "good.yaml",
            "--factory",
            "--nics",
            NICS,
            "--kickstart-network",
            "--bootproto=dhcp --ip=10.0.0.1",
        ],
        "NET080",
        "--bootproto=static",
    ),
    (&["plan", "good.yaml", "--fabric", "good.yaml", "--factory", "--nics", NICS], "HOST022", "fabric:"),
    (&["plan", "stranger.yaml", "--factory", "--nics", NICS], "NET001", "52:54:00:00:00:01"),
    (&["apply", "good.yaml"], "HOST028", "--host"),
    (&["verify", "good.yaml", "--host", "http://192.0.2.10"], "SSH", "ssh://"),
    (&["facts", "--host", "ssh://root@192.0.2.10", "--password-file", "none"], "HOST020", "none"),
    (&["demo", "--only", "mars"], "HOST029", "maas"),
    (&["explain", "IP999"], "HOST026", "IP999"),
];

#[test]
fn every_refusal_has_a_code_and_a_cure() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("good.yaml", "version: 1\nnetwork:\n  dns: { servers: [192.0.2.53] }\n");
    write(
        "stranger.yaml",
        "version: 1\nnetwork:\n  vswitches:\n    - { name: vSwitch0, uplinks: [\"52:54:00:00:00:01\"] }\n",
    );
    write("bad.toml", "name = \"bad\"\ntitel = \"Bad\"\n");
    let mut wrong = Vec::new();
    for (args, code, about) in REFUSALS {
        let ran = esxi_in(folder.path(), args, "");
        let text_fits = ran.status == Some(2)
            && ran.out.is_empty()
            && ran.err.contains(&format!("error[{code}"))
            && ran.err.contains(about)
            && ran.err.contains("help: ");
        let told = esxi_in(folder.path(), &[args, &["--format", "json"][..]].concat(), "");
        let json: serde_json::Value = serde_json::from_str(&told.out).unwrap_or_default();
        let first = &json["diagnostics"][0];
        let json_fits = told.status == Some(2)
            && told.out.starts_with("{\n  \"schema\": 1,")
            && first["code"].as_str().is_some_and(|told| told.starts_with(code))
            && first["severity"] == "error"
            && first["help"].is_string();
        if !text_fits || !json_fits {
            wrong.push(format!("{args:?} shall be {code} about {about}\n{ran:#?}\n{json:#}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let left = std::fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(left, 3, "a refusal leaves nothing behind");
}

#[test]
fn options_that_exclude_each_other_are_refused_by_name() {
    let args = ["plan", "x.yaml", "--factory", "--nics", NICS, "--state", "y.json"];
    esxi(&args).ended(2).says("--factory").says("--state");
    let args = ["plan", "x.yaml", "--factory", "--kickstart", "ks.cfg", "--kickstart-network", "network"];
    esxi(&args).ended(2).says("--kickstart").says("--kickstart-network");
    esxi(&["plan", "x.yaml", "--first-boot", "--sh"]).ended(2).says("--first-boot").says("--sh");
    esxi(&["plan", "x.yaml", "--kickstart", "ks.cfg"]).ended(2).says("--factory");
}
