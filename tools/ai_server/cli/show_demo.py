"""Prints what the demo showed."""

from typing import TYPE_CHECKING

from ai_server.cli.show import print_table
from ai_server.reading.wording import plural

if TYPE_CHECKING:
    from ai_server.lab.demo import RouteRow, Seen


def demo(seen: "Seen") -> None:
    """Prints what the demo found in the cluster, and what to try next."""
    pods = [(pod.name, pod.node, pod.gpu, pod.state) for pod in seen.pods]
    print_table(["pod", "node", "GPU", "state"], pods, title="What runs where")
    columns = ["model", "for", "backend", "node", "ready"]
    print_table(columns, [_route(row) for row in seen.routes], title="What the API serves")
    if seen.answer:
        print(f"The answer of {seen.answer.model} through the gateway, with the release's own key:")
        first = seen.answer.text.strip().splitlines()[0] if seen.answer.text.strip() else "(nothing)"
        print(f"  {seen.answer.question} ... {first}    ({seen.answer.tokens_per_second:.0f} tokens/s)")
        print(seen.answer.by)
    if seen.page:
        print("The page, for your browser:")
        print(f"  {seen.page.address}   account {seen.page.account}   password {seen.page.password}")
        print(f"  picture: {seen.page.picture or f'none, {seen.page.why_no_picture}'}")
    if seen.not_shown:
        print(seen.not_shown)
    print("Try next")
    for line in seen.next_steps:
        print(f"  {line}")
    print("  " + ", ".join(f"{what} {seconds:.0f} s" for what, seconds in seen.times.items()))


def _route(row: "RouteRow") -> tuple[str, ...]:
    ready = "elsewhere" if row.route.external else plural(row.ready, "endpoint")
    return (row.route.model, row.route.mode, row.route.backend, ", ".join(row.route.nodes), ready)
