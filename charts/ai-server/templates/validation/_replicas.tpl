{{- /*
validation.replicas: several pods with Open WebUI need shared data.
Args: dict root
*/ -}}
{{- define "validation.replicas" -}}
{{- $refused := list -}}
{{- $litellm := .root.Subcharts.litellm -}}
{{- with .root.Subcharts.openwebui -}}
{{- $missing := include "openwebui.notShared" . | fromJsonArray -}}
{{- $sidecar := eq .Values.mode "sidecar" -}}
{{- if not $missing -}}
{{- else if and $sidecar $litellm -}}
{{- if gt (int64 $litellm.Values.replicas) 1 -}}
{{- $refused = append $refused (dict "rule" "programs/one-writer" "variant" "sidecar" "key" (list "litellm" "replicas")) -}}
{{- end -}}
{{- else if and (not $sidecar) (gt (int64 .Values.replicas) 1) -}}
{{- $args := dict "settings" $missing -}}
{{- $refused = append $refused (dict "rule" "programs/one-writer" "variant" "standalone" "key" (list "openwebui" "replicas") "args" $args) -}}
{{- end -}}
{{- end -}}
{{- toJson $refused -}}
{{- end -}}
