"""The pictures of README: python -m tests.e2e.pictures writes docs/pictures/*.png."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emulator import Emulator
from tests.e2e.browser import browsing
from tests.e2e.conftest import HOME, UPS, World, export_request

if TYPE_CHECKING:
    from playwright.sync_api import Page

ORG = "KETTLE@AdobeOrg"
PICTURES = Path(__file__).parents[2] / "docs" / "pictures"

Call = Callable[..., Any]


def lively(call: Call) -> None:
    """Let something happen: nights with a schedule that fires, jobs in every status, an export, faults that are met."""
    nightly = {"name": "every night", "type": "batch_segmentation", "schedule": "0 0 1 * * ?", "state": "active"}
    call("POST", f"{UPS}/config/schedules", {**nightly, "properties": {"segments": ["*"]}})
    call("POST", "/_emulator/clock", {"advance": "P6DT2H"})
    call("POST", "/_emulator/faults", {"id": "broken", "job": "segment", "nth": 1, "fail_at": "PROCESSING"})
    call("POST", f"{UPS}/segment/jobs", [{"segmentId": HOME}])
    call("POST", "/_emulator/clock", {"advance": "PT20M"})
    cancelled = call("POST", f"{UPS}/segment/jobs", [{"segmentId": "*"}])
    call("DELETE", f"{UPS}/segment/jobs/{cancelled['id']}")
    call("POST", "/_emulator/clock", {"advance": "PT3M"})
    call("POST", f"{UPS}/export/jobs", export_request())
    call("POST", "/_emulator/clock", {"advance": "PT40S"})
    call("POST", f"{UPS}/segment/jobs", [{"segmentId": HOME}])
    call("POST", "/_emulator/faults", {"id": "slow", "job": "segment", "nth": 1, "slower": 4})
    call("POST", "/_emulator/clock", {"advance": 7})
    call("POST", f"{UPS}/segment/jobs", [{"segmentId": "*"}])
    call("POST", "/_emulator/clock", {"advance": 5})
    call("POST", f"{UPS}/export/jobs", export_request())
    call("POST", "/_emulator/clock", {"advance": 2})
    call("POST", f"{UPS}/segment/jobs", [{"segmentId": HOME}])
    call("POST", "/_emulator/clock", {"advance": 0.5})


#: Who is asked about in the picture that explains, and the segment: "Upper slopes, gone quiet".
WHO, WHY = "CRM-10001", "9114ec6d-621c-409c-92b2-733cb32d58be"

#: Where the panel begins beneath the river's shadow, and how much of it is shown, in CSS pixels.
TOP, HEIGHT = 14, 880
SCALE = 1.2


def main() -> None:
    """Make the pictures: the overview as it stands, the others without the frame around the panel."""
    emulator = Emulator()
    with emulator.serve() as url, browsing() as browser:
        lively(World(emulator, url, ORG).call)
        context = browser.new_context(
            viewport={"width": 1240, "height": 760}, device_scale_factor=SCALE, reduced_motion="reduce"
        )
        page = context.new_page()
        place = f"org={ORG}&sandbox=prod"
        page.goto(f"{url}/_emulator/?{place}")
        page.wait_for_load_state("networkidle")
        _save(page.screenshot(), PICTURES / "overview.png")
        page.set_viewport_size({"width": 1240, "height": TOP + HEIGHT + 100})
        page.goto(f"{url}/_emulator/ui/segments?edit=new&{place}")
        _write_a_query(page)
        _save(page.locator("main").screenshot(), PICTURES / "segments.png", TOP, HEIGHT)
        page.goto(f"{url}/_emulator/ui/profiles?ns=CRMID&id={WHO}&why={WHY}&{place}")
        page.locator(".why").wait_for()
        page.wait_for_load_state("networkidle")
        _save(page.locator("main").screenshot(), PICTURES / "profiles.png", TOP, HEIGHT)
        context.close()


def _write_a_query(page: Page) -> None:
    page.locator("#segment-name").fill("Bought lately, at home")
    page.locator("#pql").fill(
        'xEvent.exists(eventType = "commerce.purchases"\n'
        "  and timestamp occurs <= 60 days before now)\n"
        'and homeAddress.country == "US"'
    )
    page.locator(".fault").wait_for()
    page.get_by_text("Queries to try").click()
    page.evaluate("document.activeElement.blur()")


def _save(png: bytes, path: Path, top: int = 0, height: int | None = None) -> None:
    """Write a picture, or of it ``height`` CSS pixels from ``top`` on, with as few colours as do: a third as large."""
    from PIL import Image

    path.parent.mkdir(parents=True, exist_ok=True)
    with Image.open(BytesIO(png)) as image:
        first = round(top * SCALE)
        last = image.height if height is None else min(image.height, first + round(height * SCALE))
        part = image.convert("RGB").crop((0, first, image.width, last))
        few = part.quantize(256, method=Image.Quantize.MAXCOVERAGE, kmeans=2, dither=Image.Dither.NONE)
    few.save(path, optimize=True)
    print(f"{path.name}: {path.stat().st_size // 1024} KB")


if __name__ == "__main__":
    main()
