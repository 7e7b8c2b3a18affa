//! `storage nmp satp`: array types, their default policies, and the rules that give devices a type.

use super::{Multipathing, POLICIES, SatpRule};
use crate::model::family::{Answer, Reply};
use crate::model::machine::Machine;
use crate::model::parse::Invocation;
use crate::model::value::{Structure, Value};

pub(super) const LOCAL: &str = "VMW_SATP_LOCAL";
const NOT_LOADED: &str = "Placeholder (plugin not loaded)";

/// Name, default policy and description (verified: 5.x and 6.0; the two differ in the policy of two arrays).
const TYPES: [(&str, &str, &str); 13] = [
    ("VMW_SATP_ALUA", "VMW_PSP_MRU", "Supports non-specific arrays that use the ALUA protocol"),
    ("VMW_SATP_MSA", "VMW_PSP_MRU", NOT_LOADED),
    ("VMW_SATP_DEFAULT_AP", "VMW_PSP_MRU", NOT_LOADED),
    ("VMW_SATP_SVC", "VMW_PSP_FIXED", NOT_LOADED),
    ("VMW_SATP_EQL", "VMW_PSP_FIXED", NOT_LOADED),
    ("VMW_SATP_INV", "VMW_PSP_FIXED", NOT_LOADED),
    ("VMW_SATP_EVA", "VMW_PSP_FIXED", NOT_LOADED),
    ("VMW_SATP_ALUA_CX", "VMW_PSP_RR", NOT_LOADED),
    ("VMW_SATP_SYMM", "VMW_PSP_RR", NOT_LOADED),
    ("VMW_SATP_CX", "VMW_PSP_MRU", NOT_LOADED),
    ("VMW_SATP_LSI", "VMW_PSP_MRU", NOT_LOADED),
    ("VMW_SATP_DEFAULT_AA", "VMW_PSP_FIXED", "Supports non-specific active/active arrays"),
    (LOCAL, "VMW_PSP_FIXED", "Supports direct attached devices"),
];

/// Rules that come with the host: type, vendor, model, transport, policy, description. A part of them: those of
/// arrays that are no longer sold are left out.
const RULES: [(&str, &str, &str, &str, &str, &str); 12] = [
    ("VMW_SATP_ALUA", "NETAPP", "", "", "VMW_PSP_RR", "NetApp arrays with ALUA support"),
    ("VMW_SATP_ALUA", "HP", "MSA2012sa", "", "", "HP A/A arrays with ALUA"),
    ("VMW_SATP_ALUA", "IBM", "2810XIV", "", "VMW_PSP_RR", "IBM 2810XIV arrays with ALUA support"),
    ("VMW_SATP_ALUA", "", "", "", "", "Any array with ALUA support"),
    ("VMW_SATP_EQL", "EQLOGIC", "", "", "", "All EqualLogic Arrays"),
    ("VMW_SATP_SVC", "IBM", "2145", "", "", ""),
    ("VMW_SATP_SYMM", "EMC", "SYMMETRIX", "", "", "EMC Symmetrix"),
    ("VMW_SATP_CX", "DGC", "", "", "", "All non-ALUA Clariion Arrays"),
    ("VMW_SATP_DEFAULT_AA", "", "", "fc", "", "Fibre Channel Devices"),
    ("VMW_SATP_DEFAULT_AA", "", "", "iscsi", "", "iSCSI Devices"),
    (LOCAL, "", "", "sata", "", ""),
    (LOCAL, "", "", "usb", "", ""),
];

pub(super) fn run(machine: &mut Machine, call: &Invocation) -> Option<Reply> {
    Some(match call.row.path.strip_prefix("storage nmp satp ")? {
        "list" => Ok(list(&machine.storage.multipathing)),
        "set" => set(&mut machine.storage.multipathing, call),
        "rule list" => Ok(rules(&machine.storage.multipathing, call)),
        "rule add" => add(machine, call),
        "rule remove" => remove(machine, call),
        _ => return None,
    })
}

/// The policy of an array type: the one set, else the table's.
pub(super) fn default_policy(paths: &Multipathing, satp: &str) -> String {
    let shipped = || TYPES.iter().find(|(name, ..)| *name == satp).map_or("", |(_, policy, _)| policy);
    paths.defaults.get(satp).cloned().unwrap_or_else(|| shipped().to_owned())
}

fn list(paths: &Multipathing) -> Answer {
    let row = |(name, _, description): (&'static str, &'static str, &'static str)| {
        Structure::new("StorageArrayTypePlugin")
            .with("Name", name)
            .with("Default PSP", default_policy(paths, name))
            .with("Description", description)
    };
    Answer::Value(Value::List(TYPES.into_iter().map(row).collect()))
}

/// Says what it did (verified: 5.x).
fn set(paths: &mut Multipathing, call: &Invocation) -> Reply {
    let (satp, psp) = (call.get("satp").unwrap_or_default(), call.get("default-psp").unwrap_or_default());
    known(satp, psp)?;
    paths.defaults.insert(satp.to_owned(), psp.to_owned());
    Ok(Answer::Value(Value::Str(format!("Default PSP for {satp} is now {psp}"))))
}

/// Sentences are believed.
fn known(satp: &str, psp: &str) -> Result<(), String> {
    if !TYPES.iter().any(|(name, ..)| *name == satp) {
        return Err(format!("Unknown storage array type plugin {satp}"));
    }
    if !psp.is_empty() && !POLICIES.iter().any(|(name, _)| *name == psp) {
        return Err(format!("Unknown path selection policy {psp}"));
    }
    Ok(())
}

/// Columns verified (6.0).
fn rules(paths: &Multipathing, call: &Invocation) -> Answer {
    let shipped = RULES.iter().map(|(satp, vendor, model, transport, psp, description)| {
        let text = |text: &str| text.to_owned();
        let rule = SatpRule {
            satp: text(satp),
            vendor: text(vendor),
            model: text(model),
            transport: text(transport),
            psp: text(psp),
            description: text(description),
            ..SatpRule::default()
        };
        (rule, "system")
    });
    let added = paths.rules.iter().cloned().map(|rule| (rule, "user"));
    let wanted = |rule: &SatpRule| call.get("satp").is_none_or(|satp| rule.satp == satp);
    let row = |(rule, group): (SatpRule, &'static str)| {
        Structure::new("StorageArrayTypePluginRule")
            .with("Name", rule.satp)
            .with("Device", rule.device)
            .with("Vendor", rule.vendor)
            .with("Model", rule.model)
            .with("Driver", rule.driver)
            .with("Transport", rule.transport)
            .with("Options", rule.options)
            .with("Rule Group", group)
            .with("Claim Options", rule.claim_options)
            .with("Default PSP", rule.psp)
            .with("PSP Options", rule.psp_options)
            .with("Description", rule.description)
    };
    Answer::Value(Value::List(shipped.chain(added).filter(|(rule, _)| wanted(rule)).map(row).collect()))
}

fn read(call: &Invocation) -> SatpRule {
    let text = |option: &str| call.get(option).unwrap_or_default().to_owned();
    SatpRule {
        satp: text("satp"),
        device: text("device"),
        vendor: text("vendor"),
        model: text("model"),
        driver: text("driver"),
        transport: text("transport"),
        options: text("option"),
        claim_options: text("claim-option"),
        psp: text("psp"),
        psp_options: text("psp-option"),
        description: text("description"),
    }
}

/// A rule with `enable_ssd` or `disable_ssd` changes what the device is taken for.
fn add(machine: &mut Machine, call: &Invocation) -> Reply {
    let rule = read(call);
    known(&rule.satp, &rule.psp)?;
    let same = |other: &SatpRule| SatpRule { description: rule.description.clone(), ..other.clone() } == rule;
    if machine.storage.multipathing.rules.iter().any(same) && !call.flag("force") {
        return Err(
            "Error adding SATP user rule: Duplicate user rule found for SATP ".to_owned() + &rule.satp
        );
    }
    let ssd = match rule.options.as_str() {
        "enable_ssd" => Some(true),
        "disable_ssd" => Some(false),
        _ => None,
    };
    if let (Some(ssd), Some(disk)) = (ssd, machine.storage.disk_mut(&rule.device)) {
        disk.ssd = ssd;
    }
    machine.storage.multipathing.rules.push(rule);
    Ok(Answer::Done)
}

fn remove(machine: &mut Machine, call: &Invocation) -> Reply {
    let wanted = read(call);
    let rules = &mut machine.storage.multipathing.rules;
    let fits = |rule: &SatpRule| {
        let same = |wanted: &str, has: &str| wanted.is_empty() || wanted == has;
        rule.satp == wanted.satp
            && same(&wanted.device, &rule.device)
            && same(&wanted.vendor, &rule.vendor)
            && same(&wanted.model, &rule.model)
            && same(&wanted.options, &rule.options)
            && same(&wanted.psp, &rule.psp)
    };
    let before = rules.len();
    rules.retain(|rule| !fits(rule));
    if rules.len() == before {
        Err(format!("Error removing SATP user rule: no such rule for SATP {}", wanted.satp))
    } else {
        Ok(Answer::Done)
    }
}
