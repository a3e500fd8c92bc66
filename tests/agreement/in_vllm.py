"""Runs in vLLM's Python: reads command lines, and answers with what stops vLLM before it loads weights, or "".

It uses no packages but vLLM's, whose import takes half a minute, so that all command lines share one process.
"""

import contextlib
import io
import json
import os
import sys

os.environ |= {"HF_HUB_OFFLINE": "1", "VLLM_NO_USAGE_STATS": "1", "VLLM_LOGGING_LEVEL": "CRITICAL"}


def main():
    """Answers each line of the standard input."""
    from vllm.engine.arg_utils import AsyncEngineArgs
    from vllm.entrypoints.launchers.cli_args import make_arg_parser, validate_parsed_serve_args
    from vllm.utils.argparse_utils import FlexibleArgumentParser

    parser = make_arg_parser(FlexibleArgumentParser(prog="vllm serve"))
    for line in sys.stdin:
        said, says = io.StringIO(), ""
        try:
            with contextlib.redirect_stderr(said), contextlib.redirect_stdout(io.StringIO()):
                arguments = parser.parse_args(json.loads(line))
                validate_parsed_serve_args(arguments)
                arguments.model = arguments.model_tag or arguments.model
                AsyncEngineArgs.from_cli_args(arguments).create_engine_config()
        except SystemExit:
            says = said.getvalue().rpartition("error: ")[2].strip()[:400]
        except BaseException as error:  # a check of the configuration may raise any exception
            says = f"{type(error).__name__}: {error}"[:400]
        print("ANSWER" + json.dumps(says), flush=True)


main()
