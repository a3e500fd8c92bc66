{{- /*
openwebui.notShared: the settings that are missing for several pods to share their data, as a JSON list; [] if none is.
Args: the subchart's scope
*/ -}}
{{- define "openwebui.notShared" -}}
{{- $values := .Values -}}
{{- $env := $values.extraEnv -}}
{{- $missing := list -}}
{{- /* an address from a Secret may be one of PostgreSQL */ -}}
{{- $url := $env.DATABASE_URL | default "" -}}
{{- $own := or (kindIs "map" $url) (hasPrefix "postgres" (toString $url)) $env.DATABASE_HOST -}}
{{- if not (or $values.database.existingSecret $own) }}{{ $missing = append $missing "openwebui.database.existingSecret" }}{{ end -}}
{{- $index := $env.VECTOR_DB | default (ternary "pgvector" "chroma" (not (empty $values.database.existingSecret))) -}}
{{- if and $own (eq (toString $index) "chroma") (not $env.CHROMA_HTTP_HOST) }}{{ $missing = append $missing "VECTOR_DB: pgvector in openwebui.extraEnv" }}{{ end -}}
{{- if not (or $values.redis.url $values.redis.existingSecret (eq (toString $env.WEBSOCKET_MANAGER) "redis")) }}{{ $missing = append $missing "openwebui.redis.url" }}{{ end -}}
{{- $uploads := $values.persistence -}}
{{- $claim := and $uploads.enabled (or $uploads.existingClaim (eq $uploads.accessMode "ReadWriteMany")) -}}
{{- if not (or $claim (ne (toString ($env.STORAGE_PROVIDER | default "local")) "local")) }}{{ $missing = append $missing "openwebui.persistence.accessMode: ReadWriteMany" }}{{ end -}}
{{- toJson $missing -}}
{{- end -}}

{{- /*
openwebui.serversEnv: the variables of PostgreSQL and Redis, as YAML.
Args: the subchart's scope
*/ -}}
{{- define "openwebui.serversEnv" -}}
{{- with .Values.database }}
{{- if .existingSecret }}
DATABASE_URL:
  valueFrom: {secretKeyRef: {name: {{ quote .existingSecret }}, key: {{ quote .key }}}}
# the index of documents: Chroma's is a SQLite file
VECTOR_DB: pgvector
{{- end }}
{{- end }}
{{- with .Values.redis }}
{{- if or .url .existingSecret }}
WEBSOCKET_MANAGER: redis
{{- if .existingSecret }}
REDIS_URL:
  valueFrom: {secretKeyRef: {name: {{ quote .existingSecret }}, key: {{ quote .key }}}}
{{- else }}
REDIS_URL: {{ quote .url }}
{{- end }}
{{- end }}
{{- end }}
{{- end -}}

{{- /*
openwebui.strategy: how the pods with Open WebUI are replaced, as YAML.
Args: the subchart's scope
*/ -}}
{{- define "openwebui.strategy" -}}
{{- if include "openwebui.notShared" . | fromJsonArray -}}
# Open WebUI's SQLite allows one writer: the old pod must be gone before the new one starts
strategy: {type: Recreate}
{{- else -}}
strategy:
  type: RollingUpdate
  rollingUpdate: {maxUnavailable: 0}
{{- end -}}
{{- end -}}
