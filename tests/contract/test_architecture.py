"""The shape of the house: who may import whom, and how large a room may be."""

import ast
import io
import json
import statistics
import subprocess
import sys
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import portal

PACKAGE = Path(portal.__file__).parent
ROOT = PACKAGE.parent
MODULES = sorted(path.relative_to(ROOT) for path in PACKAGE.rglob("*.py"))
Function = ast.FunctionDef | ast.AsyncFunctionDef

LINT_IMPORTS = "from importlinter.cli import lint_imports_command as run; run()"
# Without the configuration's exceptions.
COMPLEXITY = ("--isolated", "--select", "C901", "--config", "lint.mccabe.max-complexity=8")

# Longer or denser than the budget, each with its reason.
EXCEPTIONS: dict[str, str] = {}


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse((ROOT / path).read_text(encoding="utf-8"))


def imports(path: Path) -> set[str]:
    """The top packages that a module imports, also inside functions."""
    found: set[str] = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import hides where it leads"
            found.add(node.module or "")
    return found


def importers(*packages: str) -> set[str]:
    return {
        str(path)
        for path in MODULES
        if {name.partition(".")[0] for name in imports(path)} & set(packages)
    }


def functions(path: Path) -> Iterator[tuple[str, Function]]:
    for node in ast.walk(tree(path)):
        if isinstance(node, Function):
            yield f"{path}:{node.name}", node


def lines(node: Function) -> int:
    return (node.end_lineno or 0) - node.lineno + 1


def test_there_is_something_to_check() -> None:
    assert len(MODULES) > 40
    assert sum(1 for path in MODULES for _ in functions(path)) > 200


# --- arrows


def test_the_contracts_of_import_linter_hold() -> None:
    run = subprocess.run(
        [sys.executable, "-c", LINT_IMPORTS, "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert " 0 broken" in run.stdout


def test_only_the_web_and_the_app_import_flask() -> None:
    places = importers("flask", "werkzeug")
    assert places
    assert {place for place in places if not place.startswith("portal/web/")} <= {"portal/app.py"}


def test_only_the_stores_import_a_database() -> None:
    assert {path.rpartition("/")[0] for path in importers("redis", "sqlite3")} == {"portal/stores"}


def test_only_the_settings_read_the_environment() -> None:
    """Else a setting is read that no error message and no list of settings knows.

    The command line alone may look further: at the terminal's language, and hand it on.
    """
    readers = {
        str(path)
        for path in MODULES
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv")
        if isinstance(node.value, ast.Name) and node.value.id == "os"
    }
    assert {name for name in readers if not name.startswith("portal/cli/")} == {
        "portal/settings.py"
    }


@pytest.mark.parametrize(
    "path", [p for p in MODULES if p.parts[1] == "domain"], ids=lambda path: path.stem
)
def test_the_domain_imports_the_standard_library_and_itself(path: Path) -> None:
    for name in imports(path):
        top = name.partition(".")[0]
        assert top in sys.stdlib_module_names or name.startswith("portal.domain"), name


def test_the_domain_asks_nobody_for_time_or_chance() -> None:
    """Both are arguments, so that every test can choose them."""
    for path in MODULES:
        if path.parts[1] == "domain":
            assert not imports(path) & {"time", "random", "secrets", "os", "socket"}, path


def test_gateways_know_neither_the_web_nor_the_stores() -> None:
    for path in MODULES:
        if path.parts[1] == "gateways":
            ours = {name for name in imports(path) if name.startswith("portal.")}
            assert all(name.startswith(("portal.domain", "portal.gateways")) for name in ours), path


# --- rooms


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_a_module_is_small(path: Path) -> None:
    assert len((ROOT / path).read_text(encoding="utf-8").splitlines()) <= 300


def test_functions_are_short() -> None:
    sizes = {name: lines(node) for path in MODULES for name, node in functions(path)}
    assert {name: n for name, n in sizes.items() if n > 50 and name not in EXCEPTIONS} == {}
    assert statistics.quantiles(sizes.values(), n=10)[-1] <= 30


def test_handlers_are_shorter() -> None:
    """A route reads the request, asks somebody, and answers."""
    for path in MODULES:
        for name, node in functions(path):
            routed = any(
                isinstance(decorator, ast.Call)
                and isinstance(decorator.func, ast.Attribute)
                and decorator.func.attr in ("get", "post", "route", "put", "delete")
                for decorator in node.decorator_list
            )
            assert not routed or lines(node) <= 30, name


def test_functions_are_simple() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "ruff", "check", *COMPLEXITY, "--output-format", "json", "portal"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert run.stderr == ""
    assert [item["message"] for item in json.loads(run.stdout)] == []


def test_comments_give_reasons_and_do_not_drown_the_code() -> None:
    comments = code = 0
    for path in MODULES:
        text = (ROOT / path).read_text(encoding="utf-8")
        code += sum(1 for line in text.splitlines() if line.strip())
        tokens = tokenize.generate_tokens(io.StringIO(text).readline)
        comments += sum(1 for token in tokens if token.type == tokenize.COMMENT)
    assert 0.02 <= comments / code <= 0.10


def undocumented(path: Path) -> Iterator[str]:
    """Public modules, classes, functions and methods without docstring."""
    if not ast.get_docstring(tree(path)):
        yield str(path)
    inner = [
        (owner, node)
        for owner in ast.walk(tree(path))
        if isinstance(owner, ast.Module | ast.ClassDef)
        for node in owner.body
    ]
    for owner, node in inner:
        hidden = isinstance(owner, ast.ClassDef) and owner.name.startswith("_")
        if not isinstance(node, Function | ast.ClassDef) or hidden or node.name.startswith("_"):
            continue
        if not ast.get_docstring(node):
            yield f"{path}:{node.name}"


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_everything_public_says_what_it_is_for(path: Path) -> None:
    assert list(undocumented(path)) == []


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_no_debugging_is_left(path: Path) -> None:
    """print() ends in nobody's log, and a breakpoint stops a worker."""
    if path.parts[1] == "cli" or path.name == "cli.py":
        return
    calls = {
        node.func.id
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert not calls & {"print", "breakpoint", "eval", "exec"}
