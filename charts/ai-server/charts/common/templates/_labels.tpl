{{- /*
common.selector: the labels that select the pods of a component, as YAML. Kubernetes does not let a workload change them, so they
do not depend on an image, a version, or on the programs of a pod: app.kubernetes.io/name does, as soon as a second program
joins it. They are written out because toYaml is slow: a thousand nodes have ten thousand labels.
Args: dict root, component, node (optional), program (optional)
*/ -}}
{{- define "common.selector" -}}
{{- with .node }}ai-server/node: {{ quote . }}
{{ end -}}
{{- with .program }}ai-server/program: {{ quote . }}
{{ end -}}
app.kubernetes.io/component: {{ .component }}
app.kubernetes.io/instance: {{ quote .root.Release.Name }}
app.kubernetes.io/part-of: ai-server
{{- end -}}

{{- /*
common.labels: Kubernetes' recommended labels of an object or a pod, as YAML, without the version of the chart: in a pod it
would restart every program at each upgrade.
Args: as for common.selector; app (the program; if empty, ai-server: several programs, or none), tag (of the program's image)
*/ -}}
{{- define "common.labels" -}}
{{ include "common.selector" . }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
app.kubernetes.io/name: {{ .app | default "ai-server" }}
{{- with include "common.version" (.tag | default "") }}
app.kubernetes.io/version: {{ quote . }}
{{- end }}
{{- end -}}

{{- /*
common.version: the version of a program from the tag of its image, such as b11434 or v0.30.0, as the value of a label; "" if the
tag has none, like latest. A number after a dash needs a v, because the one in latest-cuda-12.6.3 is that of CUDA.
Args: the tag
*/ -}}
{{- define "common.version" -}}
{{- regexFind "(^v?|-v)[0-9]+([.][0-9]+)+[A-Za-z0-9._-]*|(^|-)b[0-9]{4,}" . | trimPrefix "-" | trunc 63 | trimAll "._-" -}}
{{- end -}}

{{- /*
common.otherLabels: custom labels, except those that the chart itself sets, as YAML.
Args: a map
*/ -}}
{{- define "common.otherLabels" -}}
{{- with omit . "ai-server/node" "ai-server/program" "app.kubernetes.io/component" "app.kubernetes.io/instance" "app.kubernetes.io/managed-by" "app.kubernetes.io/name" "app.kubernetes.io/part-of" "app.kubernetes.io/version" "helm.sh/chart" }}{{ toYaml . }}{{ end -}}
{{- end -}}

{{- /*
common.metadata: name, labels and annotations of an object.
Args: dict name, annotations (optional), namespaced (false: cluster-wide), and those of common.labels
*/ -}}
{{- define "common.metadata" -}}
name: {{ quote .name }}
{{- if ne .namespaced false }}
namespace: {{ quote .root.Release.Namespace }}
{{- end }}
labels:
  {{- include "common.labels" . | nindent 2 }}
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
