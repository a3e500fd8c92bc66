"""check and discover: find errors in values files, and describe a cluster to validate them against."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from ai_server.cli import completion
from ai_server.cli.cluster_file import facts_of, must_be_one
from ai_server.cli.garbage import collect_seldom
from ai_server.cli.options import (
    ClusterFile,
    FactsFiles,
    Files,
    KubeVersion,
    ModelsFolder,
    NamedFiles,
    Namespace,
    ReleaseName,
    Yes,
    given,
    known_models,
)
from ai_server.errors import UserError
from ai_server.extras import need
from ai_server.reading.textfile import STANDARD_INPUT, NotYaml, Unreadable

if TYPE_CHECKING:
    from ai_server.checks import Result


class Format(StrEnum):
    """Output formats: text, JSON for scripts, SARIF for code scanning, and annotations in a pull request on GitHub."""

    text = "text"
    json = "json"
    sarif = "sarif"
    github = "github"


def check(
    named: NamedFiles = None,
    values: Files = None,
    cluster: ClusterFile = None,
    live: Annotated[bool, typer.Option("--live", help="Validate against the cluster in your kubeconfig.")] = False,
    online: Annotated[bool, typer.Option("--online", help="Ask registries for the platforms of images.")] = False,
    models: ModelsFolder = None,
    facts_files: FactsFiles = None,
    strict: Annotated[bool, typer.Option("--strict", help="Report warnings as errors.")] = False,
    explain: Annotated[
        str,
        typer.Option(
            "--explain",
            metavar="ID",
            help="Print the documentation of a rule and exit.",
            autocompletion=completion.rules,
        ),
    ] = "",
    pod_security: Annotated[
        bool, typer.Option("--pod-security", help="Also show the Pod Security level of each pod, and why.")
    ] = False,
    fix: Annotated[bool, typer.Option("--fix", help="Apply the fixes that are certain, after showing them.")] = False,
    diff: Annotated[bool, typer.Option("--diff", help="Only show what --fix would change.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before --fix writes.")] = False,
    kube_version: KubeVersion = "",
    release: ReleaseName = "ai-server",
    namespace: Namespace = "ai-server",
    output: Annotated[Format, typer.Option("--output", "-o", help="Format of the findings.")] = Format.text,
) -> None:
    """Find errors in values files.

    Checks the files, the rendered objects, how the programs interpret them, and your nodes.

    Exit status: 0 no errors, 1 errors found, 2 the command was misused.
    """
    from ai_server.cli import report

    if explain:
        report.page(explain)
        return
    files = given("check", values, named)
    if fix and not diff and STANDARD_INPUT in files:
        raise UserError("--fix cannot write to standard input", hint="use --diff, which prints a patch")
    must_be_one(cluster, live=live, command="check")
    collect_seldom(files)
    from ai_server import checks
    from ai_server.kube.cluster_facts import live_facts

    try:
        facts = facts_of(cluster) if cluster else None
    except UserError as error:
        _report_unreadable(checks.unreadable(error), output)
    if live:
        facts = live_facts(namespace=namespace)
    known = known_models(models, facts_files)
    options: dict[str, Any] = {
        "kube_version": kube_version,
        "release": release,
        "namespace": namespace,
        "models": known,
    }
    if fix or diff:
        from ai_server.cli.fix import fix as fix_files

        quiet = not diff and output != Format.text  # the output is for a program
        right = fix_files(
            files,
            lambda texts: checks.run(files, facts, texts=texts, **options),
            write=fix and not diff,
            yes=yes,
            quiet=quiet,
        )
        if diff:
            raise typer.Exit(0 if right else 1)
    try:
        result = checks.run(files, facts, online=online, **options)
    except (Unreadable, NotYaml) as error:  # of waivers
        result = checks.unreadable(error)
    if result.error:
        _report_unreadable(result, output)
    findings = [finding.strict() for finding in result.findings] if strict else result.findings
    report.findings(findings, result, output.value, pod_security=pod_security)
    if any(finding.severity == "error" for finding in findings):
        raise typer.Exit(1)


def _report_unreadable(result: "Result", output: Format) -> NoReturn:
    """Exits as the error of a result says, after a finding for programs; for people the error itself is enough."""
    from ai_server.cli import report

    assert result.error
    if output is Format.text:
        raise result.error
    report.findings(result.findings, result, output.value, pod_security=False)
    raise typer.Exit(result.error.code)


def discover(
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File to write; by default, print to stdout.")
    ] = None,
    namespace: Namespace = "ai-server",
    yes: Yes = False,
) -> None:
    """Describe the cluster in your kubeconfig as a cluster.yaml.

    The file contains no secrets, variables or addresses.
    """
    need("live", "discover")
    from ai_server.cli.asking import write
    from ai_server.kube.cluster_facts import live_facts
    from ai_server.kube.discover import as_yaml

    text = as_yaml(live_facts(namespace=namespace))
    if output is None:
        print(text, end="")
    else:
        write(output, text, yes=yes)
        typer.echo(f"wrote {output}; next: ai-server check -f my.yaml --cluster {output}", err=True)
