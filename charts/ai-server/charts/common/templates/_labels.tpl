{{- /*
common.selector: the labels that select the pods of a component, as YAML; they never change. They are written out because
toYaml is slow: a thousand nodes have ten thousand labels.
Args: dict root, component, node (optional), program (optional)
*/ -}}
{{- define "common.selector" -}}
{{- with .node }}ai-server/node: {{ quote . }}
{{ end -}}
{{- with .program }}ai-server/program: {{ quote . }}
{{ end -}}
app.kubernetes.io/component: {{ .component }}
app.kubernetes.io/instance: {{ quote .root.Release.Name }}
app.kubernetes.io/name: ai-server
{{- end -}}

{{- /*
common.otherLabels: custom labels, except those that the chart itself sets, as YAML.
Args: a map
*/ -}}
{{- define "common.otherLabels" -}}
{{- with omit . "ai-server/node" "ai-server/program" "app.kubernetes.io/component" "app.kubernetes.io/instance" "app.kubernetes.io/managed-by" "app.kubernetes.io/name" "helm.sh/chart" }}{{ toYaml . }}{{ end -}}
{{- end -}}

{{- /*
common.metadata: name, labels and annotations of an object.
Args: dict root, name, component, node (optional), program (optional), annotations (optional), namespaced (false: cluster-wide)
*/ -}}
{{- define "common.metadata" -}}
name: {{ quote .name }}
{{- if ne .namespaced false }}
namespace: {{ quote .root.Release.Namespace }}
{{- end }}
labels:
  {{- include "common.selector" . | nindent 2 }}
  app.kubernetes.io/managed-by: {{ .root.Release.Service }}
  {{- /* a version may contain a +, a label may not; every Chart.yaml has the version of pyproject.toml */}}
  helm.sh/chart: {{ printf "ai-server-%s" .root.Chart.Version | replace "+" "_" | trunc 63 }}
  {{- with include "common.otherLabels" .root.Values.global.labels }}
  {{- . | nindent 2 }}
  {{- end }}
{{- with mergeOverwrite (dict) .root.Values.global.annotations (.annotations | default dict) }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}
