"""The child process behind ``local/``: holds llama.cpp's server (xllamacpp) until its parent is gone.

Run as a file, with nothing of ours imported. Settings come as one line of JSON on stdin (so that the key is in no
process list), the server's address goes out as one line on stdout, llama.cpp's log to stderr.
"""

import json
import os
import sys
import time
from typing import Any

_QUIET = 1
"""llama.cpp's verbosity: warnings and errors."""


def parameters(settings: dict[str, Any]) -> Any:
    """``weights`` (path), ``slots``, ``slot_tokens``, ``threads``, ``key`` as llama.cpp's parameters.

    ``n_threads_http`` stays at its default (measured: 4 threads with 8 clients hung).
    """
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = settings["weights"]
    params.n_parallel = settings["slots"]
    params.n_ctx = settings["slots"] * settings["slot_tokens"]  # llama.cpp divides it by the slots
    params.cpuparams.n_threads = settings["threads"]
    params.cpuparams_batch.n_threads = settings["threads"]
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.api_keys = [settings["key"]]
    params.ui = False
    params.verbosity = _QUIET
    return params


def main() -> None:
    parent = os.getppid()
    settings = json.loads(sys.stdin.readline())
    import xllamacpp

    server = xllamacpp.Server(parameters(settings))
    sys.stdout.write(f"{server.listening_address}\n")
    sys.stdout.flush()
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(0)


if __name__ == "__main__":
    main()
