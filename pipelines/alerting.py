"""Tell somebody: one JSON document by POST, a few tries, never an exception."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from typing import Any

TRIES = 3
TIMEOUT = 5.0
"""Seconds that one try may take."""

PAUSE = 1.0
"""Seconds before the second try; each later pause is twice as long."""


def post(
    url: str, document: Mapping[str, Any], pause: float = PAUSE, sleep: Callable[[float], None] = time.sleep
) -> str | None:
    """Send a document to a webhook.

    Parameters
    ----------
    url
        ``http://`` or ``https://``.
    document
        JSON-ready.

    Returns
    -------
    str or None
        Why it was not delivered; None when it was (status 2xx).
    """
    body = json.dumps(document, ensure_ascii=False).encode()
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"}, method="POST")  # noqa: S310
    reason = ""
    for attempt in range(TRIES):
        if attempt:
            sleep(pause * 2 ** (attempt - 1))
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT):  # noqa: S310 (the scheme is checked by the config)
                return None
        except (OSError, ValueError) as error:
            reason = str(error)
    return f"{url} did not take the alert in {TRIES} tries: {reason}"
