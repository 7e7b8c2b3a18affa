"""The documents that every front end gives for the same specs: the files are the command line's tests', too."""

import dataclasses
import json
import pathlib

import pytest

import esxi

ROOT = pathlib.Path(__file__).parents[2]
FRONTS = ROOT / "tests/data/ip/fronts"
CASES = json.loads((FRONTS / "cases.json").read_text())


def refusal(error):
    found = [dataclasses.asdict(one) for one in error.diagnostics]
    found = [{key: value for key, value in one.items() if value is not None} for one in found]
    return {"schema": 1, "diagnostics": found}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("form", ["dict", "text"])
def test_the_document_is_everybodys(name, form):
    case = CASES[name]
    expected = json.loads((FRONTS / f"{name}.json").read_text())
    profiles = [esxi.load_profile((ROOT / path).read_text(), name=path) for path in [case.get("profile")] if path]
    spec = case["spec"] if form == "dict" else json.dumps(case["spec"])
    try:
        plan = esxi.plan_addresses(spec, profiles=profiles)
    except esxi.BlockError as error:
        assert refusal(error) == expected
        return
    assert plan.to_dict() == json.loads(plan.to_json()) == expected
    assert [found.message for found in plan.diagnostics] == [found["message"] for found in expected["diagnostics"]]
    if len(plan.blocks) == 1:
        assert plan.blocks[0].to_dict() == expected
    assert esxi.plan_addresses(plan.pinned(), profiles=profiles).guests == plan.guests


def test_one_block_in_keywords_is_the_same_block():
    case = CASES["packet-router-vm"]["spec"]
    plan = esxi.plan_block(
        case["blocks"][0]["block"], provider="packet", layout="router-vm", names=["mail"], dns=case["dns"]
    )
    assert plan.to_dict() == json.loads((FRONTS / "packet-router-vm.json").read_text())
