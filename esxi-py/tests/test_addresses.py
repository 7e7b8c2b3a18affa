"""Whole hosts, own providers, configuration and exports from Python."""

import ipaddress
import pathlib

import pytest

import esxi

HOST = {
    "provider": "packet",
    "blocks": [
        {"block": "147.75.1.8/29", "layout": "router-vm", "assign": [{"name": "mail"}]},
        {"block": "147.75.200.16/30", "allocation": "elastic", "assign": [{"name": "web"}, {"name": "db"}]},
    ],
}
OWN = (pathlib.Path(__file__).parents[2] / "examples/provider.toml").read_text()


def test_several_blocks_share_a_router():
    plan = esxi.plan_addresses(HOST)
    server, elastic = plan.blocks
    assert plan.provider == server.provider == "packet"
    assert (plan.management, plan.management_gateway) == (server.management, server.gateway)
    assert elastic.next_hop == server.router == ipaddress.ip_address("147.75.1.10")
    assert (elastic.allocation, elastic.layout, elastic.gateway) == ("elastic", "router-vm", None)
    assert str(elastic.guest_gateway) == "172.31.1.1"
    assert [guest["name"] for guest in plan.guests] == ["mail", "web", "db"]
    assert plan.router["behind"][0]["block"] == "147.75.200.16/30"
    assert plan.handover["from"] == "147.75.1.10"
    assert plan.diagnostics == elastic.diagnostics == () and elastic.host == plan
    assert plan.table().count("usable") == 2 and repr(plan) == "<AddressPlan packet 147.75.1.8/29 147.75.200.16/30>"
    assert "schema" in elastic.to_dict() and "guests" not in elastic.to_dict()


def test_addresses_of_the_standard_library_are_taken():
    spec = {"blocks": [{"block": ipaddress.ip_network("192.0.2.0/29"), "management": ipaddress.ip_address("192.0.2.5")}]}
    plan = esxi.plan_addresses(spec)
    assert plan.management == ipaddress.ip_address("192.0.2.5")
    assert plan.blocks[0] == esxi.plan_block(
        ipaddress.ip_network("192.0.2.0/29"), management=ipaddress.ip_address("192.0.2.5")
    )


def test_what_is_pinned_stays():
    pinned = esxi.plan_addresses(HOST).pinned()
    assert pinned["blocks"][0]["allocation"] == "block"
    del pinned["blocks"][1]["assign"][0]
    again = esxi.plan_addresses(pinned)
    addresses = {guest["name"]: guest["addresses"][0]["address"] for guest in again.guests}
    assert addresses["db"] == "147.75.200.17/32"


def test_a_block_takes_addresses_macs_reservations_and_name_servers():
    plan = esxi.plan_block(
        "147.75.1.0/28",
        layout="router-vm",
        names=["a", ("b", ipaddress.ip_address("147.75.1.14")), ("c", None, "00:50:56:00:00:07"), {"name": "d"}],
        reserve=["147.75.1.4", ("147.75.1.5-147.75.1.6", "printers"), {"range": "147.75.1.7"}],
        router_mac="00:50:56:00:12:34",
        own_networks=[ipaddress.ip_network("192.168.0.0/24")],
        dns=["9.9.9.9", ipaddress.ip_address("149.112.112.112")],
        without_private_side=True,
    )
    named = {a.name: (str(a.address), a.role) for a in plan.addresses if a.name}
    assert named == {
        "printers": ("147.75.1.6", "reserved"),
        "a": ("147.75.1.8", "assigned"),
        "b": ("147.75.1.14", "assigned"),
        "c": ("147.75.1.9", "assigned"),
        "d": ("147.75.1.10", "assigned"),
    }
    guests = {guest["name"]: guest for guest in plan.host.guests}
    assert guests["c"]["mac"] == {"fixed": "00:50:56:00:00:07"}
    assert guests["a"]["dns"] == ["9.9.9.9", "149.112.112.112"]
    assert plan.host.router["mac"] == {"fixed": "00:50:56:00:12:34"}


def test_elastic_alone_names_where_it_goes():
    plan = esxi.plan_block("147.75.200.16/30", provider="packet", allocation="elastic", next_hop="147.75.1.10")
    assert str(plan.next_hop) == "147.75.1.10"
    alone = esxi.plan_block("147.75.200.16/30", provider="packet", allocation="elastic")
    assert [(found.code, found.path) for found in alone.diagnostics if found.path] == [("IP028", "/next_hop")]


def test_machines_get_their_configuration():
    plan = esxi.plan_addresses(HOST)
    netplan = plan.guest_config("web", "netplan", card="ens224")
    assert "147.75.200.16/32" in netplan and "ens224" in netplan
    assert plan.blocks[0].guest_config("mail", "ifupdown") == plan.guest_config("MAIL", "ifupdown")
    vyos = plan.router_config("vyos", cards=("eth4", "eth5"))
    assert "eth4" in vyos and "147.75.200.16" in vyos
    assert plan.blocks[0].router_config("nftables") == plan.router_config("nftables")


@pytest.mark.parametrize(
    ("call", "code", "fix"),
    [
        (lambda plan: plan.guest_config("weeb", "netplan"), "IP036", "web"),
        (lambda plan: plan.guest_config("web", "netpln"), "IP040", "netplan"),
        (lambda plan: plan.guest_config("web", "netplan", card="a b"), "IP041", None),
        (lambda plan: plan.router_config("vios"), "IP040", "vyos"),
        (lambda plan: plan.export("host"), "IP042", "hosts"),
        (lambda plan: plan.export("hosts", domain="a b"), "IP008", "a-b"),
        (lambda plan: plan.export("hosts", host="-"), "IP008", None),
    ],
)
def test_wrong_words_get_the_nearest(call, code, fix):
    with pytest.raises(esxi.BlockError) as caught:
        call(esxi.plan_addresses(HOST))
    assert (caught.value.code, caught.value.diagnostics[0].fix) == (code, fix)


def test_a_plan_without_router_has_no_configuration_for_one():
    with pytest.raises(esxi.BlockError) as caught:
        esxi.plan_block("147.75.1.8/29").router_config("vyos")
    assert caught.value.code == "IP036" and "router-vm" in caught.value.help


def test_exports_are_texts():
    plan = esxi.plan_addresses(HOST)
    hosts = plan.export("hosts", domain="example.org", host="esxi-7", router="gw")
    assert "147.75.200.16  web.example.org web\n" in hosts and "esxi-7.example.org" in hosts and "gw" in hosts
    assert plan.export("svg").startswith("<svg ")
    assert plan.export("table").strip() == plan.table().strip()
    assert plan.blocks[1].export("csv") == plan.export("csv")


def test_providers_say_where_their_rules_stand():
    known = {profile.name: profile for profile in esxi.providers()}
    packet = known["packet"]
    assert packet.title == "Packet / Equinix Metal" and packet.status == "retired"
    assert known["generic-onlink"].status == "pattern" and known["hetzner-robot"].warnings
    assert {"text", "source", "date", "evidence"} <= set(packet.facts[0])
    assert packet.allocations[0]["layout"][0]["name"] == "direct"
    assert packet.to_dict()["verified"] == packet.verified
    assert packet == esxi.plan_block("147.75.1.8/29").host.profile and packet != known["ovh"]


def test_a_provider_of_ones_own():
    own = esxi.load_profile(OWN, name="provider.toml")
    assert own.name == "corner-rack" and repr(own) == "<Profile corner-rack>"
    assert all(found.severity != "error" for found in own.diagnostics)
    plan = esxi.plan_block("81.2.3.16/28", provider=own)
    assert str(plan.gateway) == "81.2.3.30" and plan.provider == "corner-rack"
    spec = {"blocks": [{"block": "81.2.3.16/28"}]}
    assert esxi.plan_addresses(spec, provider=own).blocks[0] == plan
    assert esxi.plan_addresses('{"blocks": [{"block": "81.2.3.16/28"}]}', provider=own).provider == "corner-rack"
    assert esxi.plan_addresses({**spec, "provider": "corner-rack"}, profiles=[own]).provider == "corner-rack"
    with pytest.raises(esxi.BlockError) as caught:
        esxi.load_profile(OWN.replace('delivery = "bridged"', 'delivery = "bridge"', 1), name="provider.toml")
    found = caught.value.diagnostics[0]
    assert (found.code, found.file, found.fix) == ("IP012", "provider.toml", '"bridged"') and found.start.line == 14


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: esxi.plan_block("192.0.2.0/29", names=[7]),
        lambda: esxi.plan_block("192.0.2.0/29", names=[("a", "192.0.2.3", "m", "x")]),
        lambda: esxi.plan_block("192.0.2.0/29", names=[()]),
        lambda: esxi.plan_block("192.0.2.0/29", provider=7),
        lambda: esxi.plan_addresses(HOST, profiles=["packet"]),
    ],
)
def test_what_is_of_another_kind_is_a_type_error(wrong):
    with pytest.raises(TypeError):
        wrong()


@pytest.mark.parametrize(
    ("spec", "code", "path"),
    [
        ({"blocks": []}, "IP001", "/blocks"),
        ({"blocks": [{"block": "192.0.2.0/29"}], "provder": "x"}, "IP037", "/provder"),
        ({"blocks": [{"block": "192.0.2.0/29", "gateway": "x"}]}, "IP038", "/blocks/0/gateway"),
        ("[1", "IP038", ""),
    ],
)
def test_a_spec_that_is_none_has_a_code_and_a_pointer(spec, code, path):
    with pytest.raises(esxi.BlockError) as caught:
        esxi.plan_addresses(spec)
    assert (caught.value.diagnostics[0].code, caught.value.diagnostics[0].path) == (code, path)
