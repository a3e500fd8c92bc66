{{- /*
llamacpp.flags: the llama-server flags of a model by their long names, as JSON; the value "true" means a flag without a value.
The same map becomes a command line or a section of the presets. Two flags depend on the build:
--load-mode replaced --no-mmap and similar flags in b10875; --fit was added in December 2025, some builds before b7500.
Args: dict model, node
*/ -}}
{{- define "llamacpp.flags" -}}
{{- $model := .model -}}
{{- $build := int64 .node.llamaBuild -}}
{{- /* b11434 saves the prompts of idle slots in its cache, and only a completion reads them from there */ -}}
{{- $pooled := has $model.mode (list "embedding" "rerank") -}}
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
  "cache-ram" (ternary "0" ($model.cacheRamMiB | int64 | toString) $pooled)
-}}
{{- with $model.mmproj }}{{ $_ := set $flags "mmproj" (printf "%s/%s" $.node.modelsPath .) }}{{ end -}}
{{- with $model.draft }}{{ $flags = include "llamacpp.draftFlags" (dict "draft" . "node" $.node) | fromJson | mergeOverwrite $flags }}{{ end -}}
{{- with include "llamacpp.loras" $model | fromJsonArray -}}
{{- $files := list -}}
{{- /* an adapter with a name of its own is off unless a request names it: llamacpp.loraRoutes */ -}}
{{- range . }}{{ $files = append $files (printf "%s/%s:%v" $.node.modelsPath .file (ternary .scale 0 .always)) }}{{ end -}}
{{- $_ := set $flags "lora-scaled" (join "," $files) -}}
{{- end -}}
{{- with int64 $model.sleepIdleSeconds }}{{ $_ := set $flags "sleep-idle-seconds" (toString .) }}{{ end -}}
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
llamacpp.draftFlags: the flags of speculative decoding, as JSON; {} if it is off. The draft model gets its devices by name, as
the model does. With --model-draft alone, b11434 loads the file and does not use it: it needs --spec-type.
Args: dict draft, node
*/ -}}
{{- define "llamacpp.draftFlags" -}}
{{- $flags := dict -}}
{{- with .draft -}}
{{- if or .file (eq .type "draft-mtp") -}}
{{- $_ := set $flags "spec-type" .type -}}
{{- with int64 .max }}{{ $_ := set $flags "spec-draft-n-max" (toString .) }}{{ end -}}
{{- with int64 .min }}{{ $_ := set $flags "spec-draft-n-min" (toString .) }}{{ end -}}
{{- end -}}
{{- if .file -}}
{{- $_ := set $flags "model-draft" (printf "%s/%s" $.node.modelsPath .file) -}}
{{- $_ := set $flags "device-draft" $.node.devices -}}
{{- $_ := set $flags "n-gpu-layers-draft" (kindIs "string" .nGpuLayers | ternary .nGpuLayers (.nGpuLayers | int64 | toString)) -}}
{{- end -}}
{{- end -}}
{{- toJson $flags -}}
{{- end -}}

{{- /*
llamacpp.loras: the enabled LoRA adapters of a served model, sorted by name, as a JSON list of dict name, file, scale, always. The position
in this list is the id by which requests name an adapter.
Args: a served model
*/ -}}
{{- define "llamacpp.loras" -}}
{{- $loras := list -}}
{{- range $name, $_ := .loras -}}
{{- $adapter := mergeOverwrite (dict "enabled" true "file" "" "scale" 1 "always" false) (deepCopy .) (dict "name" $name) -}}
{{- if $adapter.enabled }}{{ $loras = append $loras (omit $adapter "enabled") }}{{ end -}}
{{- end -}}
{{- toJson $loras -}}
{{- end -}}

{{- /*
llamacpp.loraRoutes: the names in the API of a model's adapters, as a JSON list of dict name, file, lora (the field of a request
that turns the adapter on; it turns off what it does not name, so it repeats those that are always on).
Args: a served model
*/ -}}
{{- define "llamacpp.loraRoutes" -}}
{{- $routes := list -}}
{{- $loras := ternary (include "llamacpp.loras" . | fromJsonArray) list (has .mode (list "chat" "completion")) -}}
{{- range $own := $loras -}}
{{- if not .always -}}
{{- $on := list -}}
{{- range $id, $lora := $loras -}}
{{- if or .always (eq .name $own.name) }}{{ $on = append $on (dict "id" $id "scale" .scale) }}{{ end -}}
{{- end -}}
{{- $routes = append $routes (dict "name" .name "file" .file "lora" $on) -}}
{{- end -}}
{{- end -}}
{{- toJson $routes -}}
{{- end -}}

{{- /*
llamacpp.weights: what answers to a name of the API: the file of the model and the adapters in use, each with its scale.
Args: dict model (a served model), name (of the adapter that the name stands for; "": the model itself)
*/ -}}
{{- define "llamacpp.weights" -}}
{{- $adapters := list -}}
{{- range include "llamacpp.loras" .model | fromJsonArray -}}
{{- if or .always (eq .name $.name) }}{{ $adapters = append $adapters (printf "%s at %v" .file .scale) }}{{ end -}}
{{- end -}}
{{- .model.file -}}
{{- with sortAlpha $adapters }} with {{ join " and " . }}{{ end -}}
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
{{- if .metrics }}
- --metrics
{{- end }}
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
- {{ printf "--%s" $flag | quote }}
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
