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
{{- with .tools.parser }}
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
vllm.tools: how vLLM reads the tool calls of its model, as JSON: parser (its name; "": none, and vLLM rejects requests with
tools) and calls (whether the model calls tools; absent if that is unknown). The parser of an unknown family is hermes, which
works with any tokenizer: a call in another format reaches the client as text.
Args: dict program, families (of files/vllm-parsers.yaml)
*/ -}}
{{- define "vllm.tools" -}}
{{- $tools := dict "parser" .program.toolCallParser -}}
{{- if ne .program.toolCallParser "auto" -}}
{{- $own := has "--enable-auto-tool-choice" .program.extraArgs -}}
{{- if or .program.toolCallParser (not $own) }}{{ $_ := set $tools "calls" (not (empty .program.toolCallParser)) }}{{ end -}}
{{- else if has .program.mode (list "embedding" "rerank") -}}
{{- $_ := set $tools "parser" "" -}}
{{- else -}}
{{- $folder := base .program.model | lower -}}
{{- $family := dict -}}
{{- range .families }}{{ if and (not $family) (regexMatch .pattern $folder) }}{{ $family = . }}{{ end }}{{ end -}}
{{- $_ := set $tools "parser" ($family.tool | default (list "hermes") | first) -}}
{{- if $family.tool }}{{ $_ := set $tools "calls" true }}{{ end -}}
{{- end -}}
{{- toJson $tools -}}
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
