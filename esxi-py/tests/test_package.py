"""The package as such: errors, documentation, types."""

import builtins
import doctest
import importlib.metadata
import pickle
import subprocess
import sys

import pytest

import esxi
from esxi import _errors, _esxi


def test_every_code_has_an_exception_class_of_its_own_kind():
    classes = _esxi._python_classes()
    assert classes["IP002"] == "BlockError"
    for code, name in classes.items():
        assert hasattr(esxi, name), f"{code} is raised as {name}, which esxi does not define"
        assert issubclass(getattr(esxi, name), esxi.EsxiError)
        assert not hasattr(builtins, name), f"{name} would hide a builtin"
        assert len(esxi.explain(code)) > 20


def test_every_class_is_a_builtin_exception_too():
    for name, found in vars(_errors).items():
        if isinstance(found, type) and issubclass(found, esxi.EsxiError) and found is not esxi.EsxiError:
            kinds = [base for base in found.__mro__ if base.__module__ == "builtins"]
            assert len(kinds) > 3, f"{name} derives from Exception alone"


def test_explain():
    assert "host" in esxi.explain("ip002") or "prefix" in esxi.explain("ip002")
    assert esxi.explain("IP999") is None


def test_the_error_survives_pickling():
    with pytest.raises(esxi.BlockError) as caught:
        esxi.plan_block("1/2")
    again = pickle.loads(pickle.dumps(caught.value))
    assert (again.code, again.diagnostics, str(again)) == (
        caught.value.code,
        caught.value.diagnostics,
        str(caught.value),
    )


def test_the_docstring_of_the_package_is_true():
    assert doctest.testmod(esxi).attempted > 2
    assert doctest.testmod(esxi).failed == 0


def test_everything_public_is_exported_and_described():
    for name in esxi.__all__:
        assert getattr(esxi, name) is not None
        if name != "__version__":
            assert getattr(esxi, name).__doc__, name


def test_the_version_is_the_wheels():
    assert esxi.__version__ == importlib.metadata.version("esxi")


def test_the_stubs_are_those_of_the_module():
    pytest.importorskip("mypy")
    run = subprocess.run(
        [sys.executable, "-m", "mypy.stubtest", "esxi._esxi"], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr
