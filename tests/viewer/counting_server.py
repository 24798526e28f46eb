"""The hardened server, which ends unused sessions soon and counts what they left; its argument is the port.

For each line that it reads it writes how many selections are alive.
"""

from __future__ import annotations

import gc
import sys
import threading
from functools import partial
from typing import Any

from bokeh.server.server import Server

from viewer import server
from viewer.state import Selection

_MILLISECONDS: dict[str, Any] = {
    "unused_session_lifetime_milliseconds": 2_000,
    "check_unused_sessions_milliseconds": 200,
}


def _answer() -> None:
    for _ in sys.stdin:
        gc.collect()
        # Not isinstance: it would ask proxies for their class, which wakes some of them up.
        print(sum(type(thing) is Selection for thing in gc.get_objects()), flush=True)


if __name__ == "__main__":
    module: Any = server
    module.Server = partial(Server, **_MILLISECONDS)
    threading.Thread(target=_answer, daemon=True).start()
    server.main(["--port", sys.argv[1]])
