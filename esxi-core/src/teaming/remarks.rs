//! What an advice rests on: conditions that no setting of the host can meet by itself.

use super::{Advice, BondMode};
use crate::state::{FailureDetection, LoadBalancing};

// VMware KB 1001938 and the 6.7 networking guide, verified; that no uplink may be standby is believed.
const CHANNEL: &str =
    "iphash: every port of the channel is on one switch or one stack, never on two separate switches";
const CHANNEL_ORDER: &str = "iphash: every uplink is active, none standby, and no port group may override it";
const CHANNEL_CHANGE: &str =
    "iphash: change the vSwitch first, then the switch; between the two nothing answers";
// 6.5 networking guide, verified.
const LINK: &str = "link state shows a dead cable or switch, not a port that spanning tree blocks, a wrong VLAN, or a fault \
                    behind the switch";
// KB 1005577 and the 6.5 networking guide, verified.
const BEACON: &str = "beacon probing: three uplinks or more, best to different physical switches, and no port group with \
                      VLAN 4095";
// 6.7 networking guide, verified.
const NLB: &str = "notify switches must be off where virtual machines run Microsoft NLB in unicast mode";
// 6.0 networking guide, verified.
const FAILBACK: &str = "failback: the switch ports need PortFast (edge), or a returning uplink is used for half a minute \
                        before it forwards; switch failback off where the first uplink flaps";
const MAC: &str = "`mac` instead of portid does as well: it balances by source MAC address";

/// The conditions of one advice; none when it is a refusal or there is but one uplink.
pub(super) fn of(advice: &Advice) -> Vec<&'static str> {
    let Some(balancing) = advice.load_balancing.filter(|_| advice.uplinks > 1) else { return Vec::new() };
    let mut all = Vec::new();
    if balancing == LoadBalancing::IpHash {
        all.extend([CHANNEL, CHANNEL_ORDER, CHANNEL_CHANGE]);
    }
    let either = matches!(advice.mode, BondMode::BalanceXor | BondMode::BalanceTlb);
    if balancing == LoadBalancing::PortId && either {
        all.push(MAC);
    }
    all.push(match advice.failure_detection {
        FailureDetection::Link => LINK,
        FailureDetection::Beacon => BEACON,
    });
    if advice.notify_switches {
        all.push(NLB);
    }
    if advice.failback {
        all.push(FAILBACK);
    }
    all
}
