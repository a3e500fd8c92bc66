{{- /*
validation.catalogue: what a schema cannot say of catalogues and entries of nodes, in the form of validation.refused.
Args: root
*/ -}}
{{- define "validation.catalogue" -}}
{{- $refused := list -}}
{{- $catalogue := include "nodes.catalogue" . | fromJson -}}
{{- $every := dict -}}
{{- range $preset, $models := $catalogue -}}
{{- range $name, $model := $models -}}
{{- $_ := set $every $name true -}}
{{- if not $model.file -}}
{{- $refused = append $refused (dict "rule" "routes/model-not-given" "variant" "file" "key" (list $preset "models" $name "file")) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- $choices := dict "choices" (keys $every | sortAlpha) -}}
{{- range $preset := list "rocm" "thor" "gpu" -}}
{{- $component := get $.Values $preset -}}
{{- range $key, $entry := ternary $component.nodes dict $component.enabled -}}
{{- if dig "enabled" true $entry -}}
{{- $node := list $preset "nodes" $key -}}
{{- range $entry.serve -}}
{{- if not (hasKey $every .) -}}
{{- $args := set (deepCopy $choices) "name" . -}}
{{- $refused = append $refused (dict "rule" "routes/no-such-model" "variant" "serve" "key" (append $node "serve") "args" $args) -}}
{{- end -}}
{{- end -}}
{{- range $name, $model := $entry.overrides -}}
{{- if not (hasKey $every $name) -}}
{{- $path := concat $node (list "overrides" $name) -}}
{{- $refused = append $refused (dict "rule" "routes/no-such-model" "variant" "overrides" "key" $path "args" $choices) -}}
{{- end -}}
{{- end -}}
{{- if and $entry.node $entry.selector -}}
{{- $refused = append $refused (dict "rule" "cluster/node-and-selector" "key" (append $node "node")) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- toJson $refused -}}
{{- end -}}

{{- /*
validation.nodes: what a schema cannot say of nodes with all their settings, in the form of validation.refused.
Args: root
*/ -}}
{{- define "validation.nodes" -}}
{{- $refused := list -}}
{{- include "nodes.all" . -}}
{{- range $node := .Values.computedNodes -}}
{{- if not .programs -}}
{{- $refused = append $refused (dict "rule" "routes/serves-nothing" "variant" "node" "key" .path) -}}
{{- end -}}
{{- $refused = concat $refused (include "validation.devices" (dict "root" $ "node" $node) | fromJsonArray) -}}
{{- $ports := dict -}}
{{- range $program := .programs -}}
{{- $path := ternary $node.path (append $node.path .id) (eq .id "llamacpp") -}}
{{- $port := int64 .port | toString -}}
{{- if and (eq $node.pods "together") (hasKey $ports $port) -}}
{{- $args := dict "port" $port "program" (get $ports $port) -}}
{{- $refused = append $refused (dict "rule" "programs/port-taken" "key" (append $path "port") "args" $args) -}}
{{- end -}}
{{- $_ := set $ports $port .id -}}
{{- if ne .id "comfyui" -}}
{{- $refused = concat $refused (include (printf "validation.%s" .id) (dict "node" $node "program" .) | fromJsonArray) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- toJson $refused -}}
{{- end -}}

{{- /*
validation.llamacpp: what a schema cannot say of llama-server on a node.
Args: dict node
*/ -}}
{{- define "validation.llamacpp" -}}
{{- $refused := list -}}
{{- with .node -}}
{{- $node := .path -}}
{{- if and (not .served) (not .serve) -}}
{{- $refused = append $refused (dict "rule" "routes/serves-nothing" "variant" "llamacpp" "key" $node "args" (pick . "preset")) -}}
{{- end -}}
{{- if and (has .accelerator (list "rocm" "vulkan" "sycl")) (eq (int64 .renderGroup) 0) (not .root) (ne .gpuAccess "dra") -}}
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
{{- end -}}
{{- toJson $refused -}}
{{- end -}}

{{- /*
validation.vllm: what a schema cannot say of vLLM on a node.
Args: dict node, program
*/ -}}
{{- define "validation.vllm" -}}
{{- $refused := list -}}
{{- $path := append .node.path "vllm" -}}
{{- with .program -}}
{{- if not .model -}}
{{- $refused = append $refused (dict "rule" "routes/model-not-given" "variant" "vllm" "key" (append $path "model")) -}}
{{- end -}}
{{- if and (not .kvCacheMemory) (eq (float64 .gpuMemoryUtilization) 0.0) -}}
{{- $refused = append $refused (dict "rule" "programs/no-kv-cache" "key" (append $path "kvCacheMemory")) -}}
{{- end -}}
{{- end -}}
{{- toJson $refused -}}
{{- end -}}

{{- /*
validation.speech: what a schema cannot say of the speech server on a node.
Args: dict node, program
*/ -}}
{{- define "validation.speech" -}}
{{- $refused := list -}}
{{- if not .program.models -}}
{{- $path := concat .node.path (list "speech" "models") -}}
{{- $refused = append $refused (dict "rule" "routes/serves-nothing" "variant" "speech" "key" $path) -}}
{{- end -}}
{{- toJson $refused -}}
{{- end -}}
