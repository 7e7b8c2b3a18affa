//! Policies: records → typed policy, or the text that was not understood.

use super::record::Record;
use crate::state::{
    Fact, FailoverOrder, FailureDetection, LoadBalancing, Security, SecurityOverride, Shaping, Teaming,
    TeamingOverride,
};
use crate::value::VmnicName;

/// A field that must be there and be understood; else its name and text.
fn field<T>(record: &Record, name: &str, read: impl Fn(&str) -> Option<T>) -> Result<T, String> {
    let text = record.text(name).ok_or_else(|| format!("not reported: {name}"))?;
    read(&text).ok_or_else(|| format!("{name}: {text}"))
}

fn truth(record: &Record, name: &str) -> Result<bool, String> {
    field(record, name, crate::model::parse::read_bool)
}

fn cards(record: &Record, name: &str) -> Result<Vec<VmnicName>, String> {
    let list = record.list(name).ok_or_else(|| format!("not reported: {name}"))?;
    list.iter().map(|card| card.parse().map_err(|_| format!("{name}: {card}"))).collect()
}

fn fact<T>(read: Result<T, String>) -> Fact<T> {
    read.map_or_else(Fact::Unknown, Fact::Known)
}

/// Both spellings of a policy are read: the one of `set` and the one hosts are believed to print.
fn read_teaming(record: &Record) -> Result<Teaming, String> {
    Ok(Teaming {
        load_balancing: field(record, "LoadBalancing", LoadBalancing::from_word)?,
        failure_detection: field(record, "NetworkFailureDetection", FailureDetection::from_word)?,
        notify_switches: truth(record, "NotifySwitches")?,
        failback: truth(record, "Failback")?,
        order: FailoverOrder {
            active: cards(record, "ActiveAdapters")?,
            standby: cards(record, "StandbyAdapters")?,
        },
    })
}

pub(super) fn teaming(record: &Record) -> Fact<Teaming> {
    fact(read_teaming(record))
}

/// A port group shows the values in force and which of them are its own.
pub(super) fn teaming_override(record: &Record) -> Fact<TeamingOverride> {
    let read = || {
        let now = read_teaming(record)?;
        let own = |name: &str| truth(record, &format!("OverrideVswitch{name}"));
        Ok(TeamingOverride {
            load_balancing: own("LoadBalancing")?.then_some(now.load_balancing),
            failure_detection: own("NetworkFailureDetection")?.then_some(now.failure_detection),
            notify_switches: own("NotifySwitches")?.then_some(now.notify_switches),
            failback: own("Failback")?.then_some(now.failback),
            order: own("Uplinks")?.then_some(now.order),
        })
    };
    fact(read())
}

fn read_security(record: &Record) -> Result<Security, String> {
    Ok(Security {
        promiscuous: truth(record, "AllowPromiscuous")?,
        mac_changes: truth(record, "AllowMACAddressChange")?,
        forged_transmits: truth(record, "AllowForgedTransmits")?,
    })
}

pub(super) fn security(record: &Record) -> Fact<Security> {
    fact(read_security(record))
}

pub(super) fn security_override(record: &Record) -> Fact<SecurityOverride> {
    let read = || {
        let now = read_security(record)?;
        let own = |name: &str| truth(record, &format!("OverrideVswitchAllow{name}"));
        Ok(SecurityOverride {
            promiscuous: own("Promiscuous")?.then_some(now.promiscuous),
            mac_changes: own("MACAddressChange")?.then_some(now.mac_changes),
            forged_transmits: own("ForgedTransmits")?.then_some(now.forged_transmits),
        })
    };
    fact(read())
}

fn read_shaping(record: &Record) -> Result<Shaping, String> {
    let number = |name: &str| field(record, name, |text| text.parse().ok());
    Ok(Shaping {
        enabled: truth(record, "Enabled")?,
        average_kbps: number("AverageBandwidth")?,
        peak_kbps: number("PeakBandwidth")?,
        burst_kib: number("BurstSize")?,
    })
}

pub(super) fn shaping(record: &Record) -> Fact<Shaping> {
    fact(read_shaping(record))
}

/// The model knows a port group's shaping as a whole: its own as soon as one value is.
pub(super) fn shaping_override(record: &Record) -> Fact<Option<Shaping>> {
    let read = || {
        let now = read_shaping(record)?;
        let mut own = false;
        for name in ["Enabled", "AverageBandwidth", "PeakBandwidth", "BurstSize"] {
            own |= truth(record, &format!("OverrideVswitch{name}"))?;
        }
        Ok(own.then_some(now))
    };
    fact(read())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::read::read_text;

    fn text_records(text: &str) -> Vec<Record> {
        read_text(text).structures().iter().map(Record::from).collect()
    }

    const GET: &str = "   Load Balancing: srcmac\n   Network Failure Detection: link\n   Notify Switches: true\n   \
                       Failback: false\n   Active Adapters: vmnic1, vmnic0\n   Standby Adapters: \n   Unused Adapters: \n";

    #[test]
    fn both_spellings_are_read_and_the_rest_is_kept_as_text() {
        for (word, policy) in
            [("srcmac", LoadBalancing::Mac), ("mac", LoadBalancing::Mac), ("portid", LoadBalancing::PortId)]
        {
            let record = &text_records(&GET.replace("srcmac", word))[0];
            let read = teaming(record);
            assert_eq!(read.known().unwrap().load_balancing, policy);
            assert_eq!(read.known().unwrap().order.active.len(), 2);
        }
        let record = &text_records(&GET.replace("srcmac", "lbt"))[0];
        assert_eq!(teaming(record), Fact::Unknown("LoadBalancing: lbt".into()));
        assert_eq!(
            teaming_override(&text_records(GET)[0]),
            Fact::Unknown("not reported: OverrideVswitchLoadBalancing".into())
        );
        assert_eq!(security(&Record::default()), Fact::Unknown("not reported: AllowPromiscuous".into()));
    }
}
