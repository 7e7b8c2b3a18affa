//! Lines of public kickstarts.

use super::*;

/// The words of a line as a shell has them, up to where its next command begins; `$` variables stay.
fn shell_words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    for c in line.chars() {
        match (quote, c) {
            (Some(open), _) if c == open => quote = None,
            (None, '"' | '\'') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, '|' | ';' | '>' | '<' | '&' | '#' | ')' | '`') => break,
            (None, ' ' | '\t') => words.extend(word.take()),
            _ => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

/// A value for a variable, by the option before it.
fn filled(option: &str, variable: &str) -> &'static str {
    match option.trim_start_matches('-') {
        "vlan-id" => "10",
        "mtu" => "9000",
        "ports" => "256",
        "cdp-status" => "both",
        "failure-detection" => "link",
        "load-balancing" => "portid",
        "interface-name" | "i" if !variable.contains("IP") => "vmk0",
        "netmask" | "N" => "255.255.255.0",
        "netstack" => "vmotion",
        "domain" | "d" => "example.com",
        "active-uplinks" | "uplink-name" => "vmnic0",
        "portgroup-name" | "p" => "VM Network",
        word if word.starts_with("allow-")
            || matches!(word, "failback" | "notify-switches" | "ipv6-enabled") =>
        {
            "no"
        }
        _ if variable.contains("vmnic") => "vmnic0",
        _ if variable.contains("netstack") => "defaultTcpipStack",
        _ => "192.0.2.1",
    }
}

/// Every line of the public kickstarts that is about the network is one that the model executes: what it is
/// asked may be refused by a host that is not set up for it, but not for want of a command or an option.
#[test]
fn lines_of_public_kickstarts_execute() {
    let Some(index) = samples::read("kickstart/INDEX.tsv") else { return };
    let mut lines = 0;
    for file in
        index.lines().filter_map(|row| row.split('\t').next()).filter(|file| file.starts_with("public/"))
    {
        let Some(script) = samples::read(&format!("kickstart/{file}")) else { continue };
        for line in script.lines().filter(|line| !line.trim_start().starts_with('#')) {
            let start = [
                "esxcli network ",
                "esxcfg-nics ",
                "esxcfg-route ",
                "esxcfg-vmknic ",
                "esxcfg-vswitch ",
                "vmkping ",
            ]
            .iter()
            .filter_map(|word| line.find(word))
            .min();
            let Some(start) = start else { continue };
            let mut words = shell_words(&line[start..]);
            for at in 0..words.len() {
                let Some(dollar) = words[at].find('$') else { continue };
                let (head, variable) = words[at].split_at(dollar);
                let option = match head.strip_suffix('=') {
                    Some(option) => option.to_owned(),
                    None => words[at - 1].clone(),
                };
                words[at] = format!("{head}{}", filled(&option, variable));
            }
            let mut host = machine("6.7");
            let output = run_in(&mut host, &mut Memory::default(), &Call::new(&words));
            let sentence = String::from_utf8(output.stdout).unwrap();
            assert!(matches!(output.status, 0 | 1), "{file}: {words:?}: status {}", output.status);
            assert!(!sentence.starts_with("Error:"), "{file}: {words:?}: {sentence}");
            lines += 1;
        }
    }
    assert!(lines > 300, "only {lines} lines were found");
}
