"""A reverse proxy for the Ingresses of a release: Debian's nginx, with the defaults of ingress-nginx 1.15.

It stands in for the controllers that need a registry. What a controller reads of an Ingress is translated: hosts, paths,
TLS, and the annotations for sizes and timeouts; anything else keeps the controller's default.
"""

import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from getpass import getuser
from pathlib import Path
from typing import Any

from ai_server.lab.containers.engine import apt_install
from ai_server.local.ports import free_port, is_free
from tests.cluster.common import eventually

PREFIX = "nginx.ingress.kubernetes.io/"
DEFAULTS = {"proxy-body-size": "1m", "proxy-read-timeout": "60", "proxy-send-timeout": "60"}
"""docs/user-guide/nginx-configuration/configmap.md of kubernetes/ingress-nginx."""
DIRECTIVES = {
    "proxy-body-size": "client_max_body_size {};",
    "proxy-read-timeout": "proxy_read_timeout {}s;",
    "proxy-send-timeout": "proxy_send_timeout {}s;",
}
HEADERS = """\
proxy_http_version 1.1;
proxy_set_header Host $http_host;
proxy_set_header Upgrade $http_upgrade;
proxy_set_header Connection $connection_upgrade;
proxy_set_header X-Forwarded-For $remote_addr;
proxy_set_header X-Forwarded-Proto $scheme;
proxy_set_header X-Forwarded-Host $http_host;
proxy_buffering off;"""


def server(ingress: Mapping[str, Any], backends: Mapping[str, str], port: int, folder: Path) -> str:
    """The servers of an Ingress, in nginx's language. backends: the address of each Service by its name."""
    annotations = ingress["metadata"].get("annotations") or {}
    limits = {name: annotations.get(PREFIX + name, default) for name, default in DEFAULTS.items()}
    directives = [DIRECTIVES[name].format(value) for name, value in limits.items()]
    servers = []
    for rule in ingress["spec"]["rules"]:
        paths = rule["http"]["paths"]
        locations = [_location(path, backends) for path in paths]
        locations += [] if any(path["path"] == "/" for path in paths) else ["location / { return 404; }"]
        lines = [f"listen 127.0.0.1:{port} ssl;", f"server_name {rule['host']};", *directives, *HEADERS.splitlines()]
        lines += [f"ssl_certificate {folder}/cert.pem;", f"ssl_certificate_key {folder}/key.pem;", *locations]
        servers.append("server {\n" + "\n".join(lines) + "\n}")
    return "\n".join(servers)


def _location(path: Mapping[str, Any], backends: Mapping[str, str]) -> str:
    address = backends[path["backend"]["service"]["name"]]
    if path["pathType"] == "Exact":
        return f"location = {path['path']} {{ proxy_pass {address}; }}"
    start = path["path"].rstrip("/")
    exact = (
        f"location = {start} {{ proxy_pass {address}; }}\n" if start else ""
    )  # Prefix is by whole elements of a path
    return f"{exact}location {start}/ {{ proxy_pass {address}; }}"


@dataclass(frozen=True)
class Proxy:
    """A running proxy: its port of the loopback address, and the certificate of its hosts."""

    port: int
    certificate: Path


@contextmanager
def proxy(ingresses: list[Mapping[str, Any]], backends: Mapping[str, str], folder: Path) -> Iterator[Proxy]:
    """Runs nginx for Ingresses with TLS."""
    if not shutil.which("nginx", path="/usr/sbin:/usr/bin"):
        apt_install("nginx-light")
    hosts = [rule["host"] for ingress in ingresses for rule in ingress["spec"]["rules"]]
    names = ",".join(f"DNS:{host}" for host in hosts)
    certificate = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=home.lan"]
    certificate += ["-addext", f"subjectAltName={names}", "-keyout", f"{folder}/key.pem", "-out", f"{folder}/cert.pem"]
    subprocess.run(certificate, check=True, capture_output=True)
    port = free_port(8443)
    servers = "\n".join(server(ingress, backends, port, folder) for ingress in ingresses)
    upgrade = "map $http_upgrade $connection_upgrade { default upgrade; '' close; }"
    default = f"server {{ listen 127.0.0.1:{port} ssl default_server; ssl_reject_handshake on; }}"
    temporary = " ".join(
        f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    config = folder / "nginx.conf"
    config.write_text(
        f"daemon off;\nuser {getuser()};\npid {folder}/nginx.pid;\nerror_log {folder}/error.log;\nworker_processes 1;\nevents {{}}\n"
        f"http {{\naccess_log {folder}/access.log;\n{temporary}\n{upgrade}\n{default}\n{servers}\n}}\n"
    )
    with subprocess.Popen(
        ["/usr/sbin/nginx", "-c", str(config), "-p", str(folder), "-e", f"{folder}/error.log"]
    ) as nginx:
        try:
            eventually(lambda: _listens(port))
            yield Proxy(port, folder / "cert.pem")
        finally:
            nginx.terminate()


def _listens(port: int) -> None:
    assert not is_free(port)
