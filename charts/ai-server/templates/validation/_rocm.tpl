{{- /*
validation.rocm: what a schema cannot say of rocm, as a JSON list of "key: message".
Args: root
*/ -}}
{{- define "validation.rocm" -}}
{{- $messages := list -}}
{{- with .Subcharts.rocm -}}
{{- $models := include "rocm.models" . | fromJson -}}
{{- $catalogue := keys $models | sortAlpha | join ", " | default "none" -}}
{{- range $name, $model := $models -}}
{{- if not $model.file }}{{ $messages = append $messages (printf "rocm.models.%s.file: no file given; write the GGUF file's path below global.modelsPath [routes/model-not-given]" $name) }}{{ end -}}
{{- end -}}
{{- range $key, $entry := .Values.nodes -}}
{{- if dig "enabled" true $entry -}}
{{- $path := printf "rocm.nodes.%s" $key -}}
{{- range $entry.serve -}}
{{- if not (hasKey $models .) }}{{ $messages = append $messages (printf "%s.serve: no model %q in rocm.models; it has: %s [routes/no-such-model]" $path . $catalogue) }}{{ end -}}
{{- end -}}
{{- range $name, $model := $entry.overrides -}}
{{- if not (hasKey $models $name) }}{{ $messages = append $messages (printf "%s.overrides.%s: no such model in rocm.models; it has: %s [routes/no-such-model]" $path $name $catalogue) }}{{ end -}}
{{- end -}}
{{- if and $entry.node $entry.selector }}{{ $messages = append $messages (printf "%s.node: given together with selector; keep node for one machine, or selector for a pool [cluster/node-and-selector]" $path) }}{{ end -}}
{{- end -}}
{{- end -}}
{{- include "rocm.nodes" . -}}
{{- range .Values.computedNodes -}}
{{- $path := printf "rocm.nodes.%s" .key -}}
{{- if and (not .served) (not .serve) }}{{ $messages = append $messages (printf "%s: serves no model; give rocm.models an entry [routes/serves-nothing]" $path) }}{{ end -}}
{{- if and (eq (int64 .renderGroup) 0) (not .root) }}{{ $messages = append $messages (printf "%s.renderGroup: not given; llama.cpp would run on the CPU and say nothing. On the node, `stat -c %%g /dev/dri/renderD128` prints the number [programs/no-render-group]" $path) }}{{ end -}}
{{- range .served -}}
{{- if and (not .flashAttn) (not (has .cacheTypeV (list "f32" "f16" "bf16"))) }}{{ $messages = append $messages (printf "%s.overrides.%s.cacheTypeV: model %q has the quantised V cache %s without flashAttn; llama-server refuses that: set flashAttn: true [programs/quantised-v-cache]" $path .name .name .cacheTypeV) }}{{ end -}}
{{- end -}}
{{- if and (gt (len .served) 1) (lt (int64 .llamaBuild) 7389) }}{{ $messages = append $messages (printf "%s.%s: llama.cpp b%d serves one model only; serve one, or take build 7389 or newer [programs/no-router]" $path .buildKey (int64 .llamaBuild)) }}{{ end -}}
{{- end -}}
{{- end -}}
{{- toJson $messages -}}
{{- end -}}
