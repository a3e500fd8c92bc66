{{- /*
common.pod: a pod template with metadata and spec.
Args: dict root, component, node, program, app, tag (as for common.labels), pod (settings over global.pod), placement (map:
node labels), claims (list of resourceClaims, optional), securityContext (the chart's own), annotations (map),
initContainers, lastInitContainers (after custom ones), containers, volumes (YAML text)
*/ -}}
{{- define "common.pod" -}}
{{- $root := .root -}}
{{- $pod := mergeOverwrite (deepCopy $root.Values.global.pod) (deepCopy (.pod | default dict)) -}}
{{- $security := mergeOverwrite (deepCopy (.securityContext | default dict)) $pod.securityContext -}}
{{- with dig "supplementalGroups" list (.securityContext | default dict) -}}
{{- /* groups add up: custom groups must not remove the GPU's render group */ -}}
{{- $_ := set $security "supplementalGroups" (concat . (dig "supplementalGroups" list $pod.securityContext) | uniq) -}}
{{- end -}}
{{- $first := .initContainers | default "" | fromYamlArray -}}
{{- $initContainers := concat $first $pod.extraInitContainers (.lastInitContainers | default "" | fromYamlArray) -}}
metadata:
  labels:
    {{- include "common.labels" . | nindent 4 }}
    {{- with include "common.otherLabels" $pod.labels }}
    {{- . | nindent 4 }}
    {{- end }}
  {{- with mergeOverwrite (deepCopy $pod.annotations) (.annotations | default dict) }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  automountServiceAccountToken: false
  {{- with $pod.serviceAccountName | default (include "common.serviceAccount" $root) }}
  serviceAccountName: {{ quote . }}
  {{- end }}
  enableServiceLinks: false
  {{- with mergeOverwrite (deepCopy $pod.nodeSelector) (.placement | default dict) }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- range $key := list "tolerations" "affinity" "topologySpreadConstraints" "imagePullSecrets" "priorityClassName" "runtimeClassName" "schedulerName" "hostAliases" "dnsPolicy" "dnsConfig" }}
  {{- with get $pod $key }}
  {{ $key }}: {{- if kindIs "string" . }} {{ quote . }}{{ else }}{{ toYaml . | nindent 4 }}{{ end }}
  {{- end }}
  {{- end }}
  {{- with .claims }}
  resourceClaims:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  securityContext:
    {{- toYaml $security | nindent 4 }}
  terminationGracePeriodSeconds: {{ $pod.terminationGracePeriodSeconds | int64 }}
  {{- with $initContainers }}
  initContainers:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  containers:
    {{- .containers | trim | nindent 4 }}
    {{- with $pod.extraContainers }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  volumes:
    {{- .volumes | trim | nindent 4 }}
    {{- with $pod.extraVolumes }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
{{- end -}}

{{- /*
common.serviceAccount: the name of the service account of all pods; "" for the namespace's default.
Args: root
*/ -}}
{{- define "common.serviceAccount" -}}
{{- $account := .Values.global.serviceAccount -}}
{{- $account.name | default (ternary (trimSuffix "-" (trunc 63 .Release.Name)) "" $account.create) -}}
{{- end -}}
