"""Packages of npm, for tests that run JavaScript: installed into ``build`` when they are not there."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path


def installed(manifest: Path, folder: Path) -> Path:
    """Have the packages of a package.json in ``folder``, and answer where they are.

    They are installed when they are not there, or others than the manifest now names.
    """
    wanted, stamp = manifest.read_text(encoding="utf-8"), folder / "installed.json"
    if not stamp.is_file() or stamp.read_text(encoding="utf-8") != wanted:
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(manifest, folder)
        command = ["npm", "install", "--no-audit", "--no-fund", "--no-package-lock"]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
        assert done.returncode == 0, f"npm cannot install {manifest}: {done.stderr}"
        stamp.write_text(wanted, encoding="utf-8")
    return folder / "node_modules"
