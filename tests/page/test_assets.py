"""Static files: what is there, revalidated; what is not in the folder, never."""

from __future__ import annotations

import re
from pathlib import Path

from emulator.web.page import assets
from emulator.web.page.panels import PANELS
from tests.for_each import for_each
from tests.services.conftest import Client

STATIC = Path(assets.__file__).parent / "static"


def test_every_panel_has_its_module() -> None:
    assert {f"{panel.name}.js" for panel in PANELS} <= assets.names()


@for_each("name", sorted(assets.names()))
def test_a_file_is_answered_with_its_type_and_revalidated(client: Client, name: str) -> None:
    answer = client.get(f"/_emulator/static/{name}")
    assert answer.status_code == 200
    assert answer.data == (STATIC / name).read_bytes()
    assert answer.content_type == assets.TYPES[Path(name).suffix]
    assert answer.headers["Cache-Control"] == "no-cache"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    again = client.get(f"/_emulator/static/{name}", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


@for_each(
    "name",
    [
        "nothing.js",
        "../assets.py",
        "..%2fassets.py",
        "..%5cassets.py",
        "%2e%2e/assets.py",
        "....//assets.py",
        "/etc/passwd",
        "%2fetc%2fpasswd",
        "page.css/../../assets.py",
        "page.css%00.js",
        "C:%5cwindows%5cwin.ini",
        ".",
        "..",
        "",
    ],
)
def test_nothing_outside_of_the_folder_is_reached(client: Client, name: str) -> None:
    answer = client.get(f"/_emulator/static/{name}")
    assert answer.status_code == 404
    assert b"import" not in answer.data


@for_each("name", sorted(assets.names()))
def test_no_file_asks_another_host(name: str) -> None:
    text = (STATIC / name).read_text(encoding="utf-8")
    foreign = set(re.findall(r"https?://[\w.-]+", text)) - {"http://www.w3.org", "https://ns.adobe.com"}
    assert foreign == set()


@for_each("name", sorted(each for each in assets.names() if each.endswith(".js")))
def test_no_module_parses_markup(name: str) -> None:
    text = (STATIC / name).read_text(encoding="utf-8")
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function|DOMParser", text)
