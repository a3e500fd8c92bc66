{{- /*
common.selector: the labels that select a component's pods; they never change.
Args: dict root, component, node (optional), program (optional)
*/ -}}
{{- define "common.selector" -}}
app.kubernetes.io/component: {{ .component }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/name: ai-server
{{- with .node }}
ai-server/node: {{ . | quote }}
{{- end }}
{{- with .program }}
ai-server/program: {{ . }}
{{- end }}
{{- end -}}

{{- /*
common.metadata: name, labels and annotations of an object.
Args: dict root, name, component, node (optional), program (optional), annotations (optional)
*/ -}}
{{- define "common.metadata" -}}
{{- $labels := include "common.selector" . | fromYaml -}}
{{- $_ := set $labels "app.kubernetes.io/managed-by" .root.Release.Service -}}
{{- $_ := set $labels "helm.sh/chart" (printf "ai-server-%s" .root.Chart.Version) -}}
{{- range $key, $value := .root.Values.global.labels }}
{{- if not (hasKey $labels $key) }}{{ $_ := set $labels $key $value }}{{ end }}
{{- end -}}
name: {{ .name }}
namespace: {{ .root.Release.Namespace }}
labels:
  {{- toYaml $labels | nindent 2 }}
{{- with mergeOverwrite (dict) .root.Values.global.annotations (.annotations | default dict) }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}
