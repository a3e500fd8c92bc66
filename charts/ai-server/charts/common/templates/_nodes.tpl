{{- /*
nodes.all: puts the enabled node entries of rocm, thor and gpu, in that order, into .Values.computedNodes, a list; prints
nothing. It is computed once per render, since a dozen templates need it. Each node has the component's settings with its own
over them, and in addition: preset (rocm, thor or gpu), key, path (of the entry, as a list), name (of its objects), placement
(node labels), pool (bool), modelsPath (never ""), and what nodes.models, nodes.llamacpp, nodes.programs, nodes.workloads and
nodes.claim add.
Args: root
*/ -}}
{{- define "nodes.all" -}}
{{- if not (hasKey .Values "computedNodes") -}}
{{- $nodes := list -}}
{{- $catalogue := include "nodes.catalogue" . | fromJson -}}
{{- $families := (.Files.Get "files/vllm-parsers.yaml" | fromYaml).families -}}
{{- range $preset := list "rocm" "thor" "gpu" -}}
{{- $component := get $.Values $preset -}}
{{- if $component.enabled -}}
{{- /* copying through JSON takes a third of the time of deepCopy, which matters with a thousand nodes */ -}}
{{- $settings := omit $component "enabled" "global" "models" "nodes" "createRuntimeClass" | toJson -}}
{{- range $key, $entry := $component.nodes -}}
{{- if dig "enabled" true $entry -}}
{{- $node := mergeOverwrite (fromJson $settings) (toJson $entry | fromJson) -}}
{{- $_ := set $node "preset" $preset -}}
{{- $_ := set $node "key" $key -}}
{{- $_ := set $node "path" (list $preset "nodes" $key) -}}
{{- $_ := set $node "name" (include "common.name" (list $ $preset $key)) -}}
{{- $_ := set $node "pool" (not (empty $entry.selector)) -}}
{{- $_ := set $node "placement" ($entry.selector | default (dict "kubernetes.io/hostname" ($entry.node | default $key))) -}}
{{- $_ := set $node "modelsPath" (include "common.modelsPath" (dict "root" $ "path" $node.modelsPath)) -}}
{{- include "nodes.models" (dict "node" $node "sections" (list $entry $component $.Values.global)) -}}
{{- $_ := set $node "accelerator" (include "nodes.accelerator" (dict "component" $component "entry" $entry)) -}}
{{- include "nodes.llamacpp" (dict "node" $node "entry" $entry "catalogue" $catalogue "server" $component.server) -}}
{{- include "nodes.programs" (dict "root" $ "node" $node "families" $families) -}}
{{- include "nodes.workloads" (dict "root" $ "node" $node) -}}
{{- include "nodes.claim" (dict "root" $ "node" $node) -}}
{{- $nodes = append $nodes $node -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- $_ := set .Values "computedNodes" $nodes -}}
{{- end -}}
{{- end -}}

{{- /*
nodes.catalogue: the enabled models of each component, as JSON: component -> name -> model.
Args: root
*/ -}}
{{- define "nodes.catalogue" -}}
{{- $catalogue := dict -}}
{{- range $preset := list "rocm" "thor" "gpu" -}}
{{- $models := dict -}}
{{- $component := get $.Values $preset -}}
{{- range $name, $model := ternary $component.models dict $component.enabled -}}
{{- if dig "enabled" true $model }}{{ $_ := set $models $name $model }}{{ end -}}
{{- end -}}
{{- $_ := set $catalogue $preset $models -}}
{{- end -}}
{{- toJson $catalogue -}}
{{- end -}}

{{- /*
nodes.accelerator: what llama.cpp computes on at a node: its own accelerator, its own backend, then those of the component.
Args: dict component, entry
*/ -}}
{{- define "nodes.accelerator" -}}
{{- $found := "" -}}
{{- range $settings := list .entry .component -}}
{{- range $key := list "accelerator" "backend" -}}
{{- if not $found }}{{ $found = get $settings $key }}{{ end -}}
{{- end -}}
{{- end -}}
{{- $found -}}
{{- end -}}

{{- /*
nodes.llamacpp: adds to a node what llama-server needs; prints nothing. llamaBuild (number: from b11434 in the tag, else build),
buildKey (the path of the key used), the tag of the image, devices (as llama-server names them: ROCm0,ROCm1), root (bool: a
privileged container that runs as root), and served (list of models, each with all its settings: component < model < node <
model on the node; from is the component whose catalogue has it).
Args: dict node, entry, catalogue (of nodes.catalogue), server (of the component)
*/ -}}
{{- define "nodes.llamacpp" -}}
{{- $node := .node -}}
{{- $entry := .entry -}}
{{- $ofTag := regexFind "(^|-)b[0-9]{4,}(-|$)" $node.image.tag | trimAll "-" | trimPrefix "b" -}}
{{- $_ := set $node "buildKey" (ternary (list "image" "tag") (list "build") (not (empty $ofTag))) -}}
{{- $build := $ofTag | default ($node.build | int64 | toString) -}}
{{- $_ := set $node "llamaBuild" ($build | int64) -}}
{{- if not $node.image.tag }}{{ $_ := set $node.image "tag" (printf "%s-b%s" (include "nodes.variant" $node) $build) }}{{ end -}}
{{- $_ := set $node "root" (and (eq $node.gpuAccess "privileged") (eq (int64 (dig "runAsUser" 1000 $node.securityContext)) 0)) -}}
{{- $devices := list -}}
{{- range until (int $node.gpuCount) }}{{ $devices = append $devices (printf "%s%d" (include "nodes.device" $node.accelerator) .) }}{{ end -}}
{{- $_ := set $node "devices" (ternary "none" (join "," $devices) (eq $node.accelerator "cpu")) -}}
{{- $served := list -}}
{{- $own := get .catalogue $node.preset -}}
{{- if $node.llamacpp.enabled -}}
{{- range $name := ($entry.serve | default (keys $own)) | uniq | sortAlpha -}}
{{- $from := "" -}}
{{- range $preset := list $node.preset "rocm" "thor" "gpu" -}}
{{- if and (not $from) (hasKey (get $.catalogue $preset) $name) }}{{ $from = $preset }}{{ end -}}
{{- end -}}
{{- $override := dig "overrides" $name dict $entry -}}
{{- if and $from (dig "enabled" true $override) -}}
{{- /* copies, because mergeOverwrite takes over maps such as loras, and another node would change them */ -}}
{{- $copy := get (get $.catalogue $from) $name | toJson | fromJson -}}
{{- $model := mergeOverwrite (toJson $.server | fromJson) $copy ($entry.server | default dict) (toJson $override | fromJson) -}}
{{- $draft := dict "type" "draft-simple" "file" "" "nGpuLayers" "all" "max" 0 "min" 0 -}}
{{- $model = mergeOverwrite (dict "file" "" "mmproj" "" "draft" $draft "mode" "chat" "loadOnStartup" true "stopTimeoutSeconds" 10) $model (dict "name" $name "from" $from) -}}
{{- include "llamacpp.batches" (dict "model" $model "build" $build) -}}
{{- $served = append $served $model -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- $_ := set $node "served" $served -}}
{{- end -}}

{{- /*
nodes.variant: the tag of llama.cpp's own image for an accelerator, without the build.
Args: a node
*/ -}}
{{- define "nodes.variant" -}}
{{- $cuda := ternary "server-cuda13" "server-cuda" (eq (int64 .cudaVersion) 13) -}}
{{- get (dict "rocm" "server-rocm" "vulkan" "server-vulkan" "cuda" $cuda "sycl" "server-intel" "cpu" "server") .accelerator -}}
{{- end -}}

{{- /*
nodes.device: the name that llama-server gives the devices of an accelerator.
Args: the accelerator
*/ -}}
{{- define "nodes.device" -}}
{{- get (dict "rocm" "ROCm" "vulkan" "Vulkan" "cuda" "CUDA" "sycl" "SYCL" "cpu" "CPU") . -}}
{{- end -}}

{{- /*
nodes.programs: adds programs to a node, the list of its enabled programs; prints nothing. Each has its settings, and in
addition id, app (its app.kubernetes.io/name), serviceName, portName and, for vLLM, tools (see vllm.tools). The settings of
llama.cpp are the node's own keys.
Args: dict root, node, families (of files/vllm-parsers.yaml)
*/ -}}
{{- define "nodes.programs" -}}
{{- $programs := list -}}
{{- $node := .node -}}
{{- if $node.llamacpp.enabled -}}
{{- $settings := pick $node "port" "image" "service" "shmSize" "extraVolumeMounts" -}}
{{- $more := dict "id" "llamacpp" "app" "llama-cpp" "serviceName" $node.name "portName" "http" -}}
{{- $programs = append $programs (mergeOverwrite $settings $more) -}}
{{- end -}}
{{- range $id := list "vllm" "comfyui" "speech" -}}
{{- $program := get $node $id -}}
{{- if $program.enabled -}}
{{- $more := dict "id" $id "app" $id "portName" $id "serviceName" (include "common.name" (list $.root $node.preset $node.key $id)) -}}
{{- if eq $id "vllm" }}{{ $_ := set $more "tools" (include "vllm.tools" (dict "program" $program "families" $.families) | fromJson) }}{{ end -}}
{{- $programs = append $programs (mergeOverwrite $program $more) -}}
{{- end -}}
{{- end -}}
{{- $_ := set $node "programs" $programs -}}
{{- end -}}

{{- /*
nodes.workloads: adds workloads to a node, the list of its pods, each a dict of name, programs, program (with pods: separate, the
id of the only program of the pod; else ""), app and tag (of its only program; none for several); prints nothing.
Args: dict root, node
*/ -}}
{{- define "nodes.workloads" -}}
{{- $workloads := list -}}
{{- $node := .node -}}
{{- if and (eq $node.pods "together") $node.programs -}}
{{- $workload := dict "name" $node.name "programs" $node.programs "program" "" -}}
{{- if eq (len $node.programs) 1 -}}
{{- with first $node.programs }}{{ $workload = merge (dict "app" .app "tag" .image.tag) $workload }}{{ end -}}
{{- end -}}
{{- $workloads = append $workloads $workload -}}
{{- else -}}
{{- range $program := $node.programs -}}
{{- $name := include "common.name" (list $.root $node.preset $node.key .id) -}}
{{- $workloads = append $workloads (dict "name" $name "programs" (list .) "program" .id "app" .app "tag" .image.tag) -}}
{{- end -}}
{{- end -}}
{{- $_ := set $node "workloads" $workloads -}}
{{- end -}}

{{- /*
nodes.claim: adds to each workload of a node claims (bool: its pod claims a GPU), and to the node deviceClass and claim (the name
of its ResourceClaim, or for a pool of its ResourceClaimTemplate; "" if no pod claims a GPU); prints nothing. The name has a
hash of the request, because the API server rejects changes of a claim: another request is another claim.
Args: dict root, node
*/ -}}
{{- define "nodes.claim" -}}
{{- $node := .node -}}
{{- $dra := and (eq $node.gpuAccess "dra") (ne $node.accelerator "cpu") -}}
{{- $any := false -}}
{{- range $workload := $node.workloads -}}
{{- $claims := false -}}
{{- range ternary $workload.programs list $dra }}{{ if or (ne .id "speech") (ne .device "cpu") }}{{ $claims = true }}{{ end }}{{ end -}}
{{- $_ := set $workload "claims" $claims -}}
{{- $any = or $any $claims -}}
{{- end -}}
{{- $usual := dict "rocm" "gpu.amd.com" "vulkan" "gpu.amd.com" "cuda" "gpu.nvidia.com" "sycl" "gpu.intel.com" -}}
{{- $class := $node.gpuDeviceClass | default (get $usual $node.accelerator) -}}
{{- $_ := set $node "deviceClass" $class -}}
{{- $_ := set $node "claim" "" -}}
{{- if $any -}}
{{- $hash := printf "%s %d" $class (int64 $node.gpuCount) | sha256sum | trunc 8 -}}
{{- $_ := set $node "claim" (include "common.name" (list .root $node.preset $node.key "gpu" $hash)) -}}
{{- end -}}
{{- end -}}
