"""The start file of ComfyUI, as the chart calls it."""

from mocks.comfyui import main

main()
