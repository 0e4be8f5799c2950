"""``python -m fake_ims`` serves, and takes the commands of ``fake-ims`` as well."""

from __future__ import annotations

import sys

from fake_ims.cli import main

_OWN_FLAGS = ("-h", "--help", "--version")

if __name__ == "__main__":
    arguments = sys.argv[1:]
    if not arguments or (arguments[0].startswith("-") and arguments[0] not in _OWN_FLAGS):
        arguments = ["serve", *arguments]
    sys.exit(main(arguments))
