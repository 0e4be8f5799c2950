"""Write fake_ims/gateway/known_actions.txt: the names of all operations of the real service.

Run it in an environment that has the newest official SDK:

    pip install --upgrade alibabacloud-ice20201109 && python .ci/known_actions.py
"""

from __future__ import annotations

import inspect
import re
from importlib.metadata import version
from pathlib import Path

from alibabacloud_ice20201109.client import Client

TARGET = Path(__file__).parent.parent / "fake_ims" / "gateway" / "known_actions.txt"


def action_names() -> list[str]:
    """The action of every method that calls an operation."""
    names = set()
    for name, method in inspect.getmembers(Client, inspect.isfunction):
        if name.endswith("with_options"):  # "..._urlwith_options" as well
            names.update(re.findall(r"action\s*=\s*'(\w+)'", inspect.getsource(method)))
    return sorted(names)


def main() -> None:
    names = action_names()
    header = (
        "# The operations of ICE 2020-11-09, by name; written by .ci/known_actions.py from\n"
        f"# alibabacloud-ice20201109 {version('alibabacloud-ice20201109')}.\n"
    )
    TARGET.write_text(header + "\n".join(names) + "\n", encoding="utf-8")
    print(f"{len(names)} operations")


if __name__ == "__main__":
    main()
