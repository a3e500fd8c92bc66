{{- /*
nodes.pod: the pod template of a workload, with all programs of a node or only one.
Args: dict root, node, workload (of nodes.workloads)
*/ -}}
{{- define "nodes.pod" -}}
{{- $root := .root -}}
{{- $node := .node -}}
{{- $annotations := dict -}}
{{- $first := list -}}
{{- $containers := list -}}
{{- $volumes := list (list (mergeOverwrite (dict "name" "models") $node.modelsVolume) | toYaml) -}}
{{- range .workload.programs -}}
{{- $args := dict "root" $root "node" $node "program" . -}}
{{- $containers = append $containers (include (printf "%s.container" .id) $args) -}}
{{- $volumes = append $volumes (include (printf "%s.volumes" .id) $args) -}}
{{- with include "nodes.shm" . }}{{ $volumes = append $volumes . }}{{ end -}}
{{- if eq .id "llamacpp" -}}
{{- if and $node.deviceCheck (ne $node.accelerator "cpu") }}{{ $first = append $first (include "llamacpp.deviceCheck" $args) }}{{ end -}}
{{- if gt (len $node.served) 1 }}{{ $_ := set $annotations "checksum/presets" (include "llamacpp.presets" $node | sha256sum) }}{{ end -}}
{{- else if eq .id "comfyui" -}}
{{- $_ := set $annotations "checksum/extra-model-paths" (include "comfyui.extraModelPaths" $args | sha256sum) -}}
{{- end -}}
{{- end -}}
{{- with include "nodes.folders" . }}{{ $first = append $first . }}{{ end -}}
{{- $last := "" -}}
{{- if $node.memoryCheck }}{{ $last = include "nodes.memoryCheck" . }}{{ end -}}
{{- include "common.pod" (dict
  "root" $root
  "component" $node.preset
  "node" $node.key
  "program" .workload.program
  "app" .workload.app
  "tag" .workload.tag
  "pod" $node.pod
  "placement" $node.placement
  "claims" (include "nodes.podClaims" . | fromJsonArray)
  "securityContext" (gt (int64 $node.renderGroup) 0 | ternary (dict "supplementalGroups" (list (int64 $node.renderGroup))) dict)
  "annotations" $annotations
  "initContainers" (join "\n" $first)
  "lastInitContainers" $last
  "containers" (join "\n" $containers)
  "volumes" (join "\n" $volumes)
) -}}
{{- end -}}

{{- /*
nodes.podClaims: the resourceClaims of a pod, as a JSON list: the claim of its node, which all pods of the node share; for a pool,
a claim per pod from its template.
Args: dict node, workload
*/ -}}
{{- define "nodes.podClaims" -}}
{{- $key := ternary "resourceClaimTemplateName" "resourceClaimName" .node.pool -}}
{{- ternary (list (dict "name" "gpu" $key .node.claim)) list .workload.claims | toJson -}}
{{- end -}}

{{- /*
nodes.claimSpec: the spec of a claim to the GPUs of a node.
Args: a node
*/ -}}
{{- define "nodes.claimSpec" -}}
devices:
  requests:
    - name: gpu
      exactly:
        deviceClassName: {{ quote .deviceClass }}
        count: {{ .gpuCount | int64 }}
{{- end -}}

{{- /*
nodes.gpu: how a container gets access to the GPU, as JSON of dict env, limits, claims, security (of the container).
Args: dict node, count (of GPUs; 0: the container does not use one)
*/ -}}
{{- define "nodes.gpu" -}}
{{- $node := .node -}}
{{- $env := dict -}}
{{- $limits := dict -}}
{{- $claims := list -}}
{{- $security := dict -}}
{{- $cuda := eq $node.accelerator "cuda" -}}
{{- $capabilities := dict "NVIDIA_DRIVER_CAPABILITIES" $node.driverCapabilities -}}
{{- if or (not .count) (eq $node.accelerator "cpu") -}}
{{- if $cuda }}{{ $env = dict "NVIDIA_VISIBLE_DEVICES" "void" }}{{ end -}}
{{- else if eq $node.gpuAccess "devicePlugin" -}}
{{- $usual := dict "rocm" "amd.com/gpu" "vulkan" "amd.com/gpu" "cuda" "nvidia.com/gpu" "sycl" "gpu.intel.com/xe" -}}
{{- $limits = dict ($node.gpuResource | default (get $usual $node.accelerator)) (.count | int64) -}}
{{- if $cuda }}{{ $env = $capabilities }}{{ end -}}
{{- else if eq $node.gpuAccess "dra" -}}
{{- $claims = list (dict "name" "gpu") -}}
{{- /* images for CUDA ask for all GPUs, which the nvidia runtime would add to those of the claim */ -}}
{{- if $cuda }}{{ $env = dict "NVIDIA_VISIBLE_DEVICES" "void" }}{{ end -}}
{{- else if eq $node.gpuAccess "privileged" -}}
{{- /* without a device plugin, only a privileged container may open the GPU's devices (the device cgroup denies others) */ -}}
{{- $security = dict "privileged" true -}}
{{- else -}}
{{- $env = mergeOverwrite $capabilities (dict "NVIDIA_VISIBLE_DEVICES" $node.visibleDevices) -}}
{{- end -}}
{{- dict "env" $env "limits" $limits "claims" $claims "security" $security | toJson -}}
{{- end -}}

{{- /*
nodes.container: the part that the containers of vLLM, ComfyUI and speech share; each program adds the rest.
Args: dict root, node, program, env (map), args (YAML list), visible (bool: sees the GPU), trusted (false: no shared env)
*/ -}}
{{- define "nodes.container" -}}
{{- $gpu := include "nodes.gpu" (dict "node" .node "count" (ternary 1 0 .visible)) | fromJson -}}
- name: {{ .program.id }}
  {{- include "common.container" (dict "root" .root "settings" .program "env" (mergeOverwrite (dict) .env $gpu.env) "limits" $gpu.limits "claims" $gpu.claims "securityContext" $gpu.security "trusted" (ne .trusted false)) | nindent 2 }}
  {{- with concat (.args | default "" | fromYamlArray) .program.extraArgs }}
  args:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  ports:
    # named after the program, because the port names of a pod must differ
    - {name: {{ .program.portName }}, containerPort: {{ .program.port | int64 }}}
  {{- include "common.startupProbe" (dict "path" .program.healthPath "port" .program.portName "seconds" .program.startupSeconds) | nindent 2 }}
  readinessProbe:
    httpGet: {path: {{ quote .program.healthPath }}, port: {{ .program.portName }}}
    periodSeconds: 10
    timeoutSeconds: 10
{{- end -}}

{{- /*
nodes.folders: an init container that creates the writable folders: new ones on a hostPath belong to root, and ComfyUI needs
its folders to exist. Root without any capability may do that in folders that it owns; the programs can write to them through
their group 0.
Args: dict root, node, workload
*/ -}}
{{- define "nodes.folders" -}}
{{- $folders := list -}}
{{- $mounts := list -}}
{{- range .workload.programs -}}
{{- if eq .id "comfyui" -}}
{{- range $folder := list "input" "output" "temp" "user" }}{{ $folders = append $folders (printf "/comfyui/%s" $folder) }}{{ end -}}
{{- $mounts = append $mounts (dict "name" "comfyui-data" "mountPath" "/comfyui") -}}
{{- else if and (eq .id "vllm") .cachePath -}}
{{- $folders = append $folders "/cache/vllm" -}}
{{- $mounts = append $mounts (dict "name" "vllm-cache" "mountPath" "/cache") -}}
{{- end -}}
{{- end -}}
{{- with $folders -}}
- name: folders
  {{- $root := dict "runAsUser" 0 "runAsGroup" 0 "runAsNonRoot" false }}
  {{- include "common.container" (dict "root" $.root "settings" (dict "image" $.node.foldersImage) "env" dict "securityContext" $root "trusted" false) | nindent 2 }}
  command:
    - sh
    - -ec
    - |
      for folder in {{ join " " . }}; do
        mkdir -p "$folder"
        [ ! -O "$folder" ] || chmod 0770 "$folder"
      done
  volumeMounts:
    {{- toYaml $mounts | nindent 4 }}
{{- end }}
{{- end -}}
