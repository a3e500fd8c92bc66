#!/usr/bin/env bash
# Starts Open WebUI as the official image does: the address and the workers from the environment, further arguments for
# uvicorn, and a key for its sessions that is made once and kept, if none is given.
set -euo pipefail
cd "$(dirname "$0")"

key_file=${WEBUI_SECRET_KEY_FILE:-.webui_secret_key}
if [ -z "${WEBUI_SECRET_KEY:-}${WEBUI_JWT_SECRET_KEY:-}" ]; then
  [ -e "$key_file" ] || head -c 12 /dev/random | base64 >"$key_file"
  WEBUI_SECRET_KEY=$(cat "$key_file")
  export WEBUI_SECRET_KEY
fi
exec python3 -m uvicorn open_webui.main:app --host "${HOST:-0.0.0.0}" --port "${PORT:-8080}" \
  --forwarded-allow-ips "${FORWARDED_ALLOW_IPS:-*}" --workers "${UVICORN_WORKERS:-1}" "$@"
