"""Random command lines from the flag data: flags with values that they accept, and now and then others."""

from collections.abc import Collection, Iterator
from random import Random

from ai_server.checks.facts import Flag, flags_of
from ai_server.checks.facts.limits import Limits, limits_of

ODD = ("0", "-1", "-100", "1.5", "100000", "99999999999", "word", "true", "{}", "[]", '{"word": 1}', "1k", "8Gi", "")
NUMBERS = (0, 1, 2, 3, 8, 64, 100, 512, 1000, 2048)
MOST_FLAGS = 5
HOW_OFTEN_ODD = 0.12
HOW_OFTEN_UNKNOWN = 0.04
HOW_OFTEN_ALIAS = 0.2
EXAMPLES = {
    "a hexadecimal mask such as ff": ("ff", "0x3"),
    "a range such as 0-3": ("0-1", "-1"),
    "none, or devices such as ROCm0": ("none",),
    "numbers with commas between them": ("1", "1024,512", "3/1"),
    'a grammar with a rule "root ::= ..."': ('root ::= "a"',),
    "the number of a token and a bias, such as 15043-1": ("15-1", "15+0.5"),
    "JSON": ("{}", "[]"),
    "two numbers": ("0",),
    "all, or tools such as read_file": ("all", "read_file,get_info"),
    "KEY=TYPE:VALUE, in which TYPE is int, float, bool or str": ("a=int:1", "a=bool:true,b=str:c"),
    "PATTERN=BUFFER, such as exps=CPU": ("exps=CPU",),
    "mp, uni, ray, external_launcher, or the path of a class": ("mp", "uni"),
    "a version such as 0.29": ("0.29",),
    "auto, hf or mistral": ("auto", "hf"),  # mistral needs a model of that form
    "none, or types such as ngram-simple": ("none", "ngram-simple", "ngram-mod,ngram-simple"),
    "an attention backend such as FLASHINFER": ("FLASHINFER", "triton_attn"),
    "name=path, or JSON": ("word=/word",),
    "processors such as 0-3": ("0-1", "0,1"),
    "a number from 0 to 3": ("0", "3"),
}
"""Values of the forms in flag_limits.yaml."""
FILES = (
    *("--api-key-file", "--chat-template-file", "--grammar-file", "--json-schema-file", "--lora", "--lora-scaled"),
    *("--mcp-servers-config", "--media-path", "--mmproj", "--slot-save-path", "--spec-draft-model", "--ui-config-file"),
)
"""Flags of llama-server that name a file or a folder."""
SKIPPED = {
    "llama-server": [
        *("--host", "--port"),  # the tests set them
        *("--hf-file", "--hf-repo", "--hf-token", "--docker-repo", "--mmproj-url", "--model-url", "--spec-draft-hf"),
        *("--models-dir", "--models-preset"),  # another mode
        *(
            "--log-disable",
            "--log-file",
            "--log-jsonl",
            "--log-prompts-dir",
            "--verbose",
            "--verbosity",
        ),  # hide the start
        *("--rpc", "--path"),
        *("--control-vector", "--control-vector-scaled"),
        *("--ssl-cert-file", "--ssl-key-file"),
        "--split-mode",  # tensor needs a GPU
        # settings of a model of a hub, which replace those of other flags
        *(name for name in flags_of("llama-server").known if name.endswith("-default") or name.endswith("b-spec")),
    ],
    "vllm": [
        *("--help", "--config", "--model", "--tokenizer", "--headless", "--hf-config-path", "--spec-model"),
        # what vLLM for CPUs or a model of two layers does not support
        *("--enable-batch-sharded-sampling", "--enable-cumem-allocator", "--enable-eplb", "--enable-expert-parallel"),
        *("--enable-sleep-mode", "--enable-trace-replay", "--kda-prefill-backend", "--moe-backend", "--quantization"),
        *("--reasoning-parser", "--return-sampling-mask", "--use-replayssm", "--prefill-context-parallel-size"),
        *("--engram-config", "--kv-transfer-config", "--reasoning-config", "--default-mm-loras", "--attention-backend"),
        *("--spec-method", "--ubatch-size", "--device-ids", "--tool-call-parser"),
    ],
}
"""Flags whose effect these tests cannot see."""


def command_lines(program: str, skipped: Collection[str], seed: int) -> Iterator[list[str]]:
    """Endless command lines of a program."""
    random, known = Random(seed), flags_of(program)
    names = sorted(known.known.keys() - set(skipped))
    while True:
        words = []
        for name in random.sample(names, random.randint(1, MOST_FLAGS)):
            flag = known.known[name]
            spelling = random.choice(flag.aliases) if flag.aliases and random.random() < HOW_OFTEN_ALIAS else name
            if random.random() < HOW_OFTEN_UNKNOWN:
                spelling += "x"
            words += [spelling, *_values(random, program, flag)]
        yield words


def _values(random: Random, program: str, flag: Flag) -> list[str]:
    if flag.value == "none":
        return []
    if random.random() < HOW_OFTEN_ODD:
        # llama-server would take the next flag as a text that is missing
        missing = random.random() < 0.1 and (flag.form or flag.choices)
        odd = random.choice(ODD)
        if odd == "100000" and "threads" in flag.name:
            odd = "-1"  # whether so many threads can start depends on the machine
        return [] if missing else [odd]
    count = 2 if flag.value == "many" and program == "llama-server" else 1
    return [_value(random, flag, limits_of(program).get(flag.name, Limits())) for _ in range(count)]


def _value(random: Random, flag: Flag, limits: Limits) -> str:
    """A value that the flag accepts, as far as the data say."""
    if flag.name in FILES:
        return "missing.file"
    if flag.choices or (flag.words and random.random() < 0.2):
        return random.choice([*flag.choices, *flag.words])
    if limits.object or flag.form == "json":
        return "{}"
    if limits.form and flag.form != "number":
        return random.choice(EXAMPLES.get(limits.wanted) or limits.wanted.replace(" or ", ", ").split(", "))
    if limits.below == 1 or limits.most == 1:
        return "0.5"
    if flag.form:
        return str(random.choice([number for number in NUMBERS if not limits.wants(str(number))]))
    return "word"
