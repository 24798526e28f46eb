"""Many real sessions on one hardened server, watched: ``python -m tests.viewer.soak STORE --sessions 25 --minutes 5``.

Run by hand. Some sessions are pages of Chromium, which change k, search, show more and look at findings; the others
are pages opened one after the other by the same browser, so that sessions end all the time. Prints errors, the memory
of the server over time, its memory a session, and what is left of it when all sessions have ended.
"""

from __future__ import annotations

import argparse
import json
import random
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Error, Page, sync_playwright

from tests.viewer.conftest import CHROMIUM, FLAGS
from tests.viewer.test_server import served

_ENDED_SECONDS = 75


@dataclass
class Watched:
    """What was seen of the server."""

    base: str
    pid: int
    errors: list[str] = field(default_factory=list)
    memory: list[tuple[float, int, float]] = field(default_factory=list)
    acts: int = 0

    def look(self, start: float) -> None:
        """Note seconds, sessions and megabytes."""
        with urllib.request.urlopen(f"{self.base}/healthz", timeout=60) as answer:  # noqa: S310 (our own)
            sessions = json.load(answer)["sessions"]
        self.memory.append((time.monotonic() - start, sessions, _megabytes(self.pid)))


def _megabytes(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) / 1024


def _server_of(parent: int) -> int:
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text(encoding="ascii").split()
    return int(children[0])


def _open(context: Any, base: str, query: str, watched: Watched) -> Page:
    page: Page = context.new_page()
    page.on("pageerror", lambda error: watched.errors.append(str(error)))
    page.on("console", lambda note: watched.errors.append(note.text) if note.type == "error" else None)
    page.goto(f"{base}/viewer{query}")
    page.locator("article.domino").first.wait_for(timeout=120_000)
    return page


def _act(page: Page, rng: random.Random, watched: Watched) -> None:
    """Do one thing that readers do."""
    act = rng.choice(["k", "k", "k", "search", "more", "point", "metric"])
    try:
        if act == "k":
            page.locator('input[type="number"]').fill(str(rng.randint(1, 200)))
            page.locator('input[type="number"]').press("Enter")
        elif act == "search":
            page.get_by_role("combobox", name="Find objects by key").fill(rng.choice("aeinot"))
        elif act == "more":
            page.locator("button.more").first.click()
        elif act == "point":
            page.locator("article.domino header").first.hover()
        else:
            page.get_by_role("button", name=rng.choice(["Euclidean", "Cosine"])).click()
        watched.acts += 1
    except Error as error:
        watched.errors.append(f"{act}: {error.message.splitlines()[0]}")


def main() -> None:
    """Run the sessions and print what was seen."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("store")
    parser.add_argument("--sessions", type=int, default=25)
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--query", default="")
    options = parser.parse_args()
    rng = random.Random(7)  # noqa: S311 (which act is next)
    with served(options.store) as (base, child), sync_playwright() as playwright:
        watched = Watched(base, _server_of(child.pid))
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        context = browser.new_context(viewport={"width": 1200, "height": 800})
        context.set_default_timeout(30_000)
        start = time.monotonic()
        _open(context, base, options.query, watched).close()  # what is shared by all is loaded now
        time.sleep(_ENDED_SECONDS / 2)
        watched.look(start)
        pages = []
        for _ in range(options.sessions):
            pages.append(_open(context, base, options.query, watched))
            watched.look(start)
        opened = len(watched.memory)
        until = time.monotonic() + options.minutes * 60
        turn = 0
        while time.monotonic() < until:
            _act(rng.choice(pages), rng, watched)
            turn += 1
            if turn % 20 == 0:  # one reader leaves, another comes
                pages.pop(0).close()
                pages.append(_open(context, base, options.query, watched))
                watched.look(start)
        for page in pages:
            page.close()
        browser.close()
        time.sleep(_ENDED_SECONDS)
        watched.look(start)
        print(json.dumps(_told(watched, opened), indent=1))


def _told(watched: Watched, opened: int) -> dict[str, Any]:
    """Return the figures: megabytes shared, a session, an hour at rest, and left when all have gone."""
    empty, *filled = watched.memory[:opened]
    at_work = np.array(watched.memory[opened:-1]) if len(watched.memory) > opened + 3 else np.zeros((0, 3))
    slope = float(np.polyfit(at_work[:, 0], at_work[:, 2], 1)[0] * 60) if len(at_work) else float("nan")
    last = watched.memory[-1]
    return {
        "acts": watched.acts,
        "errors": len(watched.errors),
        "first_errors": watched.errors[:5],
        "shared_mb": round(empty[2], 1),
        "mb_per_session_opened": round((filled[-1][2] - empty[2]) / len(filled), 2),
        "mb_per_minute_at_work": round(slope, 2),
        "mb_at_work_end": round(watched.memory[-2][2], 1),
        "sessions_left": last[1],
        "mb_left": round(last[2], 1),
        "memory": [(round(at), sessions, round(mb, 1)) for at, sessions, mb in watched.memory],
    }


if __name__ == "__main__":
    main()
