{{- /*
llamacpp.container: llama-server. It is ready when its model is loaded; in router mode, when the router answers: GET /models
then lists which models are loaded or failed to load. Hardening is set by LLAMA_ARG_*: older builds ignore these variables, but
would exit on the unknown flags.
Args: dict root, node, program
*/ -}}
{{- define "llamacpp.container" -}}
{{- $node := .node -}}
{{- $router := gt (len $node.served) 1 -}}
{{- $gpu := include "llamacpp.gpu" $node | fromJson -}}
{{- $env := mergeOverwrite $gpu.env (dict
  "HOME" "/tmp"
  "LLAMA_ARG_CORS_ORIGINS" "localhost"
  "LLAMA_ARG_OFFLINE" "true"
  "LLAMA_ARG_UI" "false"
  "LLAMA_API_KEY" (include "common.secretEnv" (list .root "BACKEND_API_KEY") | fromJson)
) -}}
{{- /* the presets set it as well, but the router only exits on a missing GPU if its own command line names it */ -}}
{{- if $router }}{{ $_ := set $env "LLAMA_ARG_DEVICE" $node.devices }}{{ end -}}
- name: llama-server
  {{- include "common.container" (dict "root" .root "settings" $node "env" $env "limits" $gpu.limits "claims" $gpu.claims "securityContext" $gpu.security) | nindent 2 }}
  args:
    {{- include "llamacpp.args" $node | nindent 4 }}
  ports:
    - {name: http, containerPort: {{ $node.port | int64 }}}
  {{- include "common.startupProbe" (dict "path" "/health" "seconds" $node.startupSeconds) | nindent 2 }}
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
    - {{ include "nodes.modelsMount" $node }}
    - {name: tmp, mountPath: /tmp}
    {{- if $router }}
    - {name: presets, mountPath: /etc/llama-server, readOnly: true}
    {{- end }}
    {{- include "nodes.moreMounts" . | indent 4 }}
{{- end -}}

{{- /*
llamacpp.deviceCheck: stops the pod if the GPU cannot be used; otherwise llama.cpp would run on the CPU, or start as a router
without a model. It opens the GPU's device files, and then asks the same llama-server, in the same environment, which devices
it sees.
Args: dict root, node
*/ -}}
{{- define "llamacpp.deviceCheck" -}}
{{- $settings := omit .node "resources" "command" -}}
{{- $gpu := include "llamacpp.gpu" .node | fromJson -}}
{{- $files := get (dict "rocm" "/dev/kfd /dev/dri/renderD*" "vulkan" "/dev/dri/renderD*" "sycl" "/dev/dri/renderD*") .node.accelerator -}}
- name: device-check
  {{- include "common.container" (dict "root" .root "settings" $settings "env" (mergeOverwrite $gpu.env (dict "HOME" "/tmp")) "limits" $gpu.limits "claims" $gpu.claims "securityContext" $gpu.security) | nindent 2 }}
  command:
    - sh
    - -c
    - |
      {{- with $files }}
      for file in {{ . }}; do
        [ -r "$file" ] && [ -w "$file" ] && continue
        echo "user $(id -u) with groups $(id -G) cannot open $file: set renderGroup to what 'stat -c %g /dev/dri/renderD128' prints on the node"
        exit 1
      done
      {{- end }}
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
llamacpp.gpu: nodes.gpu for llama-server, which uses gpuCount GPUs. Values that ask for root get it: the kubelet rejects root
in a pod with runAsNonRoot.
Args: a node
*/ -}}
{{- define "llamacpp.gpu" -}}
{{- $gpu := include "nodes.gpu" (dict "node" . "count" .gpuCount) | fromJson -}}
{{- if .root }}{{ $_ := set $gpu.security "runAsNonRoot" false }}{{ end -}}
{{- toJson $gpu -}}
{{- end -}}

{{- /*
llamacpp.volumes: a writable /tmp, and the presets of several models.
Args: dict node
*/ -}}
{{- define "llamacpp.volumes" -}}
- name: tmp
  emptyDir: {}
{{- if gt (len .node.served) 1 }}
- name: presets
  configMap: {name: {{ .node.name }}}
{{- end }}
{{- end -}}
