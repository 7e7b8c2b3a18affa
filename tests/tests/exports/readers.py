"""Reads exports with libraries that know nothing of this project: FUNCTION FOLDER [PORT]."""
import csv
import ipaddress
import json
import re
import socket
import struct
import sys
import xml.dom.minidom
from pathlib import Path

FOLDER = Path(sys.argv[2])
PLAN = json.loads((FOLDER / "json.json").read_text())
BLOCKS = PLAN.get("blocks", [PLAN])
DOMAIN = "example.org"


def full(name):
    return name if "." in name else f"{name}.{DOMAIN}"


def machines():
    """Address to short name, from the plan's document: ESXi, the router's two sides, the virtual machines."""
    guests = {r["name"].lower() for b in BLOCKS for r in b["ranges"] if r["role"] == "assigned"}

    def free(name):
        number = 2
        while (taken := name if number == 2 else f"{name}-{number - 1}") in guests:
            number += 1
        return taken

    found = {}
    for block in BLOCKS:
        for one in block["ranges"]:
            outside = "next_hop" not in block
            name = {
                "management": free("esxi"),
                "router": free("router" if outside else "router-inside"),
                "assigned": one.get("name"),
            }.get(one["role"])
            if name:
                found[one["first"]] = name
    return found


def rows(name):
    text = (FOLDER / name).read_text()
    found = list(csv.DictReader(text.splitlines(keepends=True), strict=True))
    for row in found:
        assert None not in row and None not in row.values(), row
        for cell in row.values():
            assert cell[:1] not in ("=", "+", "-", "@", "\t", "\r"), f"a formula: {cell!r}"
    return found


def safe(text):
    return "'" + text if text[:1] in ("=", "+", "-", "@") else text


def table():
    found = rows("csv.csv")
    wanted = [(b, r) for b in BLOCKS for r in b["ranges"]]
    assert len(found) == len(wanted)
    for row, (block, one) in zip(found, wanted):
        net = ipaddress.ip_network(block["block"])
        assert row["block"] == block["block"] and row["prefix"] == str(net.prefixlen)
        assert row["netmask"] == (str(net.netmask) if net.version == 4 else "")
        for key in ("first", "last", "count", "role"):
            assert row[key] == str(one[key]), (key, row, one)
        assert row["name"] == safe(one.get("name", "")), row
        size = int(ipaddress.ip_address(row["last"])) - int(ipaddress.ip_address(row["first"])) + 1
        assert size == int(row["count"])
        if row["gateway"]:
            assert ipaddress.ip_address(row["gateway"]).version == net.version


def netbox():
    """NetBox's own rules: choices, required columns, host bits, lengths, its pattern of DNS names."""
    prefixes, ranges, addresses = (rows(f"netbox-{n}.csv") for n in ("prefixes", "ranges", "addresses"))
    columns = lambda name: (FOLDER / name).read_text().splitlines()[0].split(",")
    assert set(columns("netbox-prefixes.csv")) <= {"prefix", "status", "is_pool", "description"}
    assert set(columns("netbox-ranges.csv")) <= {"start_address", "end_address", "status", "description"}
    assert set(columns("netbox-addresses.csv")) <= {"address", "status", "dns_name", "description"}
    for row in prefixes + ranges + addresses:
        assert row["status"] in ("active", "reserved"), row
        assert len(row["description"]) <= 200
    assert [row["prefix"] for row in prefixes] == [b["block"] for b in BLOCKS]
    for row, block in zip(prefixes, BLOCKS):
        ipaddress.ip_network(row["prefix"], strict=True)
        assert row["is_pool"] == str(not any(r["role"] in ("network", "broadcast") for r in block["ranges"])).lower()
    told = set()
    for row in ranges:
        first, last = (ipaddress.ip_interface(row[k]) for k in ("start_address", "end_address"))
        assert first.ip < last.ip and first.network == last.network, row
        told.add((str(first.ip), str(last.ip)))
    assert told == {(r["first"], r["last"]) for b in BLOCKS for r in b["ranges"]
                    if r["role"] == "reserved" and r["count"] > 1}
    known = machines()
    told = {}
    for row in addresses:
        address = ipaddress.ip_interface(row["address"])
        assert address.network.prefixlen > 0
        assert re.fullmatch(r"([0-9A-Za-z_-]+|\*)(\.[0-9A-Za-z_-]+)*\.?|", row["dns_name"]), row
        assert str(address.ip) not in told, row
        told[str(address.ip)] = row["dns_name"]
    assert {a: n for a, n in told.items() if n} == {a: full(n) for a, n in known.items()}
    others = {r["first"] for b in BLOCKS for r in b["ranges"] if r["count"] == 1 and r["role"] in ("gateway", "reserved")}
    assert {a for a, n in told.items() if not n} == others


def hosts():
    found = {}
    for line in (FOLDER / "hosts.hosts").read_text().splitlines():
        words = line.split("#")[0].split()
        if words:
            ipaddress.ip_address(words[0])
            assert words[0] not in found and len(words) in (2, 3), line
            found[words[0]] = words[1:]
    wanted = {a: [full(n)] + ([n] if "." not in n else []) for a, n in machines().items()}
    assert found == wanted, (found, wanted)


def yaml():
    import yaml

    inventory = yaml.safe_load((FOLDER / "ansible.yaml").read_text())
    groups = inventory["all"]["children"]
    assert set(groups) <= {"esxi_hosts", "esxi_routers", "esxi_guests"}
    found = {}
    for group in groups.values():
        for name, of in group["hosts"].items():
            assert isinstance(name, str), name
            for one in [{**of, "address": of["ansible_host"]}, *of.get("further_addresses", [])]:
                address = ipaddress.ip_interface(f"{one['address']}/{one['prefix']}")
                assert address.version == 6 or one["netmask"] == str(address.netmask)
                if "gateway" in one:
                    gateway = ipaddress.ip_address(one["gateway"])
                    assert (gateway in address.network) != one.get("gateway_on_link", gateway.is_link_local), one
                found[one["address"]] = name
            assert isinstance(of.get("mac", ""), str)
    # The router's two sides are one machine there.
    wanted = {a: n.replace("-inside", "") for a, n in machines().items()}
    assert found == wanted, (found, wanted)
    pinned = yaml.safe_load((FOLDER / "host-file.yaml").read_text())["addresses"]
    for block, planned in zip(pinned["blocks"], BLOCKS):
        assert block["block"] == planned["block"]
        named = {r["name"]: r["first"] for r in planned["ranges"] if r["role"] == "assigned"}
        assert {e["name"]: e["address"] for e in block.get("assign", [])} == named


def svg():
    document = xml.dom.minidom.parse(str(FOLDER / "svg.svg"))
    root = document.documentElement
    everything = root.getElementsByTagName("*")
    assert {e.tagName for e in everything} <= {"title", "desc", "defs", "pattern", "path", "rect", "g", "text"}
    for element in [root, *everything]:
        for name, value in element.attributes.items():
            assert not name.startswith("on") and name not in ("href", "style"), (name, value)
            assert name == "xmlns" or "://" not in value, (name, value)
            for used in re.findall(r"url\(#([^)]*)\)", value):
                assert any(e.getAttribute("id") == used for e in everything), used
    ids = [e.getAttribute("id") for e in everything if e.getAttribute("id")]
    assert len(ids) == len(set(ids))
    for name in root.getAttribute("aria-labelledby"), root.getAttribute("aria-describedby"):
        assert name in ids
    text = lambda e: "".join(n.data for n in e.childNodes if n.nodeType == n.TEXT_NODE)
    titles = [text(t) for t in root.getElementsByTagName("title")]
    desc = text(root.getElementsByTagName("desc")[0])
    clean = lambda name: " ".join(re.split(r"[\n\t\r]", name))
    for block in BLOCKS:
        assert any(block["block"] in t for t in titles) and block["block"] in desc
        small = ipaddress.ip_network(block["block"]).num_addresses <= 256
        for one in block["ranges"]:
            begin = int(ipaddress.ip_address(one["first"]))
            name = clean(one.get("name", ""))
            assert one["role"] in desc and name in desc
            for n in range(one["count"]) if small else [0]:
                address = str(ipaddress.ip_address(begin + n))
                ours = [t for t in titles if t.startswith(address + " ")]
                assert len(ours) == 1 and one["role"] in ours[0] and name in ours[0], (address, ours)


QTYPES = {"A": 1, "PTR": 12, "AAAA": 28}


def ask(port, name, kind):
    """One question to the server on loopback; the answers as texts."""
    packed = b"".join(bytes([len(p)]) + p.encode() for p in name.split(".")) + b"\0"
    query = struct.pack(">6H", 7, 0x100, 1, 0, 0, 0) + packed + struct.pack(">2H", QTYPES[kind], 1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(10)
        s.sendto(query, ("127.0.0.1", port))
        reply = s.recv(4096)

    def read_name(at):
        parts, end = [], None
        while reply[at]:
            if reply[at] >= 0xC0:
                end = end or at + 2
                at = struct.unpack(">H", reply[at:at + 2])[0] & 0x3FFF
            else:
                parts.append(reply[at + 1:at + 1 + reply[at]].decode())
                at += 1 + reply[at]
        return ".".join(parts), end or at + 1

    count, at = struct.unpack(">H", reply[6:8])[0], len(query)
    answers = []
    for _ in range(count):
        _, at = read_name(at)
        kind_code, _, _, length = struct.unpack(">2HIH", reply[at:at + 10])
        at += 10
        if kind_code == QTYPES[kind]:
            answers.append(read_name(at)[0] if kind == "PTR" else str(ipaddress.ip_address(reply[at:at + length])))
        at += length
    return answers


def dns():
    port = int(sys.argv[3])
    known = machines()
    for address, name in known.items():
        ip = ipaddress.ip_address(address)
        kind = "A" if ip.version == 4 else "AAAA"
        same = sorted(a for a, n in known.items() if n == name and ipaddress.ip_address(a).version == ip.version)
        for asked in {name, full(name)}:
            assert sorted(ask(port, asked, kind)) == same, (asked, kind)
        assert ask(port, ip.reverse_pointer, "PTR") == [full(name)], address
    assert ask(port, "nobody.example.org", "A") == []


globals()[sys.argv[1]]()
