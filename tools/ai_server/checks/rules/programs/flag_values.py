"""Values that a flag does not accept, on command lines, in models.ini and in variables."""

from collections.abc import Iterator
from dataclasses import replace

from ai_server.checks import facts
from ai_server.checks.core.model import Severity, Violation
from ai_server.checks.core.registry import rule
from ai_server.checks.core.views import RenderView
from ai_server.checks.facts import Flag, flags_of
from ai_server.checks.facts.limits import limits_of
from ai_server.checks.subjects.chart_flags import with_its_key
from ai_server.checks.subjects.forms import LLAMA_OFF, LLAMA_ON, WANTED, begins_with_number, fits, is_number
from ai_server.checks.subjects.parsers import family
from ai_server.checks.subjects.presets import Preset, presets, presets_of
from ai_server.checks.subjects.programs import ProgramContainer, programs
from ai_server.near import alike, choice
from ai_server.reading.edit import Change
from ai_server.reading.profiles import Keys
from ai_server.reading.yamltext import flow

JUDGED = ("llama-server", "vllm", "comfyui")
MOST_SHOWN = 16
MOST_ALIKE = 4
Wrong = tuple[str, str, Severity | None]


@rule("programs/flag-value")
def flag_value(view: RenderView) -> Iterator[Violation]:
    """Looks at extra arguments, command lines, variables and models."""
    for server in programs(view, *JUDGED, "litellm"):
        yield from _words(server)
    for server in programs(view, *JUDGED):
        yield from _command_line(server)
    for server in programs(view, "llama-server"):
        yield from _variables(server)
    for preset in presets(view):
        yield from _preset(preset)


def _words(server: ProgramContainer) -> Iterator[Violation]:
    """Words of extraArgs that belong to no flag, and --flag=value where the program does not support it."""
    program_flags = flags_of(server.program)
    for argument in server.extra:
        keys = server.extra_key(argument)
        if argument.name in server.by_chart:
            continue  # programs/flag-twice removes it
        if argument.joined and argument.name and not program_flags.equals:
            message = f"{server.program} does not accept --flag=value"
            if program_flags.known[argument.name].value == "none":
                message += f", and {argument.flag} takes no value"
                yield _switch(Violation(keys, message), argument.flag, argument.values[0])
            else:
                yield _two_items(server, Violation(keys, message), argument.flag, argument.values[0])
        elif not argument.flag:
            flag, _, value = argument.values[0].partition(" ")
            main = program_flags.canonical(flag)
            if main and len(words := argument.values[0].split()) > 1 and any(map(program_flags.canonical, words[1:])):
                yield _items(server, Violation(keys, "several arguments are a single item"), words)
            elif main and program_flags.known[main].value == "none":
                message = f'{server.program} exits on "{argument.values[0]}": {flag} takes no value'
                yield _switch(Violation(keys, message), flag, value)
            elif main in server.by_chart:
                message = f"{flag} and its value are a single item, and the chart already sets {main}"
                yield with_its_key(server, Violation(keys, message), main, [value.strip()])
            elif main:
                yield _two_items(server, Violation(keys, f"{flag} and its value are a single item"), flag, value)
            else:
                message = f'{server.program} exits on "{argument.values[0]}", which belongs to no flag'
                yield Violation(keys, message, "remove it, or add the flag before it")


def _switch(violation: Violation, flag: str, value: str) -> Violation:
    """The fix for a value after a flag that takes none: it may be meant to switch the flag off."""
    off = value.strip().lower() in LLAMA_OFF
    return violation.remove(certain=False) if off else violation.use(flag, certain=False)


def _two_items(server: ProgramContainer, violation: Violation, flag: str, value: str) -> Violation:
    return replace(_items(server, violation, [flag, value.strip()]), fix=f"use two items: {flag}, {value!r}")


def _items(server: ProgramContainer, violation: Violation, words: list[str]) -> Violation:
    """The fix for words that are a single item: one item for each."""
    *above, index = violation.keys
    items = list(server.view.get(*above))
    items[int(index) : int(index) + 1] = words
    change = Change("set", tuple(above), items)
    return replace(violation, fix=f"use an item for each word: {flow(words)[1:-1]}", changes=(change,))


def _command_line(server: ProgramContainer) -> Iterator[Violation]:
    flags = {argument.name for argument in server.parsed}
    from_models = {name for preset in presets_of(server) for name in preset.own}
    for argument in server.parsed:
        extra = server.extra_key(argument)
        known = flags_of(server.program).known.get(argument.name)
        if extra and argument.name in server.by_chart:
            continue  # programs/flag-twice removes it
        if not known or "." in argument.flag or (not extra and argument.flag.removeprefix("--") in from_models):
            continue
        if (known.plugin and known.plugin in flags) or (argument.joined and not flags_of(server.program).equals):
            continue
        if wrong := _wrong_value(server, argument.flag, known, argument.values):
            setting = "" if extra else facts.table("chart_flags").get(server.program, {}).get(known.name, "")
            keys = extra or (server.setting(setting) if setting else server.argument_key(argument))
            yield _violation(keys, wrong)


def _preset(preset: Preset) -> Iterator[Violation]:
    """The flags that the values set for a model; those that the chart derives from other keys are right."""
    router, flags = preset.server.router, flags_of("llama-server")
    wrong_in = _wrong_setting if router else _wrong_value
    for name, value in preset.flags.items():
        main = flags.of_preset(name) if router else flags.canonical(f"--{name}")
        if not main or not (router or name in preset.own):
            continue
        if wrong := wrong_in(preset.server, f"--{name}", flags.known[main], (value,) if value else ()):
            yield _violation(preset.key(name), wrong)


def _variables(server: ProgramContainer) -> Iterator[Violation]:
    """llama-server reads LLAMA_ARG_* like the flag, and an empty variable as an empty value."""
    flags = flags_of("llama-server")
    for variable in server.env.keys() & flags.by_env.keys():
        value, known = server.env[variable], flags.known[flags.by_env[variable]]
        if isinstance(value, str) and (wrong := _wrong_setting(server, variable, known, (value,))):
            yield _violation(server.env_key(variable), wrong)


def _wrong_setting(server: ProgramContainer, written: str, known: Flag, values: tuple[str, ...]) -> Wrong | None:
    """What is wrong in models.ini or a variable, where a switch has a value: one with --no- rejects others."""
    if known.value != "none":
        return _wrong_value(server, written, known, values)
    if values and values[0] in (*LLAMA_ON, *LLAMA_OFF):
        return None
    message = f'{written} of llama-server is a switch and does not accept "{"".join(values)}"'
    return message, "use true or false", None if known.has_opposite else "warning"


def _wrong_value(server: ProgramContainer, written: str, known: Flag, values: tuple[str, ...]) -> Wrong | None:
    """What is wrong with a flag's values, and the fix."""
    if known.value in ("one", "many") and not values:
        return f"{written} of {server.program} needs a value", "add it after the flag", None
    problems = (
        _wrong_choice(server, written, known, value)
        or _beyond_limits(server, written, known, value)
        or _wrong_form(server.program, written, known, value)
        for value in values
        if not server.env.hides(value)
    )
    return next((problem for problem in problems if problem), None)


def _wrong_choice(server: ProgramContainer, written: str, known: Flag, value: str) -> Wrong | None:
    """A value that is not among the choices of the known version; another version may accept it."""
    if not known.choices or value in (*known.choices, *known.words):
        return None
    meant = facts.table("other_words").get(server.program, {}).get(known.name, {}).get(value.lower(), "")
    near = meant or choice(value, known.choices)
    few = len(known.choices) <= MOST_SHOWN
    nearest = sorted({*alike(value, known.choices, MOST_ALIKE), *([meant.partition(" ")[0]] if meant else [])})
    shown = ", ".join(known.choices) if few else f"{len(known.choices)} names ({', '.join(nearest)}, ...)"
    message = f'{written} of {server.version} accepts one of {shown}, not "{value}"'
    if of_model := family(server, known.name) if server.program == "vllm" else None:
        parser = of_model.parsers[0]
        return f"{message}; for {of_model.name} it is {parser}", f"perhaps use {parser}", server.severity
    return message, f"use {near}" if near else "use one of these", server.severity


def _wrong_form(program: str, written: str, known: Flag, value: str) -> Wrong | None:
    """A value that is not a number or JSON where the program expects one."""
    if not known.form or value in known.words:
        return None
    wanted = " or ".join([WANTED[known.form], *(word for word in known.words if word not in ("None", ""))])
    message, fix = f'{written} of {program} accepts {wanted}, not "{value}"', f"use {wanted}"
    if program != "llama-server" or known.form == "json":
        return None if fits(known.form, value) else (message, _shorter(known, value) or fix, None)
    if not begins_with_number(value):
        return message, fix, None
    if not is_number(value):
        return f'{written} of llama-server reads only the number at the start of "{value}"', "use a number", "warning"
    return None


def _beyond_limits(server: ProgramContainer, written: str, known: Flag, value: str) -> Wrong | None:
    """A value out of bounds, or a text of another form."""
    limits = limits_of(server.program).get(known.name)
    wanted = "" if limits is None or value in known.words else limits.wants(value)
    return (
        (f'{written} of {server.version} accepts {wanted}, not "{value}"', f"use {wanted}", server.severity)
        if wanted
        else None
    )


def _shorter(known: Flag, value: str) -> str:
    """The size without the i of Kubernetes: 8Gi is 8G to vLLM."""
    return f"use {value[:-1]}" if known.form == "size" and fits("size", value.removesuffix("i")) else ""


def _violation(keys: Keys, wrong: Wrong) -> Violation:
    message, fix, severity = wrong
    return Violation(keys, message, fix, severity=severity)
