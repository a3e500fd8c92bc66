"""The cache of the hub, as Speaches finds its models in it."""

from pathlib import Path

from tests.mocks.asked import STT, TTS

CARDS = {
    STT: "library_name: ctranslate2\npipeline_tag: automatic-speech-recognition\n",
    TTS: "library_name: onnx\npipeline_tag: text-to-speech\ntags:\n- speaches\n- kokoro\n",
}


def hub(folder: Path, **cards: str) -> Path:
    """The cache below a folder, with a model that hears, one that speaks, and others by their cards."""
    for name, text in {**CARDS, **cards}.items():
        card = folder / "hub" / f"models--{name.replace('/', '--')}/snapshots/1/README.md"
        card.parent.mkdir(parents=True, exist_ok=True)
        card.write_text(f"---\n{text}---\n")
    return folder / "hub"
