"""Take the README at its word: its first test as a file, or its test command as a line.

python .ci/first_example.py README.md test_first.py
python .ci/first_example.py --test-command README.md
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(document: str, language: str) -> list[str]:
    """The fenced blocks of one language, in order."""
    return [text for found, text in FENCE.findall(document) if found == language]


def main(arguments: list[str]) -> None:
    if arguments[0] == "--test-command":
        shell = blocks(Path(arguments[1]).read_text(encoding="utf-8"), "sh")
        print(next(text.strip() for text in shell if "-m pytest" in text))
    else:
        source, target = map(Path, arguments)
        example = next(iter(blocks(source.read_text(encoding="utf-8"), "python")))
        target.write_text(example, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
