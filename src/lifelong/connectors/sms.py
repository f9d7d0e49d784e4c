"""Outbound text messages, neutral of any vendor: a signed POST to the office's gateway, or a file where there is none.

The gateway gets {"id", "to", "text"} with the same headers that inbound messages must carry (entrypoints/sms/inbound.py).
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

TIMEOUT_SECONDS = 10
LONGEST = 480


@dataclass(frozen=True, slots=True)
class Gateway:
    """Where texts go. An empty `url` means the console gateway: lines of JSON in `file`, for the operator to read."""

    url: str
    key: str
    file: Path

    def send(self, message_id: str, to: str, text: str) -> None:
        """Send one message. Raises OSError when the gateway does not take it; the outbox then tries again."""
        body = json.dumps({"id": message_id, "to": to, "text": text[:LONGEST]}).encode()
        if not self.url:
            with self.file.open("a", encoding="utf-8") as file:
                file.write(body.decode() + "\n")
            return
        at = str(int(time.time()))
        signature = hmac.new(self.key.encode(), at.encode() + b"." + body, hashlib.sha256).hexdigest()
        headers = {"Content-Type": "application/json", "X-Lifelong-Time": at, "X-Lifelong-Signature": signature}
        request = urllib.request.Request(self.url, data=body, headers=headers, method="POST")
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as reply:
            if reply.status >= 300:
                raise OSError(f"the gateway answered {reply.status}")
