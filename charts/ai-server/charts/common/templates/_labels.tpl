{{- /*
common.selectorLabels: the labels that select a component's pods, as a JSON map; they never change.
Args: dict root, component, node (optional), program (optional)
*/ -}}
{{- define "common.selectorLabels" -}}
{{- $labels := dict "app.kubernetes.io/component" .component "app.kubernetes.io/instance" .root.Release.Name "app.kubernetes.io/name" "ai-server" -}}
{{- with .node }}{{ $_ := set $labels "ai-server/node" . }}{{ end -}}
{{- with .program }}{{ $_ := set $labels "ai-server/program" . }}{{ end -}}
{{- toJson $labels -}}
{{- end -}}

{{- /*
common.selector: the same as YAML.
Args: as common.selectorLabels
*/ -}}
{{- define "common.selector" -}}
{{- include "common.selectorLabels" . | fromJson | toYaml -}}
{{- end -}}

{{- /*
common.metadata: name, labels and annotations of an object.
Args: dict root, name, component, node (optional), program (optional), annotations (optional), namespaced (false: of the cluster)
*/ -}}
{{- define "common.metadata" -}}
{{- $labels := include "common.selectorLabels" . | fromJson -}}
{{- $_ := set $labels "app.kubernetes.io/managed-by" .root.Release.Service -}}
{{- $_ := set $labels "helm.sh/chart" (printf "ai-server-%s" .root.Chart.Version) -}}
{{- range $key, $value := .root.Values.global.labels }}
{{- if not (hasKey $labels $key) }}{{ $_ := set $labels $key $value }}{{ end }}
{{- end -}}
name: {{ .name }}
{{- if ne .namespaced false }}
namespace: {{ quote .root.Release.Namespace }}
{{- end }}
labels:
  {{- toYaml $labels | nindent 2 }}
{{- with mergeOverwrite (dict) .root.Values.global.annotations (.annotations | default dict) }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}
