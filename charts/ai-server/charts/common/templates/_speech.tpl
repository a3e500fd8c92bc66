{{- /*
speech.container: Speaches, or a server with the same API. Models come from the hub cache on the node: nothing is
downloaded. With device: cpu it gets no access to the GPU.
Args: dict root, node, program
*/ -}}
{{- define "speech.container" -}}
{{- $program := .program -}}
{{- $env := dict
  "DO_NOT_TRACK" "1"
  "ENABLE_UI" "false"
  "HF_HUB_CACHE" (printf "%s/%s" .node.modelsPath $program.hubCache)
  "HF_HUB_OFFLINE" "1"
  "HOME" "/tmp"
  "LOG_LEVEL" "info"
  "LOOPBACK_HOST_URL" (printf "http://127.0.0.1:%d" (int64 $program.port))
  "STT_MODEL_TTL" ($program.modelTtlSeconds | int64 | toString)
  "TTS_MODEL_TTL" ($program.modelTtlSeconds | int64 | toString)
  "UVICORN_HOST" "0.0.0.0"
  "WHISPER__COMPUTE_TYPE" $program.computeType
  "WHISPER__INFERENCE_DEVICE" $program.device
-}}
{{- $_ := set $env $program.portEnv ($program.port | int64 | toString) -}}
{{- with $program.apiKeyEnv -}}
{{- $_ := set $env . (include "common.secretEnv" (list $.root "BACKEND_API_KEY") | fromJson) -}}
{{- end -}}
{{- if and $program.extraArgs (not $program.command) (regexMatch "(^|/)speaches$" $program.image.repository) -}}
{{- /* the image has a CMD and no ENTRYPOINT, so arguments alone would replace the program */ -}}
{{- $program = mergeOverwrite (dict) $program (dict "command" (list "uvicorn" "--factory" "speaches.main:create_app")) -}}
{{- end -}}
{{- include "nodes.container" (dict "root" .root "node" .node "program" $program "env" $env "visible" (ne $program.device "cpu")) }}
  livenessProbe:
    httpGet: {path: {{ quote $program.healthPath }}, port: speech}
    periodSeconds: 10
    timeoutSeconds: 10
    failureThreshold: 6
  volumeMounts:
    - {{ include "nodes.modelsMount" .node }}
    - {name: speech-tmp, mountPath: /tmp}
    {{- include "nodes.moreMounts" . | indent 4 }}
{{- end -}}

{{- /*
speech.volumes
*/ -}}
{{- define "speech.volumes" -}}
- name: speech-tmp
  emptyDir: {}
{{- end -}}
