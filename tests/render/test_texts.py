"""Every text of the values arrives as it was written: the manifests hold exactly this text, whatever characters it has.

All texts are set in one render, each with a mark of its own, which tells where it is in the manifests.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache, reduce
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator

from ai_server.helm.render import render_unvalidated
from ai_server.reading.profiles import Keys
from tests.at import at
from tests.conftest import Rendered
from tests.render.common import models
from tests.schema_paths import dotted, schemas
from tests.values.test_effect import NO_EFFECT, SHOWN_ELSEWHERE, TRIED, _profile

FORMS = {
    "odd characters": "{}: \"a\" 'b' # {{{{ .c }}}} [d] \\e %f *g !h |i >j &k <l @m ü漢🙂",
    "a leading dash": "- {}",
    "a leading star": "*{}",
    "a leading ampersand": "&{}",
    "braces": "{{{{ {} }}}}",
    "quotes and spaces around": " '{}\" ",
    "several lines": '{}:\n- "b": c\n\n',
    "a very long text": "{}" + " long" * 4000,
}
WORDS = ("yes", "null", "1e3", "~", "0x1f", "2026-01-01")
"""Texts that are of another type in YAML unless every render quotes them."""
CLOSED = {
    "^(sha256:[0-9a-f]{64})?$": "hexadecimal digits",
    "^([0-9]+(\\.[0-9]+)?(Ki|Mi|Gi|Ti|k|M|G|T)?)?$": "a number with a unit",
    "^[0-9]+x[0-9]+$": "two numbers",
    "^([0-9]{1,5}(h|m|s|ms)){0,4}$": "numbers with units of time",
}
"""Forms that accept neither an odd text nor a mark, and what they accept."""
NAMES: dict[Keys, str] = {
    ("gpu", "models"): "plain-too",
    ("gpu", "nodes"): "every",
    ("gpu", "nodes", "every", "overrides"): "plain-too",
    ("gpu", "nodes", "every", "speech", "models"): "plain",
    ("gpu", "speech", "models"): "plain",
    ("litellm", "models"): "plain",
    ("litellm", "routing", "models"): "plain",
    ("litellm", "routing", "models", "plain", "nodes"): "plain",
    ("litellm", "routing", "fallbacks"): "plain",
    ("litellm", "ingress", "extraHosts"): "plain.lan",
    ("openwebui", "ingress", "extraHosts"): "plain.lan",
}
"""The entries of maps that are tried: those of test_effect.PLAINLY; in other maps, a key of any name."""
CUT = "programs/preset-text"
"""The rule that rejects what llama-server's presets cannot hold."""
Text = tuple[str, Keys, Any]
"""The kind of an object, the keys that lead to a text in it, without the indices of lists, and the text."""


def texts(path: Keys = ()) -> Iterator[Keys]:
    """Every path at which the schema accepts a text, except where Kubernetes' own schemas begin."""
    if any(node.get("type") == "string" for node in schemas(path)):
        yield path
    for node in schemas(path):
        below = {**node.get("properties", {}), NAMES.get(path, "odd"): node.get("additionalProperties")}
        for key, inner in [*below.items(), (0, node.get("items"))]:
            copied_by_helm = key == "global" and path
            if isinstance(inner, dict) and inner and "io.k8s." not in json.dumps(inner)[:200] and not copied_by_helm:
                yield from texts((*path, key))


def is_choice(path: Keys) -> bool:
    return any("enum" in node for node in schemas(path))


def of_one_kind(path: Keys) -> bool:
    """Whether it is of gpu, whose templates are those of rocm and thor, or only they have it."""
    return path[0] not in ("rocm", "thor") or not schemas(("gpu", *path[1:]))


ALL = sorted({path for path in texts() if path[0] != "extraObjects" and of_one_kind(path)}, key=dotted)
TRIED_TEXTS = [path for path in ALL if not is_choice(path) and path[-2] != "serve"]
"""serve holds names of models: the chart rejects any other."""


def sample(path: Keys, form: str, mark: str) -> str:
    """A text of a form that the schema accepts at a path, as a path if it must be one; "" if it accepts none."""
    for lead in ("", "/"):
        text = lead + form.format(mark)
        if any(Draft7Validator(node).is_valid(text) for node in schemas(path) if node.get("type") == "string"):
            return text
    return ""


def put(values: Any, path: Keys, value: Any) -> Any:
    """A copy of values with one replaced; a list becomes its first item."""
    if not path:
        return value
    if path[0] == 0:
        return [put(values[0] if isinstance(values, list) and values else None, path[1:], value)]
    copy = dict(values) if isinstance(values, dict) else {}
    copy[path[0]] = put(copy.get(path[0]), path[1:], value)
    return copy


def scalars(value: Any, path: Keys = ()) -> Iterator[tuple[Keys, Any]]:
    """Every value in a manifest, also in the documents that it holds as text."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield (*path, "*"), key
            yield from scalars(inner, (*path, key))
    elif isinstance(value, list):
        for inner in value:
            yield from scalars(inner, path)
    elif isinstance(value, str) and (document := parsed(value, str(path[-1] if path else ""))) is not None:
        yield from scalars(document, (*path, "document"))
    else:
        yield path, value


def parsed(text: str, name: str) -> Any:
    """The document in a text; None for a plain text."""
    if name.endswith(".yaml"):
        return yaml.safe_load(text)
    if name.endswith(".ini"):
        # llama.cpp takes what follows # or ; for a comment
        pairs = re.findall(r"^([^#;\n]+?) = ([^#;\n]*)", text, re.M)
        return [{key: value.strip(" ")} for key, value in pairs]
    try:
        return json.loads(text) if text[:1] in ("[", "{") else None
    except ValueError:
        return None


class Shown:
    """A render of a profile with a text at each of some paths."""

    def __init__(self, profile: str, given: dict[Keys, str]) -> None:
        values = _profile(profile)
        for path, text in given.items():
            values = put(values, path, text)
        rendered = render_unvalidated(values)
        assert rendered.manifests is not None
        self.refused = {(refusal.rule, key) for refusal in rendered.refusals for key in refusal.keys[-2:]}
        self.texts = Counter((item["kind"], *found) for item in rendered.manifests for found in scalars(item))

    def marked(self) -> dict[Text, list[Keys]]:
        """Every text with marks, with the paths that they stand for."""
        found = {text: re.findall(r"m([0-9]+)x", str(text[2])) for text in self.texts}
        return {text: [TRIED_TEXTS[int(number)] for number in numbers] for text, numbers in found.items() if numbers}


def marked(paths: list[Keys], form: str) -> dict[Keys, str]:
    """A text for each of the paths that accept the form."""
    found = {path: sample(path, form, mark(path)) for path in paths}
    return {path: text for path, text in found.items() if text}


def mark(path: Keys) -> str:
    return f"m{TRIED_TEXTS.index(path)}x"


@cache
def groups() -> list[tuple[str, list[Keys]]]:
    """Profiles, each with the paths whose texts it shows at once: one text may hide another."""
    left, found = [path for path in TRIED_TEXTS if example(path)], []
    for profile in (*TRIED, *TRIED):
        given = {path: example(path) for path in left}
        shown = {path for paths in Shown(profile, given).marked().values() for path in paths}
        if group := [path for path in left if path in shown]:
            found.append((profile, group))
        left = [path for path in left if path not in group]
    return [*found, ("", left)]


def example(path: Keys) -> str:
    """The oddest text that a path accepts."""
    return sample(path, FORMS["odd characters"], mark(path)) or sample(path, "{}", mark(path))


def test_every_text_has_an_accepted_sample_or_a_closed_form() -> None:
    without = [path for path in TRIED_TEXTS if not example(path)]
    assert [dotted(path) for path in without if not any(node.get("pattern") in CLOSED for node in schemas(path))] == []
    assert len(TRIED_TEXTS) - len(without) > 250


def test_what_a_text_may_not_be_is_described_in_words() -> None:
    narrow = [path for path in TRIED_TEXTS if not sample(path, FORMS["odd characters"], "a")]
    patterns = [node for path in narrow for node in schemas(path) if "pattern" in node]
    assert len(narrow) > 30
    assert [node for node in patterns if not node.get("patternErrorMessage")] == []


def test_every_text_is_found_in_the_manifests_of_some_profile() -> None:
    *_, (_, left) = groups()
    reasons = {**SHOWN_ELSEWHERE, **{key.rpartition(".")[2]: why for key, why in NO_EFFECT.items()}}
    given = {path: example(path) for path in left}
    refused = {key for name in TRIED for _, key in Shown(name, given).refused}
    assert [dotted(path) for path in left if not {*path[-2:]} & {*reasons, *refused}] == []


@pytest.mark.parametrize("form", FORMS)
def test_a_text_arrives_as_it_was_written(form: str) -> None:
    for profile, paths in groups()[:-1]:
        given = marked(paths, FORMS[form])
        rendered = Shown(profile, given)
        found = [(path, text) for text, paths in rendered.marked().items() for path in paths]
        cut = {dotted(path): text for path, text in found if given[path] not in text[2]}
        assert {path: text for path, text in cut.items() if (CUT, path.split(".")[-1]) not in rendered.refused} == {}


@pytest.mark.parametrize("turn", range(len(WORDS)), ids=WORDS)
def test_a_word_of_yaml_stays_a_text(turn: int) -> None:
    for profile, paths in groups()[:-1]:
        given = marked(paths, FORMS["a leading ampersand"])
        turned = {path: WORDS[(index + turn) % len(WORDS)] for index, path in enumerate(given)}
        words = {path: f"/{word}" if given[path][0] == "/" else word for path, word in turned.items()}
        rendered = Shown(profile, given)
        expected: Counter[Text] = Counter()
        for (kind, where, text), paths in rendered.marked().items():
            with_words = reduce(lambda text, path: text.replace(given[path], words[path]), paths, text)
            expected[kind, where, with_words] += rendered.texts[kind, where, text]
        assert dict(expected - Shown(profile, words).texts) == {}


KEYED = [path for path in ALL if path[-1] == "odd"]
"""A key in each map whose keys users choose."""


def key(path: Keys) -> str:
    """The oddest key that a map accepts, with a mark."""
    forms = ("m{}x: \"a\" 'b' {{{{ .c }}}} - *d &e", "m{}x")
    keys = [form.format(KEYED.index(path)) for form in forms]
    names = [node.get("propertyNames", {}) for node in schemas(path[:-1])]
    return next(key for key in keys if all(Draft7Validator(node).is_valid(key) for node in names))


def test_a_key_arrives_as_it_was_written() -> None:
    left = KEYED
    for profile in TRIED:
        keys = {path: key(path) for path in left}
        shown = Shown(profile, {(*path[:-1], keys[path]): "x" for path in left})
        found = [
            (KEYED[int(number)], text) for *_, text in shown.texts for number in re.findall("m([0-9]+)x", str(text))
        ]
        assert {dotted(path): text for path, text in found if keys[path] not in text} == {}
        left = [path for path in left if path not in dict(found)]
    assert left == []


def test_a_name_that_is_a_word_of_yaml_stays_a_name(rendered: Rendered) -> None:
    names = {"yes", "null", "0x1f", "2026-01-01"}
    nodes = {name: {"serve": [name]} for name in names}
    catalogue = {name: {"file": "a.gguf"} for name in names}
    manifests = rendered(at("gpu", {"models": catalogue, "nodes": nodes}))
    assert {model["model_name"] for model in models(manifests)} == names
    assert {pod.labels["ai-server/node"] for pod in manifests.pods() if "ai-server/node" in pod.labels} == names
    assert {pod.spec["nodeSelector"]["kubernetes.io/hostname"] for pod in manifests.pods()[: len(names)]} == names
