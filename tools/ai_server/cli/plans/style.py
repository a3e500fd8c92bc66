"""The look of a picture: colours for light and dark pages, patterns, and the shapes of the verdicts.

Colours differ for every kind of colour vision (after Okabe and Ito) and never stand alone: segments have names or
letters, verdicts a word and a shape. Text has a contrast of 4.5 : 1 or more, lines of 3 : 1.
"""

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', 'Noto Sans', 'DejaVu Sans', sans-serif"
RULES = (
    # selector, property, light, dark
    (".page", "fill", "#ffffff", "#0d1117"),
    ("text", "fill", "#1f2328", "#e6edf3"),
    (".soft", "fill", "#57606a", "#9da7b1"),
    (".axis", "stroke", "#818b98", "#6e7681"),
    (".free", "fill", "#ffffff", "#0d1117"),
    (".free", "stroke", "#818b98", "#6e7681"),
    (".limit", "stroke", "#1f2328", "#f0f6fc"),
    (".system", "fill", "#d8dee4", "#3d444d"),
    (".system", "stroke", "#57606a", "#9da7b1"),
    (".pods", "fill", "#f2f4f7", "#21262d"),
    (".pods", "stroke", "#57606a", "#9da7b1"),
    (".llama-server", "fill", "#b9dcfa", "#0f3d6e"),
    (".llama-server", "stroke", "#0969da", "#58a6ff"),
    (".vllm", "fill", "#ffd3a8", "#6a3205"),
    (".vllm", "stroke", "#bc4c00", "#f0883e"),
    (".comfyui", "fill", "#f2c9e3", "#5c2450"),
    (".comfyui", "stroke", "#a3307a", "#e07bbd"),
    (".speaches", "fill", "#b5e6d2", "#0d4a39"),
    (".speaches", "stroke", "#0f7b5f", "#3fc29a"),
    (".fits", "fill", "#1a7f37", "#3fb950"),
    (".tight", "fill", "#9a6700", "#d29922"),
    (".not", "fill", "#cf222e", "#ff7b72"),
    (".unknown", "fill", "#8250df", "#bc8cff"),
    (".mark", "stroke", "#ffffff", "#0d1117"),
    (".over", "stroke", "#cf222e", "#ff7b72"),
    (".bound", "stroke", "#ffffff", "#0d1117"),
    (".leader", "stroke", "#57606a", "#9da7b1"),
)
"""The colours of classes; later rows win."""
FIXED = (
    ".free{stroke-dasharray:4 3}.limit{stroke-width:2.5}.mark{fill:none;stroke-width:2;stroke-linecap:round;"
    "stroke-linejoin:round}.leader{fill:none}.name{font-weight:600}.over{stroke-width:2;fill:none}.bound{stroke-width:3}"
    ".plate{stroke:none}"
)
CLASSES = {"fits": "fits", "tight": "tight", "does not fit": "not", "unknown": "unknown"}
"""The class of a verdict."""
SHAPES = {
    "fits": ('<circle class="fits" cx="8" cy="8" r="8"/>', "M4.5 8.3l2.5 2.5 4.5-5"),
    "tight": ('<path class="tight" d="M8 0l8.5 15.5h-17z"/>', "M8 6v4M8 12.7v.1"),
    "does not fit": ('<rect class="not" width="16" height="16" rx="2.5"/>', "M5 5l6 6M11 5l-6 6"),
    "unknown": (
        '<path class="unknown" d="M8-1.5l9.5 9.5-9.5 9.5-9.5-9.5z"/>',
        "M6 6.2a2 2 0 1 1 2.6 2q-.6.2-.6 1.3M8 12v.1",
    ),
}
"""The outline of a verdict's shape, and the mark in it, in 16 x 16."""


def css(scope: str) -> str:
    """The style sheet of a picture: light, and dark where the page is dark and not printed."""
    light, dark = ("".join(f"{scope} {row[0]}{{{row[1]}:{row[shade]}}}" for row in RULES) for shade in (2, 3))
    fixed = "".join(f"{scope} {rule}}}" for rule in FIXED.split("}") if rule)
    return f"{light}@media screen and (prefers-color-scheme:dark){{{dark}}}{fixed}"


def patterns(prefix: str) -> str:
    """The patterns: what goes beyond the limit, and what an upper bound adds."""
    return (
        f'<defs><pattern id="{prefix}-over" width="8" height="8" patternUnits="userSpaceOnUse" '
        'patternTransform="rotate(45)"><path class="over" d="M1 0v8"/></pattern>'
        f'<pattern id="{prefix}-bound" width="7" height="7" patternUnits="userSpaceOnUse" '
        'patternTransform="rotate(-45)"><path class="bound" d="M1.5 0v7"/></pattern></defs>'
    )


def shape(verdict: str, x: float, y: float) -> str:
    """The shape of a verdict, 16 wide."""
    outline, mark = SHAPES[verdict]
    return f'<g transform="translate({x:g} {y:g})">{outline}<path class="mark" d="{mark}"/></g>'
