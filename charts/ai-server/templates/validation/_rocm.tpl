{{- /*
validation.rocm: what a schema cannot say of rocm, in the form of validation.refused.
Args: root
*/ -}}
{{- define "validation.rocm" -}}
{{- $refused := list -}}
{{- with .Subcharts.rocm -}}
{{- $models := include "rocm.models" . | fromJson -}}
{{- $catalogue := dict "choices" (keys $models | sortAlpha) -}}
{{- range $name, $model := $models -}}
{{- if not $model.file -}}
{{- $refused = append $refused (dict "rule" "routes/model-not-given" "variant" "rocm" "key" (list "rocm" "models" $name "file")) -}}
{{- end -}}
{{- end -}}
{{- range $key, $entry := .Values.nodes -}}
{{- if dig "enabled" true $entry -}}
{{- $node := list "rocm" "nodes" $key -}}
{{- range $entry.serve -}}
{{- if not (hasKey $models .) -}}
{{- $args := set (deepCopy $catalogue) "name" . -}}
{{- $refused = append $refused (dict "rule" "routes/no-such-model" "variant" "serve" "key" (append $node "serve") "args" $args) -}}
{{- end -}}
{{- end -}}
{{- range $name, $model := $entry.overrides -}}
{{- if not (hasKey $models $name) -}}
{{- $path := concat $node (list "overrides" $name) -}}
{{- $refused = append $refused (dict "rule" "routes/no-such-model" "variant" "overrides" "key" $path "args" $catalogue) -}}
{{- end -}}
{{- end -}}
{{- if and $entry.node $entry.selector -}}
{{- $refused = append $refused (dict "rule" "cluster/node-and-selector" "key" (append $node "node")) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- include "rocm.nodes" . -}}
{{- range .Values.computedNodes -}}
{{- $refused = concat $refused (include "validation.rocmNode" . | fromJsonArray) -}}
{{- end -}}
{{- end -}}
{{- toJson $refused -}}
{{- end -}}

{{- /*
validation.rocmNode: what a schema cannot say of a node with all its settings.
Args: a node of rocm.nodes
*/ -}}
{{- define "validation.rocmNode" -}}
{{- $refused := list -}}
{{- $node := list "rocm" "nodes" .key -}}
{{- if and (not .served) (not .serve) -}}
{{- $refused = append $refused (dict "rule" "routes/serves-nothing" "variant" "rocm" "key" $node) -}}
{{- end -}}
{{- if and (eq (int64 .renderGroup) 0) (not .root) -}}
{{- $refused = append $refused (dict "rule" "programs/no-render-group" "key" (append $node "renderGroup")) -}}
{{- end -}}
{{- range .served -}}
{{- if and (not .flashAttn) (not (has .cacheTypeV (list "f32" "f16" "bf16"))) -}}
{{- $path := concat $node (list "overrides" .name "cacheTypeV") -}}
{{- $args := dict "model" .name "type" .cacheTypeV -}}
{{- $refused = append $refused (dict "rule" "programs/quantised-v-cache" "key" $path "args" $args) -}}
{{- end -}}
{{- end -}}
{{- if and (gt (len .served) 1) (lt (int64 .llamaBuild) 7389) -}}
{{- $args := dict "build" (int64 .llamaBuild | toString) -}}
{{- $refused = append $refused (dict "rule" "programs/no-router" "key" (concat $node .buildKey) "args" $args) -}}
{{- end -}}
{{- toJson $refused -}}
{{- end -}}
