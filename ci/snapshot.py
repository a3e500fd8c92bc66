"""All findings of `ai-server check` on the files of the tests, as JSON: a change of its code must not change them.

    .venv/bin/python ci/snapshot.py before.json                      # before the change
    .venv/bin/python ci/snapshot.py after.json --compare before.json # after it: prints the differences, exits with 1
    ... --reworded                                                   # compares everything except message and fix

The files: each mistake, each unusual file, the examples of each rule's page, and the profiles with their clusters.
"""

import argparse
import json
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import yaml

from ai_server import checks
from ai_server.checks import all_rules
from ai_server.checks.core.model import Finding
from ai_server.checks.core.pages import all_pages
from ai_server.checks.core.views import ClusterView
from ai_server.kube.cluster_facts import ClusterFacts, read_facts
from ai_server.kube.manifests import Manifests
from ai_server.reading import profiles
from ai_server.reading.profiles import load

TESTS = Path(__file__).parents[1] / "tests"
BASE = TESTS / "tools" / "checks" / "base.yaml"
CLUSTER = TESTS / "tools" / "checks" / "cluster.yaml"
Case = tuple[str, str, str]
"""A name, the text of a values file ("": the profile of that name), and the objects that its cluster adds."""
Findings = dict[str, list[dict[str, Any]]]


def cases() -> Iterator[Case]:
    """Every case."""
    for file in sorted([*(TESTS / "mistakes").rglob("*.yaml"), *(TESTS / "values" / "unusual").rglob("*.yaml")]):
        text = file.read_text()
        added = re.search(r"^# cluster: (.*)", text, re.MULTILINE)
        yield file.relative_to(TESTS).as_posix(), text, added[1] if added else ""
    for page in all_pages().values():
        for word, text, added in [
            ("wrong", page.wrong, page.cluster),
            ("right", page.right, page.right_cluster or page.cluster),
        ]:
            yield f"{page.id} {word}", text, added
    for name in sorted(profiles.profiles()):
        yield name, "", ""


def findings(case: Case) -> tuple[str, list[dict[str, Any]]]:
    """The findings of a case, not-checked ones as well; files by their names alone."""
    name, text, added = case
    if text.startswith("apiVersion") and name.split()[0] in all_rules():
        return name, [asdict(finding) for finding in findings_of_objects(name.split()[0], text)]
    with tempfile.TemporaryDirectory() as folder:
        if text:
            values, _, waivers = text.partition("# waivers.yaml\n")
            files = [BASE, Path(folder) / "values.yaml"]
            files[1].write_text(values or "rocm: {}\n")
            if waivers:
                (Path(folder) / "waivers.yaml").write_text(waivers)
            cluster = Path(folder) / "cluster.yaml"
            cluster.write_text(CLUSTER.read_text() + (f"  - {added}\n" if added else ""))
        else:
            profile = profiles.profile(name)
            files, cluster = list(profile.files), profile.cluster
        found = checks.run(files, read_facts(cluster)).findings
        text = json.dumps([asdict(finding) | {"file": Path(finding.file).name} for finding in found])
        return name, json.loads(text.replace(folder, "folder"))


def findings_of_objects(rule_id: str, text: str) -> list[Finding]:
    """The findings of one rule for Kubernetes objects, which stand for those of the chart."""
    objects = Manifests(item for item in yaml.safe_load_all(text) if item)
    view, rule = ClusterView(load([BASE]), manifests=objects, facts=ClusterFacts("nothing")), all_rules()[rule_id]
    return [replace(view.finding(rule.page, found), file="") for found in rule.violations(view)]


def without_words(snapshot: Findings) -> Findings:
    """The findings without their message and fix."""
    words = ("message", "fix")
    return {
        name: [{key: value for key, value in finding.items() if key not in words} for finding in found]
        for name, found in snapshot.items()
    }


def differences(before: Findings, after: Findings) -> Iterator[str]:
    """A line for each finding that is gone (-) or new (+)."""
    for name in sorted({*before, *after}):
        old, new = (Counter(json.dumps(finding) for finding in side.get(name, [])) for side in (before, after))
        yield from (f"- {name}: {finding}" for finding in (old - new).elements())
        yield from (f"+ {name}: {finding}" for finding in (new - old).elements())


def main() -> None:
    """Writes the snapshot, and compares it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--compare", type=Path, metavar="BEFORE")
    parser.add_argument("--reworded", action="store_true")
    options = parser.parse_args()
    with ProcessPoolExecutor(2) as pool:
        snapshot = dict(pool.map(findings, cases(), chunksize=8))
    options.out.write_text(json.dumps(snapshot, indent=1))
    print(f"{sum(map(len, snapshot.values()))} findings of {len(snapshot)} files", file=sys.stderr)
    if options.compare:
        before = json.loads(options.compare.read_text())
        if options.reworded:
            before, snapshot = without_words(before), without_words(snapshot)
        lines = list(differences(before, snapshot))
        print("\n".join(lines) or "no difference")
        sys.exit(bool(lines))


if __name__ == "__main__":
    main()
