{{- /*
nodes.routes: what LiteLLM needs to know about each model on each node, as a JSON list of dict name, model, apiBase, id, mode,
weights (identifies what is served, to compare routes of one name), contextTokens, vision (whether the model reads pictures),
tools (whether it calls functions: false if its server rejects them, absent if that is unknown), extraBody (fields that each
request gets), key (bool: needs the release's backend key), path (of the settings of its program), named (the key that gives the model its name; both as lists). ComfyUI has no such API:
Open WebUI talks to it directly.
Args: root
*/ -}}
{{- define "nodes.routes" -}}
{{- $routes := list -}}
{{- include "nodes.all" . -}}
{{- range $node := .Values.computedNodes -}}
{{- range $program := $node.programs -}}
{{- if ne .id "comfyui" -}}
{{- $shared := dict "apiBase" (printf "http://%s:%d/v1" .serviceName (int64 .port)) "path" $node.path -}}
{{- range include (printf "%s.models" .id) (dict "node" $node "program" .) | fromJsonArray -}}
{{- $own := dict "id" (printf "%s-%s-%s" $node.preset $node.key .name) -}}
{{- $routes = append $routes (mergeOverwrite (deepCopy $shared) $own .) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- toJson $routes -}}
{{- end -}}

{{- /*
llamacpp.models: the models of llama-server and their adapters, as nodes.routes needs them.
Args: dict node
*/ -}}
{{- define "llamacpp.models" -}}
{{- $models := list -}}
{{- range $served := .node.served -}}
{{- $named := list .from "models" .name -}}
{{- $model := dict
  "name" .name
  "model" (printf "hosted_vllm/%s" .name)
  "mode" .mode
  "weights" (include "llamacpp.weights" (dict "model" . "name" ""))
  "contextTokens" (include "llamacpp.inputTokens" . | int64)
  "vision" (not (empty .mmproj))
  "key" true
  "named" $named
-}}
{{- /* b11434: "tools param requires --jinja flag" */ -}}
{{- $noJinja := or (eq (get (.flags | default dict) "no-jinja" | toString) "true") (has "--no-jinja" $.node.extraArgs) -}}
{{- if $noJinja }}{{ $_ := set $model "tools" false }}{{ end -}}
{{- $models = append $models $model -}}
{{- range include "llamacpp.loraRoutes" . | fromJsonArray -}}
{{- $models = append $models (mergeOverwrite (deepCopy $model) (dict
  "name" .name
  "weights" (include "llamacpp.weights" (dict "model" $served "name" .name))
  "extraBody" (dict "lora" .lora)
  "named" (concat $named (list "loras" .name))
)) -}}
{{- end -}}
{{- end -}}
{{- toJson $models -}}
{{- end -}}

{{- /*
vllm.models: the names of vLLM's model, as nodes.routes needs them.
Args: dict node, program
*/ -}}
{{- define "vllm.models" -}}
{{- $models := list -}}
{{- range $name := include "vllm.servedNames" .program | fromJsonArray -}}
{{- $model := dict
  "name" $name
  "model" (printf "hosted_vllm/%s" $name)
  "mode" $.program.mode
  "weights" $.program.model
  "contextTokens" (int64 $.program.maxModelLen)
  "key" true
  "path" (append $.node.path "vllm")
  "named" (concat $.node.path (list "vllm" "servedNames"))
-}}
{{- if hasKey $.program.tools "calls" }}{{ $_ := set $model "tools" $.program.tools.calls }}{{ end -}}
{{- $models = append $models $model -}}
{{- end -}}
{{- toJson $models -}}
{{- end -}}

{{- /*
speech.models: the models of the speech server, as nodes.routes needs them.
Args: dict node, program
*/ -}}
{{- define "speech.models" -}}
{{- $models := list -}}
{{- range $name, $model := .program.models -}}
{{- if dig "enabled" true . -}}
{{- $models = append $models (dict
  "name" $name
  "model" (printf "openai/%s" (.model | default $name))
  "mode" (.mode | default "audio_transcription")
  "weights" (.model | default $name)
  "contextTokens" 0
  "key" (not (empty $.program.apiKeyEnv))
  "path" (append $.node.path "speech")
  "named" (concat $.node.path (list "speech" "models" $name))
) -}}
{{- end -}}
{{- end -}}
{{- toJson $models -}}
{{- end -}}
