"""Keys with a level of indentation too little or too much are reported once, with the lines to indent, and moved."""

from pathlib import Path

import pytest

from tests.tools.checks.conftest import Run
from tests.tools.checks.test_foreign_files import fixed

MOVED = {
    "keys of a node": (
        "rocm:\n  nodes:\n    halo: # mine\n    modelsMax: 1\n    pod: # its pod\n      labels:\n        team: ai\n"
        "    thor: {enabled: false}\n",
        "rocm:\n  nodes:\n    halo: # mine\n      modelsMax: 1\n      pod: # its pod\n        labels:\n          team: ai\n"
        "    thor: {enabled: false}\n",
        "indent lines 4-7 by two more spaces",
    ),
    "keys of a model": (
        "rocm:\n  models:\n    coder:\n    file: coder.gguf\n\n    # more\n    chat: {ctxSize: 8192}\n",
        "rocm:\n  models:\n    coder:\n      file: coder.gguf\n\n    # more\n    chat: {ctxSize: 8192}\n",
        "indent line 4 by two more spaces",
    ),
    "keys with comments above and below them": (
        "rocm:\n  nodes:\n    halo:\n    # one at a time\n    modelsMax: 1\n    # its pod,\n    # with labels\n    pod:\n"
        "      labels: {team: ai}\n      # annotations: {}\n    # the other one\n\n    thor: {enabled: false}\n",
        "rocm:\n  nodes:\n    halo:\n      # one at a time\n      modelsMax: 1\n      # its pod,\n      # with labels\n      pod:\n"
        "        labels: {team: ai}\n        # annotations: {}\n    # the other one\n\n    thor: {enabled: false}\n",
        "indent lines 4-10 by two more spaces",
    ),
    "a misspelt key among them": (
        "rocm:\n  models:\n    coder:\n    file: coder.gguf\n    ctxsize: 65536\n",
        "rocm:\n  models:\n    coder:\n      file: coder.gguf\n      ctxSize: 65536\n",
        "indent lines 4-5 by two more spaces",
    ),
    "variables": (
        "openwebui:\n  extraEnv:\n  WEBUI_NAME: me\n",
        "openwebui:\n  extraEnv:\n    WEBUI_NAME: me\n",
        "indent line 3 by two more spaces",
    ),
    "labels below global": (
        "global:\n  labels:\n  example.com/team: ai\n",
        "global:\n  labels:\n    example.com/team: ai\n",
        "indent line 3 by two more spaces",
    ),
    "a section in another one": (
        "litellm:\n  numWorkers: 2\n  openwebui:\n    port: 8090\n",
        "litellm:\n  numWorkers: 2\nopenwebui:\n  port: 8090\n",
        "indent lines 3-4 by two fewer spaces",
    ),
}


@pytest.mark.parametrize("case", MOVED)
def test_keys_move_by_a_level(run: Run, tmp_path: Path, case: str) -> None:
    before, after, fix = MOVED[case]
    assert (finding := next(item for item in run(before) if item.severity == "error")).fix == fix, finding
    assert fixed(tmp_path, before) == (after, [])


UNSURE = {
    "enabled of the page or of the Ingress": "openwebui: {ingress: , enabled: true, host: chat.lan}",
    "a key after an entry that has others": "rocm: {models: {coder: {file: a.gguf}, ctxSize: 8192}}",
    "a model in a model": "rocm: {models: {chat: {coder: {file: a.gguf}}}}",
    "a node in a component": "rocm: {halo2: {renderGroup: 991}}",
}


@pytest.mark.parametrize("case", UNSURE)
def test_what_may_be_meant_otherwise_stays(run: Run, tmp_path: Path, case: str) -> None:
    [finding] = run(UNSURE[case])
    assert finding.fix.startswith("perhaps "), finding
    assert fixed(tmp_path, UNSURE[case])[0] == UNSURE[case]


def test_an_empty_node_next_to_another_one_is_only_empty(run: Run) -> None:
    findings = run("rocm:\n  nodes:\n    halo:\n    thor: {enabled: false}\n  models: {chat: {ctxSize: 8192}}\n")
    assert [(item.rule, item.key) for item in findings] == [("values/null", "rocm.nodes.halo")]
