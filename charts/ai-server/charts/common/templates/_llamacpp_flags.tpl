{{- /*
llamacpp.flags: the llama-server flags of a model by their long names, as JSON; the value "true" means a flag without a value.
The same map becomes a command line or a section of the presets. Two flags depend on the build:
--load-mode replaced --no-mmap and similar flags in b10875; --fit was added in December 2025, some builds before b7500.
Args: dict model, node
*/ -}}
{{- define "llamacpp.flags" -}}
{{- $model := .model -}}
{{- $build := int64 .node.llamaBuild -}}
{{- /* device: without it, llama-server silently falls back to the CPU if the GPU is missing */ -}}
{{- $flags := dict
  "device" .node.devices
  "model" (printf "%s/%s" .node.modelsPath $model.file)
  "ctx-size" ($model.ctxSize | int64 | toString)
  "parallel" ($model.parallel | int64 | toString)
  "n-gpu-layers" (kindIs "string" $model.nGpuLayers | ternary $model.nGpuLayers ($model.nGpuLayers | int64 | toString))
  "flash-attn" (ternary "on" "off" $model.flashAttn)
  "cache-type-k" $model.cacheTypeK
  "cache-type-v" $model.cacheTypeV
  "batch-size" ($model.batchSize | int64 | toString)
  "ubatch-size" ($model.ubatchSize | int64 | toString)
  "cache-ram" ($model.cacheRamMiB | int64 | toString)
-}}
{{- with $model.mmproj }}{{ $_ := set $flags "mmproj" (printf "%s/%s" $.node.modelsPath .) }}{{ end -}}
{{- with $model.pooling }}{{ $_ := set $flags "pooling" . }}{{ end -}}
{{- if eq $model.mode "embedding" }}{{ $_ := set $flags "embedding" "true" }}{{ end -}}
{{- if eq $model.mode "rerank" }}{{ $_ := set $flags "reranking" "true" }}{{ end -}}
{{- if ge $build 7500 }}{{ $_ := set $flags "fit" (ternary "on" "off" $model.fit) }}{{ end -}}
{{- if ge $build 10875 -}}
{{- $_ := set $flags "load-mode" $model.loadMode -}}
{{- else -}}
{{- $older := dict "none" "no-mmap" "mlock" "mlock" "mmap+mlock" "mlock" "dio" "direct-io" -}}
{{- with get $older $model.loadMode }}{{ $_ := set $flags . "true" }}{{ end -}}
{{- end -}}
{{- range $flag, $value := $model.flags -}}
{{- $number := and (kindIs "float64" $value) (eq (floor $value) $value) -}}
{{- $text := $number | ternary ($number | ternary (int64 $value) 0 | toString) (toString $value) -}}
{{- if eq $text "false" }}{{ $_ := unset $flags $flag }}{{ else }}{{ $_ := set $flags $flag $text }}{{ end -}}
{{- end -}}
{{- toJson $flags -}}
{{- end -}}

{{- /*
llamacpp.batches: sets batchSize and ubatchSize of a served model if they are 0; prints nothing. llama-server answers 500 to an
embedding or rerank input longer than one physical batch, so that batch is as large as a slot's context. Before b11669 it is at
most 2048, since one long request takes n_tokens * (n_vocab + n_embd) * 4 bytes of host memory there.
Args: dict model, build
*/ -}}
{{- define "llamacpp.batches" -}}
{{- $pooled := has .model.mode (list "embedding" "rerank") -}}
{{- if not (int64 .model.ubatchSize) -}}
{{- $ubatch := 512 -}}
{{- if $pooled -}}
{{- $ubatch = max 1 (div (int64 .model.ctxSize) (int64 .model.parallel)) -}}
{{- if eq (int64 .model.ctxSize) 0 }}{{ $ubatch = 2048 }}{{ end -}}
{{- if lt (int64 .build) 11669 }}{{ $ubatch = min $ubatch 2048 }}{{ end -}}
{{- end -}}
{{- $_ := set .model "ubatchSize" $ubatch -}}
{{- end -}}
{{- if not (int64 .model.batchSize) -}}
{{- $_ := set .model "batchSize" (ternary .model.ubatchSize (max 2048 (int64 .model.ubatchSize)) $pooled) -}}
{{- end -}}
{{- end -}}

{{- /*
llamacpp.inputTokens: the longest input that a served model accepts, in tokens: the context of a slot, and for embedding and rerank
one physical batch, unless llama-server can split it (last-token pooling). 0 if only the model file says.
Args: a served model
*/ -}}
{{- define "llamacpp.inputTokens" -}}
{{- $tokens := div (int64 .ctxSize) (int64 .parallel) -}}
{{- if and (has .mode (list "embedding" "rerank")) (ne (dig "pooling" .pooling .flags) "last") -}}
{{- range $batch := list (dig "ubatch-size" .ubatchSize .flags) (dig "batch-size" .batchSize .flags) -}}
{{- $tokens = ternary (min $tokens (int64 $batch)) (int64 $batch) (gt $tokens 0) -}}
{{- end -}}
{{- end -}}
{{- $tokens -}}
{{- end -}}

{{- /*
llamacpp.args: the command line of llama-server. With one model, it has all flags of that model. With several, it names the presets
and leaves out the flags that they set, because the command line would win over them.
Args: a node
*/ -}}
{{- define "llamacpp.args" -}}
- --host
- 0.0.0.0
- --port
- {{ .port | int64 | quote }}
- --metrics
{{- if gt (len .served) 1 }}
- --models-preset
- /etc/llama-server/models.ini
- --models-max
- {{ .modelsMax | int64 | quote }}
{{- else }}
{{- range $model := .served }}
- --alias
- {{ .name | quote }}
{{- range $flag, $value := include "llamacpp.flags" (dict "model" . "node" $) | fromJson }}
- --{{ $flag }}
{{- if ne $value "true" }}
- {{ $value | quote }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- range .extraArgs }}
- {{ . | quote }}
{{- end }}
{{- end -}}

{{- /*
llamacpp.presets: models.ini for llama-server's router mode: one section per model, with all its flags.
Args: a node
*/ -}}
{{- define "llamacpp.presets" -}}
{{- /* llama-server does not start with more models to load than it may hold, so only the first ones are loaded */ -}}
{{- $room := int64 .modelsMax | default 1000 -}}
version = 1
{{- range $model := .served }}
{{- $loads := and .loadOnStartup (gt (int64 $room) 0) }}
{{- if $loads }}{{ $room = sub $room 1 }}{{ end }}

[{{ .name }}]
{{- range $flag, $value := include "llamacpp.flags" (dict "model" . "node" $) | fromJson }}
{{ $flag }} = {{ $value }}
{{- end }}
load-on-startup = {{ $loads }}
stop-timeout = {{ .stopTimeoutSeconds | int64 }}
{{- end }}
{{ end -}}
