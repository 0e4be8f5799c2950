"""Write what is made from the code: settings.md, operations.md, errors.md, and a README's table."""

from __future__ import annotations

from pathlib import Path

from fake_ims.tables import documents, with_operations

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
README = ROOT / "README.md"

if __name__ == "__main__":
    for name, text in documents().items():
        (DOCS / name).write_text(text, encoding="utf-8")
        print(f"docs/{name}")
    README.write_text(with_operations(README.read_text(encoding="utf-8")), encoding="utf-8")
    print(README.name)
