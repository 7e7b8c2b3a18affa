//! Routes of a live host, and its firewall as it is.

use crate::{ESXI, FABRIC};
use esxi_tests::lab::{self, Lab};

#[test]
fn a_live_host_says_who_answers_and_who_is_let_in() {
    for version in ["6.5", "8.0.2"] {
        let lab = Lab::start(ESXI, lab::config(version));
        lab.write("fabric.yaml", FABRIC);
        let before = lab.host.machine();
        lab.on_host(&["route", "explain"]).ended(0).says("vmk0").says("22 SSH open (sshServer)");
        assert_eq!(lab.host.machine(), before, "{version}: asking changes nothing");
        for words in ["set -r sshServer -a false", "allowedip add -r sshServer -i 198.51.100.7"] {
            let line = format!("esxcli network firewall ruleset {words}");
            let argv: Vec<String> = line.split(' ').map(str::to_owned).collect();
            let ran = lab.host.change(|machine, _| esxi_core::model::run(machine, &argv, b""));
            assert_eq!(ran.status, 0, "{version}: {words}");
        }
        lab.on_host(&["route", "explain", "--from", "198.51.100.8", "--service", "22"])
            .ended(1)
            .says("NET066")
            .says("22 SSH closed")
            .says("esxcli network firewall ruleset allowedip add -r sshServer -i 198.51.100.8");
    }
}
