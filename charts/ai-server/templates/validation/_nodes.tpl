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
{{- $refused = concat $refused (include "validation.model" (dict "node" $.node "model" .) | fromJsonArray) -}}
{{- end -}}
{{- if gt (len .served) 1 }}{{ $refused = concat $refused (include "validation.presets" . | fromJsonArray) }}{{ end -}}
{{- if and (gt (len .served) 1) (lt (int64 .llamaBuild) 7389) -}}
{{- $args := dict "build" (int64 .llamaBuild | toString) -}}
{{- $refused = append $refused (dict "rule" "programs/no-router" "key" (concat $node .buildKey) "args" $args) -}}
{{- end -}}
{{- end -}}
{{- toJson $refused -}}
{{- end -}}

{{- /*
validation.model: what a schema cannot say of the drafts, adapters and idle time of a served model. Builds that have the flags:
--spec-type draft-mtp came in b9180 (llama.cpp#22673); --sleep-idle-seconds (#18228) and several files in --lora-scaled (#18056)
in December 2025, before b7550.
Args: dict node, model
*/ -}}
{{- define "validation.model" -}}
{{- $refused := list -}}
{{- $build := int64 .node.llamaBuild -}}
{{- $path := concat .node.path (list "overrides" .model.name) -}}
{{- with .model -}}
{{- $catalogue := list .from "models" .name -}}
{{- $drafts := or .draft.file (eq .draft.type "draft-mtp") -}}
{{- $used := dict "draft" $drafts "loras" .loras "sleepIdleSeconds" (gt (int64 .sleepIdleSeconds) 0) -}}
{{- range $key, $since := dict "draft" 9180 "loras" 7550 "sleepIdleSeconds" 7550 -}}
{{- if and (get $used $key) (lt $build (int64 $since)) -}}
{{- $args := dict "build" (toString $build) "since" (toString $since) -}}
{{- $refused = append $refused (dict "rule" "programs/needs-build" "key" (append $path $key) "args" $args) -}}
{{- end -}}
{{- end -}}
{{- if and (not $drafts) (ne .draft.type "draft-simple") -}}
{{- $args := dict "type" .draft.type -}}
{{- $refused = append $refused (dict "rule" "routes/model-not-given" "variant" "draft" "key" (concat $catalogue (list "draft" "file")) "args" $args) -}}
{{- end -}}
{{- range include "llamacpp.loras" . | fromJsonArray -}}
{{- if not .file -}}
{{- $refused = append $refused (dict "rule" "routes/model-not-given" "variant" "lora" "key" (concat $catalogue (list "loras" .name "file"))) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- toJson $refused -}}
{{- end -}}

{{- /*
validation.presets: the texts that llama-server would cut in its presets, where # and ; begin a comment and spaces around a
value are dropped; nothing escapes them.
Args: a node with several models
*/ -}}
{{- define "validation.presets" -}}
{{- $refused := list -}}
{{- $cut := "[#;]|^[ \t]|[ \t]$" -}}
{{- $json := "[#;]|\"[ \t]|[ \t]\"" -}}
{{- if regexMatch $cut .modelsPath -}}
{{- $refused = append $refused (dict "rule" "programs/preset-text" "key" (append .path "modelsPath")) -}}
{{- end -}}
{{- range $model := .served -}}
{{- /* most models have no such text at all */ -}}
{{- if regexMatch $json (toJson .) -}}
{{- $path := concat $.path (list "overrides" .name) -}}
{{- range $key, $value := omit . "flags" -}}
{{- if kindIs "string" $value | ternary (regexMatch $cut (toString $value)) (regexMatch $json (toJson $value)) -}}
{{- $refused = append $refused (dict "rule" "programs/preset-text" "key" (append $path $key)) -}}
{{- end -}}
{{- end -}}
{{- range $flag, $value := .flags -}}
{{- if regexMatch $cut (toString $value) -}}
{{- $refused = append $refused (dict "rule" "programs/preset-text" "key" (concat $path (list "flags" $flag))) -}}
{{- end -}}
{{- end -}}
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
