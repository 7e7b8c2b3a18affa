//! `esxcfg-advcfg`.

use super::{Added, Setting, all, find, set};
use crate::model::family::{Call, Console, not_modelled};
use crate::model::machine::{Machine, Output};
use crate::model::system::kernel;

/// `-g`, `-s`, `-d` and `-l` as verified or believed; `-j`, `-k` and their long forms are about kernel options;
/// `-A` and `-L` add and remove options below `/UserVars`.
pub(in crate::model::system) fn advcfg(console: &mut Console<'_>, call: &Call<'_>) -> Output {
    let machine = &mut *console.machine;
    let result = match call.texts()[..] {
        ["-g" | "--get", path] => get(machine, path),
        ["-s" | "--set", value, path] => put(machine, path, value),
        ["-d" | "--default", path] => set(machine, path, None).map(|()| String::new()),
        ["-l" | "--list"] => Ok(list(machine)),
        ["-q", "-g" | "--get", path] => get(machine, path),
        ["-j" | "--get-kernel", name] => kernel::configured(machine, name)
            .map(|value| format!("{name} = {value}\n"))
            .ok_or_else(|| unknown_kernel(name)),
        ["-k" | "--set-kernel", value, name] => {
            kernel::set(machine, name, value).map(|()| String::new()).map_err(|_| unknown_kernel(name))
        }
        ["-A" | "--add-option", name, ref rest @ ..] => add(machine, name, rest).map(|()| String::new()),
        ["-L" | "--del-option", name] => {
            let path = user(name);
            machine.system.settings.changed.remove(&path);
            let removed = machine.system.settings.added.remove(&path);
            removed.map(|_| String::new()).ok_or_else(|| unknown(&path))
        }
        ref other => return not_modelled("esxcfg-advcfg", other),
    };
    match result {
        Ok(text) => Output::ok(text),
        Err(sentence) => Output::refused(sentence),
    }
}

fn user(name: &str) -> String {
    if name.starts_with('/') { name.to_owned() } else { format!("/UserVars/{name}") }
}

/// Believed.
fn unknown(path: &str) -> String {
    format!("Exception occurred: Unable to find option {}", path.rsplit('/').next().unwrap_or(path))
}

/// Believed.
fn unknown_kernel(name: &str) -> String {
    format!("Exception occurred: Invalid Key Name: {name}")
}

/// The last part of the path (verified).
fn get(machine: &Machine, path: &str) -> Result<String, String> {
    let option = find(machine, path).ok_or_else(|| unknown(path))?;
    let name = path.rsplit('/').next().unwrap_or(path);
    Ok(match option.value {
        Setting::Int(number) => format!("Value of {name} is {number}\n"),
        Setting::Text(text) => format!("Value of {name} is {text}\n"),
    })
}

fn put(machine: &mut Machine, path: &str, value: &str) -> Result<String, String> {
    let option = find(machine, path).ok_or_else(|| unknown(path))?;
    let value = match option.default {
        Setting::Int(_) => {
            Setting::Int(value.parse().map_err(|_| format!("Invalid integer value: {value}"))?)
        }
        Setting::Text(_) => Setting::Text(value.to_owned()),
    };
    set(machine, path, Some(value))?;
    // Silent (verified).
    Ok(String::new())
}

/// A line an option (verified).
fn list(machine: &Machine) -> String {
    let line = |option: &super::Shown<'_>| {
        let kind = if matches!(option.default, Setting::Int(_)) { "Integer" } else { "String" };
        format!("{} [{kind}] : {}\n", option.path, option.description)
    };
    all(machine).iter().map(line).collect()
}

/// Options of `-A`: long words as the tool's help names them (believed).
fn add(machine: &mut Machine, name: &str, words: &[&str]) -> Result<(), String> {
    let path = user(name);
    if find(machine, &path).is_some() {
        return Err(format!("Exception occurred: {path} already exists"));
    }
    let (mut description, mut kind, mut default, mut range) = ("", "string", "", (0, i64::from(i32::MAX)));
    let mut words = words.iter();
    let integer = |text: &str| text.parse().map_err(|_| format!("Invalid integer value: {text}"));
    while let Some(word) = words.next() {
        let value = words.next().copied().ok_or_else(|| format!("{word} needs a value"))?;
        match *word {
            "-T" | "--add-type" => kind = value,
            "-D" | "--add-desc" => description = value,
            "-F" | "--add-default" => default = value,
            "-N" | "--add-min" => range.0 = integer(value)?,
            "-X" | "--add-max" => range.1 = integer(value)?,
            other => return Err(format!("Unknown option: {other}")),
        }
    }
    let (default, range) = if kind == "int" {
        (Setting::Int(if default.is_empty() { range.0 } else { integer(default)? }), range)
    } else {
        (Setting::Text(default.to_owned()), (0, 0))
    };
    let added = Added {
        default,
        range,
        description: description.to_owned(),
        hidden: false,
        host_specific: false,
        impact: "none".to_owned(),
    };
    machine.system.settings.added.insert(path, added);
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::model::samples;
    use crate::model::system::testing::{host, refused, same, text};

    #[test]
    fn values_are_set_and_shown() {
        let mut host = host("6.0");
        assert_eq!(text(&mut host, "esxcfg-advcfg -s 1 /Migrate/BindToVmknic"), "");
        same("esxcfg-advcfg-g--5.x-6.x--1.txt", &text(&mut host, "esxcfg-advcfg -g /Migrate/BindToVmknic"));
        text(&mut host, "esxcfg-advcfg -d /Migrate/BindToVmknic");
        assert!(host.system.settings.changed.is_empty());
        refused(&mut host, "esxcfg-advcfg -s x /Migrate/BindToVmknic");
        refused(&mut host, "esxcfg-advcfg -g /Migrate/Nothing");
    }

    #[test]
    fn a_line_looks_like_the_sample() {
        let Some(sample) = samples::output("esxcfg-advcfg-l--unknown--1.txt") else { return };
        let listed = text(&mut host("5.1"), "esxcfg-advcfg -l");
        let head = sample.split(" : ").next().unwrap();
        assert!(listed.lines().any(|line| line.split(" : ").next() == Some(head)), "{head}");
    }

    #[test]
    fn kernel_options_and_options_of_ones_own() {
        let mut host = host("7.0");
        text(&mut host, "esxcfg-advcfg --set-kernel TRUE ignoreHeadless");
        assert_eq!(text(&mut host, "esxcfg-advcfg -j ignoreHeadless"), "ignoreHeadless = TRUE\n");
        refused(&mut host, "esxcfg-advcfg -k TRUE nothing");
        text(&mut host, "esxcfg-advcfg -A mine --add-type int --add-default 3 --add-min 0 --add-max 9");
        assert_eq!(text(&mut host, "esxcfg-advcfg -g /UserVars/mine"), "Value of mine is 3\n");
        text(&mut host, "esxcfg-advcfg -L mine");
        refused(&mut host, "esxcfg-advcfg -g /UserVars/mine");
    }
}
