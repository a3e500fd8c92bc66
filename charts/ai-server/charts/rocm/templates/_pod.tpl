{{- /*
rocm.pod: the pod template of a node entry.
Args: dict root, node
*/ -}}
{{- define "rocm.pod" -}}
{{- $root := .root -}}
{{- $node := .node -}}
{{- $modelsPath := include "common.modelsPath" (dict "root" $root "path" $node.modelsPath) -}}
{{- $router := gt (len $node.served) 1 -}}
{{- $privileged := eq $node.gpuAccess "privileged" -}}
{{- $limits := $privileged | ternary dict (dict $node.gpuResource ($node.gpuCount | int64)) -}}
{{- /* without a device plugin, only a privileged container may open the GPU's devices (the device cgroup denies others) */ -}}
{{- $security := $privileged | ternary (dict "privileged" true) dict -}}
{{- if $node.root -}}
{{- /* values that ask for root get it: the kubelet rejects root in a pod with runAsNonRoot */ -}}
{{- $_ := set $security "runAsNonRoot" false -}}
{{- end -}}
{{- /* hardening as LLAMA_ARG_*: older builds ignore these variables, but would exit on the unknown flags */ -}}
{{- $env := dict
  "HOME" "/tmp"
  "LLAMA_ARG_CORS_ORIGINS" "localhost"
  "LLAMA_ARG_OFFLINE" "true"
  "LLAMA_ARG_UI" "false"
  "LLAMA_API_KEY" (include "common.secretEnv" (list $root "BACKEND_API_KEY") | fromJson)
-}}
{{- $annotations := dict -}}
{{- if $router -}}
{{- /* the presets set it as well, but the router only exits on a missing GPU if its own command line names it */ -}}
{{- $_ := set $env "LLAMA_ARG_DEVICE" $node.devices -}}
{{- $_ := set $annotations "checksum/presets" (include "rocm.presets" (dict "node" $node "modelsPath" $modelsPath) | sha256sum) -}}
{{- end -}}
{{- $groups := gt (int64 $node.renderGroup) 0 | ternary (dict "supplementalGroups" (list (int64 $node.renderGroup))) dict -}}
{{- $containers := include "rocm.container" (dict "root" $root "node" $node "modelsPath" $modelsPath "router" $router "env" $env "limits" $limits "security" $security) -}}
{{- $check := "" -}}
{{- if $node.deviceCheck -}}
{{- $check = include "rocm.deviceCheck" (dict "root" $root "node" $node "limits" $limits "security" $security) -}}
{{- end -}}
{{- include "common.pod" (dict
  "root" $root
  "component" "rocm"
  "node" $node.key
  "pod" $node.pod
  "placement" $node.placement
  "securityContext" $groups
  "annotations" $annotations
  "initContainers" $check
  "containers" $containers
  "volumes" (include "rocm.volumes" (dict "node" $node "modelsPath" $modelsPath "router" $router))
) -}}
{{- end -}}

{{- /*
rocm.container: llama-server. It is ready when its model is loaded; in router mode, when the router answers: GET /models then
lists which models are loaded or failed to load.
Args: dict root, node, modelsPath, router, env, limits, security
*/ -}}
{{- define "rocm.container" -}}
- name: llama-server
  {{- include "common.container" (dict "root" .root "settings" .node "env" .env "limits" .limits "securityContext" .security) | nindent 2 }}
  args:
    {{- include "rocm.args" (dict "node" .node "modelsPath" .modelsPath) | nindent 4 }}
  ports:
    - {name: http, containerPort: {{ .node.port | int64 }}}
  {{- include "common.startupProbe" (dict "path" "/health" "seconds" .node.startupSeconds) | nindent 2 }}
  readinessProbe:
    httpGet: {path: /health, port: http}
    periodSeconds: 5
    timeoutSeconds: 5
  livenessProbe:
    # generous, because a long prompt keeps the GPU busy, and a restart has to load the weights again
    httpGet: {path: /health, port: http}
    periodSeconds: 10
    timeoutSeconds: 5
    failureThreshold: 6
  volumeMounts:
    - {name: models, mountPath: {{ quote .modelsPath }}, readOnly: true}
    - {name: tmp, mountPath: /tmp}
    {{- if .router }}
    - {name: presets, mountPath: /etc/llama-server, readOnly: true}
    {{- end }}
    {{- with .node.extraVolumeMounts }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
{{- end -}}

{{- /*
rocm.deviceCheck: stops the pod if the GPU cannot be used; otherwise llama.cpp would run on the CPU, or start as a router
without a model. It opens the GPU's device files, and then asks the same llama-server, in the same environment, which devices
it sees.
Args: dict root, node, limits, security
*/ -}}
{{- define "rocm.deviceCheck" -}}
{{- $settings := omit .node "resources" "command" -}}
{{- $files := ternary "/dev/kfd /dev/dri/renderD*" "/dev/dri/renderD*" (eq .node.backend "rocm") -}}
- name: device-check
  {{- include "common.container" (dict "root" .root "settings" $settings "env" (dict "HOME" "/tmp") "limits" .limits "securityContext" .security) | nindent 2 }}
  command:
    - sh
    - -c
    - |
      for file in {{ $files }}; do
        [ -r "$file" ] && [ -w "$file" ] && continue
        echo "user $(id -u) with groups $(id -G) cannot open $file: set renderGroup to what 'stat -c %g /dev/dri/renderD128' prints on the node"
        exit 1
      done
      [ $# -gt 0 ] || set -- "$(command -v llama-server || echo /app/llama-server)"
      seen=$("$@" --list-devices 2>&1) || { echo "$* --list-devices failed: $seen"; exit 1; }
      for device in {{ .node.devices | replace "," " " }}; do
        case $seen in *"$device:"*) continue ;; esac
        echo "llama-server does not see $device, so models would run on the CPU. It lists: $seen"
        exit 1
      done
      echo "$seen"
    - device-check
    {{- with .node.command }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  volumeMounts:
    - {name: tmp, mountPath: /tmp}
    {{- with .node.extraVolumeMounts }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
{{- end -}}

{{- /*
rocm.volumes: the models of the node, read-only; a writable /tmp; the presets.
Args: dict node, modelsPath, router
*/ -}}
{{- define "rocm.volumes" -}}
- name: models
  hostPath: {path: {{ quote .modelsPath }}, type: Directory}
- name: tmp
  emptyDir: {}
{{- if .router }}
- name: presets
  configMap: {name: {{ .node.name }}}
{{- end }}
{{- end -}}
