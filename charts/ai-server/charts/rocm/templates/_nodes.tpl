{{- /*
rocm.models: the enabled models of the catalogue, name -> model, as JSON.
Args: the subchart's scope
*/ -}}
{{- define "rocm.models" -}}
{{- $models := dict -}}
{{- range $name, $model := .Values.models -}}
{{- if dig "enabled" true $model }}{{ $_ := set $models $name $model }}{{ end -}}
{{- end -}}
{{- toJson $models -}}
{{- end -}}

{{- /*
rocm.nodes: puts the enabled node entries, by their keys, into .Values.computedNodes, each merged over the component's
settings; prints nothing. The result is computed once per render, since a dozen templates need it. Added keys:
key, name (of its objects), placement (node labels), pool (bool), llamaBuild (number: from b11434 in the tag, else build),
buildKey (the path of the key used), image with its tag, devices (as llama-server names them: ROCm0,ROCm1), root (bool:
a privileged container that runs as root), and served (list of models, each with all its settings: component < model <
node < model on the node).
Args: the subchart's scope
*/ -}}
{{- define "rocm.nodes" -}}
{{- if not (hasKey .Values "computedNodes") -}}
{{- $_ := set .Values "computedNodes" dict -}}
{{- include "rocm.compute" . -}}
{{- end -}}
{{- end -}}

{{- /*
rocm.compute: the work of rocm.nodes, done once.
Args: the subchart's scope
*/ -}}
{{- define "rocm.compute" -}}
{{- $models := include "rocm.models" . | fromJson -}}
{{- /* copying through JSON takes a third of the time of deepCopy, which matters with a thousand nodes */ -}}
{{- $settings := omit .Values "enabled" "global" "models" "nodes" | toJson -}}
{{- range $key, $entry := .Values.nodes -}}
{{- if dig "enabled" true $entry -}}
{{- $node := mergeOverwrite (fromJson $settings) (toJson $entry | fromJson) -}}
{{- $_ := set $node "key" $key -}}
{{- $_ := set $node "name" (include "common.name" (list $ "rocm" $key)) -}}
{{- $_ := set $node "pool" (not (empty $entry.selector)) -}}
{{- $_ := set $node "placement" ($entry.selector | default (dict "kubernetes.io/hostname" ($entry.node | default $key))) -}}
{{- $ofTag := regexFind "(^|-)b[0-9]{4,}(-|$)" $node.image.tag | trimAll "-" | trimPrefix "b" -}}
{{- $_ := set $node "buildKey" (ternary (list "image" "tag") (list "build") (not (empty $ofTag))) -}}
{{- $build := $ofTag | default ($node.build | int64 | toString) -}}
{{- $_ := set $node "llamaBuild" ($build | int64) -}}
{{- if not $node.image.tag }}{{ $_ := set $node.image "tag" (printf "server-%s-b%s" $node.backend $build) }}{{ end -}}
{{- $_ := set $node "root" (and (eq $node.gpuAccess "privileged") (eq (int64 (dig "runAsUser" 1000 $node.securityContext)) 0)) -}}
{{- $devices := list -}}
{{- range until (int $node.gpuCount) }}{{ $devices = append $devices (printf "%s%d" (ternary "ROCm" "Vulkan" (eq $node.backend "rocm")) .) }}{{ end -}}
{{- $_ := set $node "devices" (join "," $devices) -}}
{{- $served := list -}}
{{- range $name := ($entry.serve | default (keys $models)) | uniq | sortAlpha -}}
{{- with get $models $name -}}
{{- $own := dig "overrides" $name dict $entry -}}
{{- if dig "enabled" true $own -}}
{{- $model := mergeOverwrite (toJson $.Values.server | fromJson) . ($entry.server | default dict) $own -}}
{{- $model = mergeOverwrite (dict "file" "" "mmproj" "" "mode" "chat" "loadOnStartup" true "stopTimeoutSeconds" 10) $model (dict "name" $name) -}}
{{- include "rocm.batches" (dict "model" $model "build" $build) -}}
{{- $served = append $served $model -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- $_ := set $node "served" $served -}}
{{- $_ := set $.Values.computedNodes $key $node -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- /*
rocm.routes: what LiteLLM needs to know about each model on each node, as a JSON list of dict name, model, apiBase, id,
mode, weights (identifies what is served, to compare routes of one name), contextTokens, path (in the values, as a list).
Args: the subchart's scope
*/ -}}
{{- define "rocm.routes" -}}
{{- $routes := list -}}
{{- include "rocm.nodes" . -}}
{{- range $node := .Values.computedNodes -}}
{{- range $node.served -}}
{{- $routes = append $routes (dict
  "name" .name
  "model" (printf "hosted_vllm/%s" .name)
  "apiBase" (printf "http://%s:%d/v1" $node.name (int64 $node.port))
  "id" (printf "rocm-%s-%s" $node.key .name)
  "mode" .mode
  "weights" .file
  "contextTokens" (include "rocm.inputTokens" . | int64)
  "path" (list "rocm" "nodes" $node.key)
  "key" true
) -}}
{{- end -}}
{{- end -}}
{{- toJson $routes -}}
{{- end -}}
