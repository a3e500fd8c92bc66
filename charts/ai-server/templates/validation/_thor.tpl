{{- /*
validation.thor: what a schema cannot say of thor, as a JSON list of "key: message".
Args: root
*/ -}}
{{- define "validation.thor" -}}
{{- $messages := list -}}
{{- with .Subcharts.thor -}}
{{- range $key, $entry := .Values.nodes -}}
{{- if and (dig "enabled" true $entry) $entry.node $entry.selector }}{{ $messages = append $messages (printf "thor.nodes.%s.node: given together with selector; keep node for one machine, or selector for a pool [cluster/node-and-selector]" $key) }}{{ end -}}
{{- end -}}
{{- include "thor.nodes" . -}}
{{- range $node := .Values.computedNodes -}}
{{- $path := printf "thor.nodes.%s" .key -}}
{{- if not .programs }}{{ $messages = append $messages (printf "%s: runs nothing; enable vllm, comfyui or speech [routes/serves-nothing]" $path) }}{{ end -}}
{{- $ports := dict -}}
{{- range .programs -}}
{{- $port := int64 .port | toString -}}
{{- if and (eq $node.pods "together") (hasKey $ports $port) }}{{ $messages = append $messages (printf "%s.%s.port: %s is taken by %s in the same pod; choose another [programs/port-taken]" $path .id $port (get $ports $port)) }}{{ end -}}
{{- $_ := set $ports $port .id -}}
{{- if eq .id "vllm" -}}
{{- if not .model }}{{ $messages = append $messages (printf "%s.vllm.model: no model given; write its folder below global.modelsPath, or vllm: {enabled: false} [routes/model-not-given]" $path) }}{{ end -}}
{{- if and (not .kvCacheMemory) (eq (float64 .gpuMemoryUtilization) 0.0) }}{{ $messages = append $messages (printf "%s.vllm.kvCacheMemory: neither it nor gpuMemoryUtilization is given; write the KV cache's size, such as 16Gi [programs/no-kv-cache]" $path) }}{{ end -}}
{{- end -}}
{{- if and (eq .id "speech") (not .models) }}{{ $messages = append $messages (printf "%s.speech.models: none given; name what it serves, such as whisper: {model: Systran/faster-whisper-small}, or speech: {enabled: false} [routes/serves-nothing]" $path) }}{{ end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- toJson $messages -}}
{{- end -}}
