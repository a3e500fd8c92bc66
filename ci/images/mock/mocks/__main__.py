"""The image's own command: Speaches if the port of its server is set, else Open WebUI."""

import os

if "UVICORN_PORT" in os.environ:
    from mocks.speaches import main
else:
    from mocks.openwebui import main

main()
