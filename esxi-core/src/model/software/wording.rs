//! Sentences of `esxcli software`.

/// The frame of every failure (verified: 6.0, 6.7): class, detail, indented facts, and where to look.
pub(super) fn failure(class: &str, detail: &str, facts: &[(&str, &str)]) -> String {
    let facts: String = facts.iter().map(|(key, value)| format!("        {key} = {value}\n")).collect();
    format!(" [{class}]\n {detail}\n{facts} Please refer to the log file for more details.")
}

/// Verified (6.0, 6.7): a depot that cannot be read; `cause` stands in the quotes that Python chose.
pub(super) fn no_depot(url: &str, cause: &str) -> String {
    let detail = format!("Could not download from depot at {url}, skipping (('{url}', '', {cause}))");
    failure("MetadataDownloadError", &detail, &[("url", url)])
}

/// Believed.
pub(super) fn no_vib(url: &str, cause: &str) -> String {
    failure("VibDownloadError", &format!("('{url}', '', \"{cause}\")"), &[("url", url)])
}

/// Class verified (`id=`), sentence believed.
pub(super) fn no_match(what: &str, id: &str) -> String {
    failure("NoMatchError", &format!("No {what} matching '{id}' was found"), &[("id", id)])
}

/// As VMware's articles quote it.
pub(super) fn not_accepted(id: &str, level: &str, host: &str) -> String {
    let detail = format!(
        "VIB {id}'s acceptance level is {level}, which is not compliant with the ImageProfile acceptance level {host}\n \
         To change the host acceptance level, use the 'esxcli software acceptance set' command."
    );
    failure("AcceptanceConfigError", &detail, &[])
}

/// Verified.
pub(super) fn dependency(id: &str, needs: &str) -> String {
    let detail = format!(
        "VIB {id} requires {needs}, but the requirement cannot be satisfied within the ImageProfile."
    );
    failure("DependencyError", &detail, &[])
}

/// Verified.
pub(super) const DONE: &str = "Operation finished successfully.";
/// Verified.
pub(super) const REBOOT: &str =
    "The update completed successfully, but the system needs to be rebooted for the changes to be effective.";
/// As VMware's articles quote it.
pub(super) const UNCHANGED: &str = "Host is not changed.";
/// As VMware's articles quote it.
pub(super) const DRY_RUN: &str =
    "Dryrun only, host not changed. The following installers will be applied: [BootBankInstaller]";
