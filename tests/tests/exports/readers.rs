//! Other programs' opinions: Python's csv module, PyYAML, a hosts reader, an XML parser, dnsmasq itself.

use crate::{cases, file_name, options};
use esxi_core::block::{AddressPlan, ExportFormat};
use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, UdpSocket};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;

const SCRIPT: &str = include_str!("readers.py");

/// A Python that has PyYAML: the first of the path, or Debian's own.
static PYTHON: LazyLock<&str> = LazyLock::new(|| {
    let has_yaml = |python: &&str| {
        let found = Command::new(python).args(["-c", "import yaml"]).stderr(Stdio::null()).status();
        found.is_ok_and(|status| status.success())
    };
    ["python3", "/usr/bin/python3"]
        .into_iter()
        .find(has_yaml)
        .expect("python3 with PyYAML (Debian: python3-yaml)")
});

fn write_all(plan: &AddressPlan, folder: &Path) {
    for format in ExportFormat::ALL {
        std::fs::write(folder.join(file_name(format)), plan.export(format, &options())).unwrap();
    }
}

/// Runs one function of the script on every case.
fn python(check: &str) {
    for (case, plan) in cases() {
        let folder = tempfile::tempdir().unwrap();
        write_all(&plan, folder.path());
        let done =
            Command::new(*PYTHON).args(["-c", SCRIPT, check]).arg(folder.path()).output().expect("python3");
        let said = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success(), "{check} of {}:\n{said}", case.display());
    }
}

#[test]
fn python_reads_the_table_cell_by_cell() {
    python("table");
}

#[test]
fn python_reads_what_netbox_would() {
    python("netbox");
}

#[test]
fn a_hosts_reader_finds_every_machine() {
    python("hosts");
}

#[test]
fn pyyaml_reads_the_inventory_and_the_host_files_part() {
    python("yaml");
}

#[test]
fn an_xml_parser_reads_the_map_and_finds_every_address_in_it() {
    python("svg");
}

fn dnsmasq() -> Command {
    // Debian keeps it where an ordinary user's PATH does not lead.
    let known = ["/usr/sbin/dnsmasq", "/usr/local/sbin/dnsmasq"].into_iter().find(|p| Path::new(p).exists());
    Command::new(known.unwrap_or("dnsmasq"))
}

#[test]
fn dnsmasq_accepts_every_line() {
    for (case, plan) in cases() {
        let folder = tempfile::tempdir().unwrap();
        write_all(&plan, folder.path());
        let file = folder.path().join(file_name(ExportFormat::Dnsmasq));
        let done =
            dnsmasq().arg("--test").arg("-C").arg(&file).output().expect("dnsmasq (Debian: dnsmasq-base)");
        assert!(done.status.success(), "{}: {}", case.display(), String::from_utf8_lossy(&done.stderr));
        // It does refuse what is wrong.
        std::fs::OpenOptions::new()
            .append(true)
            .open(&file)
            .unwrap()
            .write_all(b"dhcp-host=nonsense:\n")
            .unwrap();
        assert!(!dnsmasq().arg("--test").arg("-C").arg(&file).output().unwrap().status.success());
    }
}

struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Names without DHCP, which would need the network of the machine.
fn serve(plan: &AddressPlan, folder: &Path) -> (Server, u16) {
    let names: String = plan
        .export(ExportFormat::Dnsmasq, &options())
        .lines()
        .filter(|line| !line.starts_with("dhcp-"))
        .map(|line| format!("{line}\n"))
        .collect();
    let file = folder.join("names.conf");
    std::fs::write(&file, names).unwrap();
    // A port that was free a moment ago may be taken: then another one.
    for _ in 0..10 {
        let port = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
        let mut server = dnsmasq()
            .args([
                "--keep-in-foreground",
                "--log-facility=-",
                "--no-resolv",
                "--no-hosts",
                "--bind-interfaces",
            ])
            .args(["--listen-address=127.0.0.1", "--user=root", "--pid-file=", "-C"])
            .arg(&file)
            .arg(format!("--port={port}"))
            .stderr(Stdio::piped())
            .spawn()
            .expect("dnsmasq (Debian: dnsmasq-base)");
        let said = BufReader::new(server.stderr.take().unwrap());
        let server = Server(server);
        if said.lines().map_while(Result::ok).any(|line| line.contains("started")) {
            return (server, port);
        }
    }
    panic!("dnsmasq does not start");
}

#[test]
fn dnsmasq_answers_for_every_name_and_back() {
    for (case, plan) in cases() {
        let folder = tempfile::tempdir().unwrap();
        write_all(&plan, folder.path());
        let (_server, port) = serve(&plan, folder.path());
        let done = Command::new(*PYTHON)
            .args(["-c", SCRIPT, "dns"])
            .arg(folder.path())
            .arg(port.to_string())
            .output()
            .expect("python3");
        let said = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success(), "{}:\n{said}", case.display());
    }
}
