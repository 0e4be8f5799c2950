"""Look into the wheel and the sdist: what must be there is there, and nothing else is.

python .ci/look_into_release.py dist/
"""

from __future__ import annotations

import sys
import tarfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).parent.parent


def package_files() -> set[str]:
    """What the checkout holds of the package."""
    return {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "fake_ims").rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }


def main(folder: Path) -> None:
    (wheel,) = folder.glob("*.whl")
    (sdist,) = folder.glob("*.tar.gz")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        metadata = next(name for name in names if name.endswith(".dist-info/METADATA"))
        description = archive.read(metadata).decode()
        entry_points = next(name for name in names if name.endswith("entry_points.txt"))
        entries = archive.read(entry_points).decode()
    in_wheel = {name for name in names if ".dist-info/" not in name}
    assert in_wheel == package_files(), in_wheel ^ package_files()
    assert "fake_ims = fake_ims.pytest_plugin" in entries
    assert "fake-ims = fake_ims.cli:main" in entries
    assert "# fake-ims" in description, "the README is the description"
    assert any(name.endswith("licenses/LICENSE") for name in names)

    with tarfile.open(sdist) as packed:
        in_sdist = {name.partition("/")[2] for name in packed.getnames()}
    for needed in (*package_files(), "README.md", "CHANGELOG.md", "LICENSE", "pyproject.toml"):
        assert needed in in_sdist, f"{needed} is not in the sdist"
    print(f"{wheel.name}: {len(in_wheel)} files; {sdist.name}: {len(in_sdist)} names")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
