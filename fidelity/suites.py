"""The packages whose test suites are run: pure Python, of 5,000 lines and 300 tests or more each, in a demanding style.

Versions are pinned, those of what the tests need too. A test is left out only if it fails or flickers without
instrumentation. One that fails each time is found by the run itself; one that flickers stands here, with its reason.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Suite:
    name: str
    version: str
    style: str
    """What makes it demanding."""
    package: str = ""
    """What is imported, and instrumented together with the tests; by default the name."""
    tests: tuple[str, ...] = ("tests",)
    """Files or folders of the sdist, handed to pytest."""
    needs: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)
    flickers: dict[str, str] = field(default_factory=dict)
    """Tests that are left out, by the beginning of their node ids -> the reason."""


SUITES = (
    Suite("astroid", "4.3.4", "inspect, deep recursion, generators, patched classes"),
    Suite("attrs", "26.1.0", "classes made by exec, descriptors, slots, name mangling", package="attr"),
    Suite("boltons", "26.2.0", "exec, frames, tracebacks, descriptors"),
    Suite("click", "8.5.1", "decorators, inspect, context managers, exceptions as control flow"),
    Suite("jinja2", "3.1.6", "generated code, rewritten tracebacks, async generators", needs=("trio==0.35.0",)),
    Suite("lark", "1.3.1", "decorated visitors, interactive parsers, pickling"),
    Suite("mako", "1.4.3", "generated code, frames of callers", tests=("test",)),
    Suite("marshmallow", "4.4.0", "metaclasses, inspect, pickling", needs=("simplejson==4.3.0",)),
    Suite("more-itertools", "11.2.1", "generators and iterators in every shape", package="more_itertools"),
    Suite("parso", "0.8.7", "recursion, generators, metaclasses", tests=("test",)),
    Suite(
        "pyparsing",
        "3.3.3",
        "operators, parse actions told apart by their tracebacks, packrat recursion",
        needs=("railroad-diagrams==3.0.1", "jinja2==3.1.6"),
    ),
    Suite(
        "trio",
        "0.35.0",
        "async, code objects that are marked, signals, introspection",
        tests=("src/trio",),
        needs=("trustme==1.2.1", "pyopenssl==26.4.0"),
        options=("-p", "trio._tests.pytest_plugin", "--skip-optional-imports"),
    ),
    Suite(
        "werkzeug",
        "3.1.9",
        "proxies, context variables, descriptors, debugged frames",
        needs=("ephemeral-port-reserve==1.1.4",),
        options=("-m", "not dev_server"),  # they start servers in child processes, and hang in some places
    ),
)
