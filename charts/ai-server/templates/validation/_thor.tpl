{{- /*
validation.thor: what a schema cannot say of thor, in the form of validation.refused.
Args: root
*/ -}}
{{- define "validation.thor" -}}
{{- $refused := list -}}
{{- with .Subcharts.thor -}}
{{- range $key, $entry := .Values.nodes -}}
{{- if and (dig "enabled" true $entry) $entry.node $entry.selector -}}
{{- $refused = append $refused (dict "rule" "cluster/node-and-selector" "key" (list "thor" "nodes" $key "node")) -}}
{{- end -}}
{{- end -}}
{{- include "thor.nodes" . -}}
{{- range .Values.computedNodes -}}
{{- $refused = concat $refused (include "validation.thorNode" . | fromJsonArray) -}}
{{- end -}}
{{- end -}}
{{- toJson $refused -}}
{{- end -}}

{{- /*
validation.thorNode: what a schema cannot say of a node with all its settings.
Args: a node of thor.nodes
*/ -}}
{{- define "validation.thorNode" -}}
{{- $refused := list -}}
{{- $node := list "thor" "nodes" .key -}}
{{- $together := eq .pods "together" -}}
{{- if not .programs -}}
{{- $refused = append $refused (dict "rule" "routes/serves-nothing" "variant" "thor" "key" $node) -}}
{{- end -}}
{{- $ports := dict -}}
{{- range .programs -}}
{{- $port := int64 .port | toString -}}
{{- if and $together (hasKey $ports $port) -}}
{{- $args := dict "port" $port "program" (get $ports $port) -}}
{{- $refused = append $refused (dict "rule" "programs/port-taken" "key" (concat $node (list .id "port")) "args" $args) -}}
{{- end -}}
{{- $_ := set $ports $port .id -}}
{{- if eq .id "vllm" -}}
{{- if not .model -}}
{{- $path := concat $node (list "vllm" "model") -}}
{{- $refused = append $refused (dict "rule" "routes/model-not-given" "variant" "vllm" "key" $path) -}}
{{- end -}}
{{- if and (not .kvCacheMemory) (eq (float64 .gpuMemoryUtilization) 0.0) -}}
{{- $refused = append $refused (dict "rule" "programs/no-kv-cache" "key" (concat $node (list "vllm" "kvCacheMemory"))) -}}
{{- end -}}
{{- end -}}
{{- if and (eq .id "speech") (not .models) -}}
{{- $path := concat $node (list "speech" "models") -}}
{{- $refused = append $refused (dict "rule" "routes/serves-nothing" "variant" "speech" "key" $path) -}}
{{- end -}}
{{- end -}}
{{- toJson $refused -}}
{{- end -}}
