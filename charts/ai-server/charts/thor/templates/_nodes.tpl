{{- /*
thor.nodes: like rocm.nodes, puts the enabled node entries, by their keys, into .Values.computedNodes. Added keys: key,
placement (node labels), pool (bool), modelsPath (never ""), and programs (list of the enabled programs' settings, each
with its id and service, the name of its Service).
Args: the subchart's scope
*/ -}}
{{- define "thor.nodes" -}}
{{- if not (hasKey .Values "computedNodes") -}}
{{- $_ := set .Values "computedNodes" dict -}}
{{- include "thor.compute" . -}}
{{- end -}}
{{- end -}}

{{- /*
thor.compute: the work of thor.nodes, done once.
Args: the subchart's scope
*/ -}}
{{- define "thor.compute" -}}
{{- /* copying through JSON takes a third of the time of deepCopy, which matters with a thousand nodes */ -}}
{{- $settings := omit .Values "enabled" "global" "nodes" "createRuntimeClass" | toJson -}}
{{- range $key, $entry := .Values.nodes -}}
{{- if dig "enabled" true $entry -}}
{{- $node := mergeOverwrite (fromJson $settings) (toJson $entry | fromJson) -}}
{{- $_ := set $node "key" $key -}}
{{- $_ := set $node "pool" (not (empty $entry.selector)) -}}
{{- $_ := set $node "placement" ($entry.selector | default (dict "kubernetes.io/hostname" ($entry.node | default $key))) -}}
{{- $_ := set $node "modelsPath" (include "common.modelsPath" (dict "root" $ "path" $node.modelsPath)) -}}
{{- $programs := list -}}
{{- range $id := list "vllm" "comfyui" "speech" -}}
{{- $program := get $node $id -}}
{{- if $program.enabled -}}
{{- $_ := set $program "id" $id -}}
{{- $_ := set $program "service" (include "common.name" (list $ "thor" $key $id)) -}}
{{- $programs = append $programs $program -}}
{{- end -}}
{{- end -}}
{{- $_ := set $node "programs" $programs -}}
{{- $_ := set $.Values.computedNodes $key $node -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- /*
thor.workloads: the pods of all nodes, as a JSON list of dict name, node, programs, program (with pods: separate, the id of
the only program of the pod; else "").
Args: the subchart's scope
*/ -}}
{{- define "thor.workloads" -}}
{{- $workloads := list -}}
{{- include "thor.nodes" . -}}
{{- range $node := .Values.computedNodes -}}
{{- if and (eq $node.pods "together") $node.programs -}}
{{- $workloads = append $workloads (dict "name" (include "common.name" (list $ "thor" $node.key)) "node" $node "programs" $node.programs "program" "") -}}
{{- else -}}
{{- range $program := $node.programs -}}
{{- $workloads = append $workloads (dict "name" .service "node" $node "programs" (list .) "program" .id) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- toJson $workloads -}}
{{- end -}}

{{- /*
thor.servedNames: the names that vLLM serves its model under, as a JSON list: servedNames, or the folder's name (none without
a model).
Args: vLLM's settings
*/ -}}
{{- define "thor.servedNames" -}}
{{- .servedNames | default (ternary list (list (base .model)) (empty .model)) | toJson -}}
{{- end -}}

{{- /*
thor.routes: like rocm.routes, what LiteLLM needs to know about each model on each node. ComfyUI has no such API: Open WebUI
talks to it directly.
Args: the subchart's scope
*/ -}}
{{- define "thor.routes" -}}
{{- $routes := list -}}
{{- include "thor.nodes" . -}}
{{- range $node := .Values.computedNodes -}}
{{- range $program := $node.programs -}}
{{- $shared := dict "apiBase" (printf "http://%s:%d/v1" .service (int64 .port)) "path" (list "thor" "nodes" $node.key .id) -}}
{{- if eq .id "vllm" -}}
{{- range $name := include "thor.servedNames" . | fromJsonArray -}}
{{- $routes = append $routes (mergeOverwrite (deepCopy $shared) (dict
  "name" $name
  "model" (printf "hosted_vllm/%s" $name)
  "id" (printf "thor-%s-%s" $node.key $name)
  "mode" $program.mode
  "weights" $program.model
  "contextTokens" (int64 $program.maxModelLen)
  "key" true
)) -}}
{{- end -}}
{{- else if eq .id "speech" -}}
{{- range $name, $model := .models -}}
{{- if dig "enabled" true . -}}
{{- $routes = append $routes (mergeOverwrite (deepCopy $shared) (dict
  "name" $name
  "model" (printf "openai/%s" (.model | default $name))
  "id" (printf "thor-%s-%s" $node.key $name)
  "mode" (.mode | default "audio_transcription")
  "weights" (.model | default $name)
  "contextTokens" 0
  "key" (not (empty $program.apiKeyEnv))
)) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- toJson $routes -}}
{{- end -}}
