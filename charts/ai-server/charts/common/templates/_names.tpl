{{- /*
common.name: <release>-<part>-<part>, at most 63 characters (a longer one ends in a hash).
Args: list root part...
*/ -}}
{{- define "common.name" -}}
{{- $name := printf "%s-%s" (index . 0).Release.Name (join "-" (rest .)) -}}
{{- if gt (len $name) 63 -}}
{{- $name = printf "%s-%s" ($name | trunc 54 | trimSuffix "-") (sha256sum $name | trunc 8) -}}
{{- end -}}
{{- $name -}}
{{- end -}}

{{- /*
common.secretName: the Secret with the keys of the release: global.existingSecret, or the chart's own.
Args: root
*/ -}}
{{- define "common.secretName" -}}
{{- .Values.global.existingSecret | default (include "common.name" (list . "keys")) -}}
{{- end -}}

{{- /*
common.modelsPath: the folder with the model files on the node of an entry.
Args: dict root, path (the entry's own, or "")
*/ -}}
{{- define "common.modelsPath" -}}
{{- .path | default .root.Values.global.modelsPath | trimSuffix "/" -}}
{{- end -}}
