"""Prints the flags of vLLM's parser as JSON after FLAGS; runs with the Python that has vLLM."""

import json
from importlib import import_module

from forms import form_of

KINDS = {0: "none", None: "one", "?": "optional", "+": "many", "*": "any"}
PLUGIN = {"--tool-call-parser": "--tool-parser-plugin", "--reasoning-parser": "--reasoning-parser-plugin"}
"""The flag that may add names, by the flag whose names they are."""


def first(name, *modules):
    """A name from the first module that has it, because vLLM moves its modules."""
    for module in modules:
        try:
            return getattr(import_module(module), name)
        except (ImportError, AttributeError):
            continue
    raise SystemExit(f"vLLM has no {name} in {', '.join(modules)}")


def main():
    """Every flag of `vllm serve`."""
    make = first("make_arg_parser", "vllm.entrypoints.launchers.cli_args", "vllm.entrypoints.openai.cli_args")
    parser = make(first("FlexibleArgumentParser", "vllm.utils.argparse_utils", "vllm.utils")(prog="vllm serve"))
    found = {}
    for action in parser._actions:
        long = [each for each in action.option_strings if each.startswith("--")]
        if long and long[0] != "--help":
            found[long[0]] = about(parser, action, long[0])
    # FlexibleArgumentParser.parse_args: -O3 and -O 3 are --optimization-level 3
    found["--optimization-level"].setdefault("aliases", []).append("-O")
    for flag, names in registered().items():
        # the parser accepts any text; vLLM exits when it starts and does not find the name
        found[flag] |= {"choices": sorted(names), "late": True}
        if words := [
            text for text in ("None", "") if parser._get_value(parser._option_string_actions[flag], text) is None
        ]:
            found[flag]["words"] = words
        if flag in PLUGIN:
            found[flag]["plugin"] = PLUGIN[flag]
    print("FLAGS" + json.dumps(found))


def about(parser, action, name):
    """A flag: the number of its values, their choices or form, and its other spellings."""
    entry = {"value": KINDS.get(action.nargs, "many")}
    if action.choices:
        entry["choices"] = sorted(str(each) for each in action.choices if is_accepted(parser, action, str(each)))
    elif action.type and entry["value"] != "none":
        entry |= form_of(lambda value: parser._get_value(action, value))
    aliases = [each for each in action.option_strings if each != name]
    return entry | ({"aliases": aliases} if aliases else {})


def is_accepted(parser, action, text):
    """Whether the parser accepts a choice: "None" is one of some flags, whose type turns it into no choice at all."""
    return parser._get_value(action, text) in action.choices


def registered():
    """Names that vLLM looks up when it starts: of tool-call and reasoning parsers, and of quantizations."""
    tools = first("ToolParserManager", "vllm.tool_parsers", "vllm.entrypoints.openai.tool_parsers")
    reasoning = first("ReasoningParserManager", "vllm.reasoning")
    methods = first("QUANTIZATION_METHODS", "vllm.model_executor.layers.quantization")
    return {
        "--tool-call-parser": tools.list_registered(),
        "--reasoning-parser": reasoning.list_registered(),
        "--quantization": methods,
    }


if __name__ == "__main__":
    main()
