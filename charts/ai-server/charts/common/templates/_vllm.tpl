{{- /*
vllm.container: vLLM. It opens its port only after loading the model.
Args: dict root, node, program
*/ -}}
{{- define "vllm.container" -}}
{{- $env := dict
  "DO_NOT_TRACK" "1"
  "HF_HUB_OFFLINE" "1"
  "HOME" "/cache/vllm"
  "TORCHINDUCTOR_CACHE_DIR" "/cache/vllm/torchinductor"
  "USER" "vllm"
  "VLLM_API_KEY" (include "common.secretEnv" (list .root "BACKEND_API_KEY") | fromJson)
  "VLLM_NO_USAGE_STATS" "1"
-}}
{{- include "nodes.container" (dict "root" .root "node" .node "program" .program "env" $env "args" (include "vllm.args" .) "visible" true) }}
  livenessProbe:
    httpGet: {path: {{ quote .program.healthPath }}, port: vllm}
    periodSeconds: 10
    timeoutSeconds: 10
    failureThreshold: 6
  volumeMounts:
    - {{ include "nodes.modelsMount" .node }}
    - {name: vllm-cache, mountPath: /cache}
    - {name: vllm-tmp, mountPath: /tmp}
    {{- include "nodes.moreMounts" . | indent 4 }}
{{- end -}}

{{- /*
vllm.args: the arguments; the model comes first, as `vllm serve` requires.
Args: dict node, program
*/ -}}
{{- define "vllm.args" -}}
{{- with .program -}}
- {{ printf "%s/%s" $.node.modelsPath .model | quote }}
- --host
- 0.0.0.0
- --port
- {{ .port | int64 | quote }}
{{- with include "vllm.servedNames" . | fromJsonArray }}
- --served-model-name
{{- toYaml . | nindent 0 }}
{{- end }}
{{- with .maxModelLen }}
- --max-model-len
- {{ . | int64 | quote }}
{{- end }}
- --max-num-seqs
- {{ .maxNumSeqs | int64 | quote }}
{{- if .kvCacheMemory }}
- --kv-cache-memory-bytes
- {{ include "common.bytes" .kvCacheMemory | quote }}
{{- end }}
- --gpu-memory-utilization
{{- /* with a size in bytes, the share only sets how much memory must be free when vLLM starts, and vLLM's own default
       (0.92 of all memory) would let it start only if nothing else runs: vllm/v1/worker/utils.py, request_memory */}}
- {{ ternary "0.05" (toString .gpuMemoryUtilization) (not (empty .kvCacheMemory)) | quote }}
- --kv-cache-dtype
- {{ .kvCacheDtype | quote }}
- --dtype
- {{ .dtype | quote }}
- {{ ternary "--enable-prefix-caching" "--no-enable-prefix-caching" .enablePrefixCaching }}
{{- if .enforceEager }}
- --enforce-eager
{{- end }}
{{- with .toolCallParser }}
- --enable-auto-tool-choice
- --tool-call-parser
- {{ . | quote }}
{{- end }}
{{- with .reasoningParser }}
- --reasoning-parser
- {{ . | quote }}
{{- end }}
{{- end }}
{{- end -}}

{{- /*
vllm.volumes
Args: dict program
*/ -}}
{{- define "vllm.volumes" -}}
- name: vllm-cache
  {{- with .program.cachePath }}
  hostPath: {path: {{ quote . }}, type: DirectoryOrCreate}
  {{- else }}
  emptyDir: {}
  {{- end }}
- name: vllm-tmp
  emptyDir: {}
{{- end -}}

{{- /*
vllm.servedNames: the names that vLLM serves its model under, as a JSON list: servedNames, or the folder's name (none without
a model).
Args: vLLM's settings
*/ -}}
{{- define "vllm.servedNames" -}}
{{- .servedNames | default (ternary list (list (base .model)) (empty .model)) | toJson -}}
{{- end -}}
