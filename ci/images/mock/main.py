"""ComfyUI's own start file, as the chart calls it."""

from mocks.comfyui import main

main()
