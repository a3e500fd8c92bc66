"""Runs in LiteLLM's Python: reads configurations, and answers with what stops LiteLLM from loading each, or "".

LiteLLM keeps settings in its modules, so that each configuration is loaded in a process of its own; those are forks of
one that has loaded a configuration before, since the imports take ten seconds.
"""

import asyncio
import contextlib
import gc
import json
import os
import signal
import sys
from pathlib import Path

os.environ |= {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_MASTER_KEY": "sk-1234", "BACKEND_API_KEY": "sk-1234"}
SECONDS = 20


def load(file):
    """Loads a configuration like the proxy at its start."""
    from litellm.proxy.proxy_server import ProxyConfig

    asyncio.run(ProxyConfig().load_config(router=None, config_file_path=str(file)))


def says_in_a_fork(file):
    """What LiteLLM says if it does not load a configuration."""
    read, write = os.pipe()
    if not os.fork():
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
        signal.alarm(SECONDS)
        says = ""
        try:
            load(file)
        except BaseException as error:  # a setting may cause any exception
            says = f"{type(error).__name__}: {error}"[:400]
        os.write(write, json.dumps(says).encode())
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as answer:
        text = answer.read()
    os.wait()
    return json.loads(text) if text else "no answer"


def main():
    """Answers each line of the standard input."""
    file = Path(sys.argv[1]) / "config.yaml"
    lines = sys.stdin.readlines()
    file.write_text(json.dumps({"model_list": [], "litellm_settings": {"callbacks": ["prometheus"]}}))
    with contextlib.redirect_stdout(sys.stderr):
        load(file)
    gc.freeze()
    for line in lines:
        file.write_text(line)
        print("ANSWER" + json.dumps(says_in_a_fork(file)), flush=True)


main()
