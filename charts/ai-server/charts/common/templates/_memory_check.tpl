{{- /*
nodes.memoryCheck: an init container that stops the pod if the node has less memory available than its programs need:
files/memory-check.sh documents its arguments. It runs after custom init containers, which may fetch the models.
Args: dict root, node, workload
*/ -}}
{{- define "nodes.memoryCheck" -}}
{{- $node := .node -}}
{{- /* without comments and empty lines, which every pod would repeat */ -}}
{{- $script := regexReplaceAll "(?m)^ *(#.*)?\n" (.root.Files.Get "files/memory-check.sh") "" -}}
{{- $words := list "sh" "-c" $script "memory-check" -}}
{{- range .workload.programs }}{{ $words = concat $words (include "memoryCheck.program" (dict "node" $node "program" .) | fromJsonArray) }}{{ end -}}
{{- $env := dict "NODE_NAME" (dict "valueFrom" (dict "fieldRef" (dict "fieldPath" "spec.nodeName"))) -}}
{{- $user := dict "runAsUser" 1000 "runAsGroup" 1000 "runAsNonRoot" true -}}
- name: memory-check
  {{- include "common.container" (dict "root" .root "settings" (dict "image" $node.foldersImage) "env" $env "securityContext" $user "trusted" false) | nindent 2 }}
  command:
    {{- toYaml $words | nindent 4 }}
  volumeMounts:
    - {{ include "nodes.modelsMount" $node }}
{{- end -}}

{{- /*
memoryCheck.program: what the check has to know of a program, as a JSON list of arguments.
Args: dict node, program
*/ -}}
{{- define "memoryCheck.program" -}}
{{- $node := .node -}}
{{- $program := .program -}}
{{- $llamacpp := eq $program.id "llamacpp" -}}
{{- $resources := ternary $node.resources $program.resources $llamacpp -}}
{{- $shared := include "common.bytes" $program.shmSize | int64 -}}
{{- $most := ternary (int64 $node.modelsMax) 0 (and $llamacpp (gt (len $node.served) 1)) -}}
{{- $name := ternary "llama-server" $program.id $llamacpp -}}
{{- $words := list "program" $name (include "memoryCheck.request" $resources) (toString $shared) (toString $most) -}}
{{- if $llamacpp -}}
{{- range $node.served -}}
{{- $flags := include "llamacpp.flags" (dict "model" . "node" $node) | fromJson -}}
{{- $cached := mul (max 0 (atoi (get $flags "cache-ram"))) 1048576 -}}
{{- $words = concat $words (list "model" .name (toString $cached)) -}}
{{- range $flag := list "model" "mmproj" "model-draft" }}{{ with get $flags $flag }}{{ $words = concat $words (list "file" .) }}{{ end }}{{ end -}}
{{- range include "llamacpp.loras" . | fromJsonArray }}{{ $words = concat $words (list "file" (printf "%s/%s" $node.modelsPath .file)) }}{{ end -}}
{{- end -}}
{{- else if eq $program.id "vllm" -}}
{{- $share := ternary 0 (mulf $program.gpuMemoryUtilization 1000) (not (empty $program.kvCacheMemory)) -}}
{{- with int64 $share }}{{ $words = concat $words (list "share" (toString .)) }}{{ end -}}
{{- $names := include "vllm.servedNames" $program | fromJsonArray -}}
{{- with $names }}{{ $words = concat $words (list "model" (first .) (include "common.bytes" $program.kvCacheMemory) "file" (printf "%s/%s" $node.modelsPath $program.model)) }}{{ end -}}
{{- end -}}
{{- toJson $words -}}
{{- end -}}

{{- /*
memoryCheck.request: the memory request of a container in bytes; 0 without one.
Args: resources
*/ -}}
{{- define "memoryCheck.request" -}}
{{- $request := dig "requests" "memory" "" . -}}
{{- ternary ($request | toString | include "common.bytes") (kindIs "string" $request | ternary 0 $request | int64 | toString) (kindIs "string" $request) -}}
{{- end -}}
