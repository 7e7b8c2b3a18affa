"""Address blocks from Python, against the tables of Packet's guide."""

import inspect
import ipaddress
import json

import pytest

import esxi

DIRECT = ["network", "gateway", "management", *["available"] * 4, "broadcast"]
ROUTER_VM = ["network", "gateway", "router", "management", *["available"] * 3, "broadcast"]


@pytest.mark.parametrize(("layout", "roles"), [("direct", DIRECT), ("router-vm", ROUTER_VM)])
def test_a_29_has_the_roles_of_the_guide(layout, roles):
    plan = esxi.plan_block("147.75.1.8/29", provider="packet", layout=layout)
    assert [address.role for address in plan.addresses] == roles
    assert plan.block == ipaddress.ip_network("147.75.1.8/29")
    assert plan.gateway == ipaddress.ip_address("147.75.1.9")
    assert plan.management == ipaddress.ip_address("147.75.1.8") + roles.index("management")
    assert plan.usable == roles.count("available") == len(plan.available)
    assert str(plan.netmask) == "255.255.255.248" and plan.prefix == 29
    assert (plan.router is not None) == ("router" in roles)


def test_networks_of_the_standard_library_are_taken():
    plan = esxi.plan_block(ipaddress.ip_network("192.0.2.16/28"))
    assert plan.usable == 12
    assert plan == esxi.plan_block("192.0.2.16/28")
    assert plan != esxi.plan_block("192.0.2.32/28")


def test_names_get_addresses_in_order():
    plan = esxi.plan_block("192.0.2.8/29", names=["web", "db"])
    assert [(str(a.address), a.name) for a in plan.addresses if a.name] == [
        ("192.0.2.11", "web"),
        ("192.0.2.12", "db"),
    ]
    assert plan.role("192.0.2.12") == plan.role(ipaddress.ip_address("192.0.2.12")) == "assigned"
    assert plan.role("198.51.100.1") is None
    last = plan.ranges[-2]
    assert (str(last.first), str(last.last), last.count, last.role, last.name) == (
        "192.0.2.13",
        "192.0.2.14",
        2,
        "available",
        None,
    )


def test_the_document_is_the_command_lines():
    plan = esxi.plan_block("192.0.2.16/28")
    document = plan.to_dict()
    assert document == json.loads(plan.to_json())
    assert document["schema"] == 1
    assert document["price"] == {
        "currency": "USD",
        "addresses": 8,
        "per_address_hour": 0.005,
        "per_hour": 0.04,
    }
    assert [a["role"] for a in document["addresses"]] == [a.role for a in plan.addresses]
    assert "192.0.2.18  management" in plan.table() == str(plan)


def test_mistakes_are_values_errors_with_code_help_and_findings():
    with pytest.raises(esxi.BlockError) as caught:
        esxi.plan_block("147.75.1.9/29", layout="rotuer-vm")
    error = caught.value
    assert isinstance(error, ValueError) and isinstance(error, esxi.EsxiError)
    assert (error.code, error.help) == ("IP002", "write 147.75.1.8/29")
    assert [(d.code, d.path, d.fix) for d in error.diagnostics] == [
        ("IP002", "/block", "147.75.1.8/29"),
        ("IP006", "/layout", "router-vm"),
    ]
    assert "host bits" in str(error)


@pytest.mark.parametrize(
    ("block", "code"),
    [("nonsense", "IP001"), ("10.0.0.0/27", "IP003"), ("2001:db8::/64", "IP004"), ("127.0.0.0/29", "IP009")],
)
def test_every_mistake_has_its_code(block, code):
    with pytest.raises(ValueError) as caught:
        esxi.plan_block(block, provider="packet")
    assert caught.value.code == code


def test_a_text_is_no_list_of_names():
    with pytest.raises(TypeError):
        esxi.plan_block("192.0.2.8/29", names="web")


def test_signatures_are_readable():
    signature = str(inspect.signature(esxi.plan_block))
    assert signature.startswith("(block, *, provider=None, layout=None, names=(), allocation=None, management=None,")
    assert signature.endswith("reserve=(), router_mac=None, own_networks=(), without_private_side=False, dns=())")
    assert "CIDR" in esxi.plan_block.__doc__
