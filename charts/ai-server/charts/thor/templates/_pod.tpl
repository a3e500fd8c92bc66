{{- /*
thor.pod: the pod template of a workload, with all programs of a node or only one.
Args: dict root, workload
*/ -}}
{{- define "thor.pod" -}}
{{- $root := .root -}}
{{- $node := .workload.node -}}
{{- $annotations := dict -}}
{{- $containers := list -}}
{{- $volumes := list (printf "- name: models\n  hostPath: {path: %s, type: Directory}" (quote $node.modelsPath)) -}}
{{- range .workload.programs -}}
{{- $args := dict "root" $root "node" $node "program" . -}}
{{- $containers = append $containers (include (printf "thor.%s.container" .id) $args) -}}
{{- $volumes = append $volumes (include (printf "thor.%s.volumes" .id) $args) -}}
{{- if eq .id "comfyui" -}}
{{- $_ := set $annotations "checksum/extra-model-paths" (include "thor.extraModelPaths" $args | sha256sum) -}}
{{- end -}}
{{- end -}}
{{- include "common.pod" (dict
  "root" $root
  "component" "thor"
  "node" $node.key
  "program" .workload.program
  "pod" $node.pod
  "placement" $node.placement
  "annotations" $annotations
  "initContainers" (include "thor.folders" .)
  "containers" (join "\n" $containers)
  "volumes" (join "\n" $volumes)
) -}}
{{- end -}}

{{- /*
thor.gpu: how a container gets access to the GPU, as JSON of dict env, limits: by environment, and with a device plugin by a
limit.
Args: dict node, visible (bool)
*/ -}}
{{- define "thor.gpu" -}}
{{- $env := dict "NVIDIA_VISIBLE_DEVICES" "void" -}}
{{- $limits := dict -}}
{{- if and .visible (eq .node.gpuAccess "devicePlugin") -}}
{{- $env = dict "NVIDIA_DRIVER_CAPABILITIES" .node.driverCapabilities -}}
{{- $limits = dict .node.gpuResource 1 -}}
{{- else if .visible -}}
{{- $env = dict "NVIDIA_VISIBLE_DEVICES" .node.visibleDevices "NVIDIA_DRIVER_CAPABILITIES" .node.driverCapabilities -}}
{{- end -}}
{{- dict "env" $env "limits" $limits | toJson -}}
{{- end -}}

{{- /*
thor.container: the part that the containers of all programs share; each program adds the rest.
Args: dict root, node, program, env (map), args (YAML list), visible (bool: sees the GPU), trusted (false: no shared env)
*/ -}}
{{- define "thor.container" -}}
{{- $gpu := include "thor.gpu" (dict "node" .node "visible" .visible) | fromJson -}}
- name: {{ .program.id }}
  {{- include "common.container" (dict "root" .root "settings" .program "env" (mergeOverwrite (dict) .env $gpu.env) "limits" $gpu.limits "trusted" (ne .trusted false)) | nindent 2 }}
  {{- with concat (.args | default "" | fromYamlArray) .program.extraArgs }}
  args:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  ports:
    # named after the program, because the port names of a pod must differ
    - {name: {{ .program.id }}, containerPort: {{ .program.port | int64 }}}
  {{- include "common.startupProbe" (dict "path" .program.healthPath "port" .program.id "seconds" .program.startupSeconds) | nindent 2 }}
  readinessProbe:
    httpGet: {path: {{ quote .program.healthPath }}, port: {{ .program.id }}}
    periodSeconds: 10
    timeoutSeconds: 10
{{- end -}}

{{- /*
thor.folders: an init container that creates the writable folders: new ones on a hostPath belong to root, and ComfyUI needs
its folders to exist. Root without any capability may do that in folders that it owns; the programs can write to them through
their group 0.
Args: dict root, workload
*/ -}}
{{- define "thor.folders" -}}
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
{{- with $folders }}
- name: folders
  {{- $root := dict "runAsUser" 0 "runAsGroup" 0 "runAsNonRoot" false }}
  {{- include "common.container" (dict "root" $.root "settings" (dict "image" $.workload.node.foldersImage) "env" dict "securityContext" $root "trusted" false) | nindent 2 }}
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
