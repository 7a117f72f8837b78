"""What the how-to pages show in JavaScript, as printed, by the commands that they print."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.blocks import ROOT

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed"),
]

HOW_TO = ROOT / "docs" / "how-to"

#: A program with Adobe's hosts in it: asks for a token, and with it for a job.
PROGRAM = """
const client = { client_id: 'me', client_secret: 's', scope: 'openid' }
const form = new URLSearchParams({ grant_type: 'client_credentials', ...client })
const answer = await fetch('https://ims-na1.adobelogin.com/ims/token/v3', { method: 'POST', body: form })
const { access_token: token } = await answer.json()
const headers = {
  Authorization: `Bearer ${token}`, 'x-api-key': 'me', 'x-gw-ims-org-id': 'ME@AdobeOrg', 'x-sandbox-name': 'prod',
  'Content-Type': 'application/json'
}
const body = JSON.stringify([{ segmentId: '4afe34ae-8c98-4513-8a1d-67ccaa54bc05' }])
const job = await fetch('https://platform.adobe.io/data/core/ups/segment/jobs?x=1', { method: 'POST', headers, body })
console.log(job.status, (await job.json()).status)
"""


def run(page: str, file: str, command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Write a file of a page into ``folder`` and run a command of the same page there."""
    text = (HOW_TO / page).read_text(encoding="utf-8")
    (code,) = re.findall(rf"<!-- file: {re.escape(file)} -->\n```js\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    (folder / file).write_text(code, encoding="utf-8")
    assert command in text
    words = [sys.executable, "-m", "emulator", *command.split()[1:]]
    return subprocess.run(words, cwd=folder, capture_output=True, text=True, timeout=60)


def test_the_tests_in_node_pass(tmp_path: Path) -> None:
    done = run("another-language.md", "segments.test.mjs", "aep-emulator exec --rate 0 -- node --test", tmp_path)
    assert done.returncode == 0, done.stdout
    assert re.search(r"^# pass 2$", done.stdout, re.MULTILINE)


def test_a_test_in_node_can_fail(tmp_path: Path) -> None:
    (tmp_path / "wrong.test.mjs").write_text("import 'node:no-such-module'", encoding="utf-8")
    done = run("another-language.md", "segments.test.mjs", "aep-emulator exec --rate 0 -- node --test", tmp_path)
    assert done.returncode == 1


def test_a_program_with_fixed_hosts_is_led_here(tmp_path: Path) -> None:
    (tmp_path / "program.mjs").write_text(PROGRAM, encoding="utf-8")
    command = "aep-emulator exec -- node --import ./redirect.mjs program.mjs"
    done = run("fixed-hosts.md", "redirect.mjs", command, tmp_path)
    assert (done.stdout, done.returncode) == ("200 NEW\n", 0), done.stderr
