"""Redirects a child process: Python runs this when it starts, if ``FakeIms.env(redirect=True)``
put this folder on its path.

It needs nothing but the standard library and the two files in the folder above. Whatever fails
here is told on standard error, and the process goes on without.
"""

from __future__ import annotations

import os
import sys
from importlib.machinery import PathFinder, SourceFileLoader

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType

HERE = os.path.dirname(os.path.realpath(__file__))


def load(name: str) -> ModuleType:
    """A module of the folder above."""
    path = os.path.join(os.path.dirname(HERE), f"{name}.py")
    module = type(sys)(f"_fake_ims_{name}")
    SourceFileLoader(module.__name__, path).exec_module(module)
    return module


def redirect(url: str) -> None:
    """Redirect this process for as long as it lives."""
    try:
        load("redirect").Redirect(url, load("hooks").Hooks()).start()
    except Exception as error:
        if sys.stderr is not None:
            print(f"fake_ims: calls are not redirected to {url}: {error!r}", file=sys.stderr)


def run_next() -> None:
    """Run the ``sitecustomize`` that this one hides, if there is one."""
    path = [entry for entry in sys.path if os.path.realpath(entry) != HERE]
    spec = PathFinder.find_spec(__name__, path)
    if spec is None or spec.loader is None:
        return
    from importlib.util import module_from_spec

    sys.modules[__name__] = module = module_from_spec(spec)
    spec.loader.exec_module(module)


if os.environ.get("FAKE_IMS_REDIRECT"):
    redirect(os.environ["FAKE_IMS_REDIRECT"])
run_next()
