"""Write the documents that are made from the code: settings.md, operations.md and errors.md."""

from __future__ import annotations

from pathlib import Path

from fake_ims.tables import documents

DOCS = Path(__file__).parent.parent / "docs"

if __name__ == "__main__":
    for name, text in documents().items():
        (DOCS / name).write_text(text, encoding="utf-8")
        print(f"docs/{name}")
