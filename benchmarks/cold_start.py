"""From starting the process to the first answer, against a bare Flask app on werkzeug."""

from __future__ import annotations

import contextlib
import http.client
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time

from common import Ratio

ROUNDS = 15

BARE = """
import sys
from flask import Flask
app = Flask("bare")
@app.route("/", methods=["GET", "POST"])
def answer():
    return {"MediaId": "m"}
app.run(port=int(sys.argv[1]), threaded=True)
"""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def first_answer(*command: str, port: int, environment: dict[str, str]) -> float:
    """Seconds from the start of a command to its first answer with success."""
    began = time.perf_counter()
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment
    )
    try:
        while True:
            with contextlib.suppress(OSError):
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
                connection.request("POST", "/?Action=RegisterMediaInfo&InputURL=oss://b/a.mp4")
                assert connection.getresponse().status == 200
                return time.perf_counter() - began
            time.sleep(0.001)
    finally:
        connection.close()
        process.kill()
        process.wait()


def measure() -> list[Ratio]:
    with tempfile.TemporaryDirectory() as compiled:
        # As installed: pip compiles what it installs, whatever this checkout or shell is set to.
        environment = {**os.environ, "PYTHONPYCACHEPREFIX": compiled}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        return _measure(environment)


def _measure(environment: dict[str, str]) -> list[Ratio]:
    bare, fake = [], []
    for _ in range(ROUNDS + 1):
        port = free_port()
        flask = (sys.executable, "-c", BARE, str(port))
        bare.append(first_answer(*flask, port=port, environment=environment))
        port = free_port()
        serve = (sys.executable, "-m", "fake_ims", "serve", "--port", str(port))
        fake.append(first_answer(*serve, port=port, environment=environment))
    del bare[0], fake[0]  # those compiled
    ours, theirs = statistics.median(fake), statistics.median(bare)
    note = f"{ours * 1000:.0f} ms and {theirs * 1000:.0f} ms"
    return [Ratio("cold start / bare Flask on werkzeug", ours / theirs, 1.3, note=note)]
