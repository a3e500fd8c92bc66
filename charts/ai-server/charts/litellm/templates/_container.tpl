{{- /*
litellm.models: the models on other machines as routes, in the form of rocm.routes, as a JSON list.
Args: the subchart's scope
*/ -}}
{{- define "litellm.models" -}}
{{- $routes := list -}}
{{- range $key, $model := .Values.models -}}
{{- if dig "enabled" true $model -}}
{{- $secret := $model.apiKeySecret | default dict -}}
{{- $routes = append $routes (dict
  "name" ($model.name | default $key)
  "model" ($model.model | default "")
  "apiBase" ($model.apiBase | default "")
  "id" (printf "extra-%s" $key)
  "mode" ($model.mode | default "chat")
  "weights" (ternary (regexReplaceAll "^(hosted_vllm|openai)/" ($model.model | default "") "") ($model.model | default "") (not (empty $model.apiBase)))
  "contextTokens" 0
  "path" (list "litellm" "models" $key)
  "keyEnv" (ternary (include "litellm.keyEnv" $key) "" (not (empty $secret.name)))
  "params" ($model.params | default dict)
  "modelInfo" ($model.modelInfo | default dict)
) -}}
{{- end -}}
{{- end -}}
{{- toJson $routes -}}
{{- end -}}

{{- /*
litellm.keyEnv: the variable that holds the key of a model on another machine.
Args: the entry's key
*/ -}}
{{- define "litellm.keyEnv" -}}
MODEL_KEY_{{ regexReplaceAll "[^A-Z0-9]" (upper .) "_" }}
{{- end -}}

{{- /*
litellm.resources: the resources of the gateway, with the memory that it needs where the values leave it empty. A limit of the
user's is the request as well, and no limit of the chart's is below a request of the user's.
Args: the subchart's scope
*/ -}}
{{- define "litellm.resources" -}}
{{- $resources := deepCopy .Values.resources -}}
{{- $database := not (empty .Values.database.existingSecret) -}}
{{- $workers := mul 384 (sub (int64 .Values.numWorkers) 1) -}}
{{- $request := add $workers (ternary 1536 768 $database) -}}
{{- $limit := add $workers (ternary 3072 2048 $database) -}}
{{- $own := dict "request" $resources.requests.memory "limit" $resources.limits.memory -}}
{{- if eq (toString $own.request) "" -}}
{{- $requests := omit $resources.requests "memory" -}}
{{- if not $own.limit }}{{ $_ := set $requests "memory" (printf "%dMi" $request) }}{{ end -}}
{{- $_ := set $resources "requests" $requests -}}
{{- end -}}
{{- if eq (toString $own.limit) "" -}}
{{- $limits := omit $resources.limits "memory" -}}
{{- if le (include "common.bytes" (toString ($own.request | default "0")) | int64) (mul $limit 1048576) }}{{ $_ := set $limits "memory" (printf "%dMi" $limit) }}{{ end -}}
{{- $_ := set $resources "limits" $limits -}}
{{- end -}}
{{- toJson $resources -}}
{{- end -}}

{{- /*
litellm.migrates: "true" if a Job updates the tables of the database, and not each pod at its start; else "".
Args: the subchart's scope
*/ -}}
{{- define "litellm.migrates" -}}
{{- with .Values.database }}{{ if and .existingSecret .migrationJob (gt (int64 $.Values.replicas) 1) }}true{{ end }}{{ end -}}
{{- end -}}

{{- /*
litellm.databaseEnv: the variables that lead to the database, as JSON; {} without one.
Args: the subchart's scope
*/ -}}
{{- define "litellm.databaseEnv" -}}
{{- $env := dict -}}
{{- with .Values.database -}}
{{- if .existingSecret -}}
{{- $_ := set $env "DATABASE_URL" (dict "valueFrom" (dict "secretKeyRef" (dict "name" .existingSecret "key" .key))) -}}
{{- /* LiteLLM copies its migrations there before it changes them: its own folder is read-only */ -}}
{{- $_ := set $env "LITELLM_MIGRATION_DIR" "/tmp/migrations" -}}
{{- end -}}
{{- end -}}
{{- toJson $env -}}
{{- end -}}

{{- /*
litellm.container: the gateway. It works offline: it fetches nothing at start. Its readiness does not depend on the backends.
AIOHTTP_*: when a node loses power during an answer, its connection breaks after 25 s instead of timeoutSeconds (30
minutes). A slow answer is not affected: the kernel of the backend's node replies to the probes.
Args: the subchart's scope
*/ -}}
{{- define "litellm.container" -}}
{{- $grace := dig "terminationGracePeriodSeconds" .Values.global.pod.terminationGracePeriodSeconds .Values.pod | int64 -}}
{{- $env := dict
  "AIOHTTP_SO_KEEPALIVE" "True"
  "AIOHTTP_TCP_KEEPCNT" "3"
  "AIOHTTP_TCP_KEEPIDLE" "10"
  "AIOHTTP_TCP_KEEPINTVL" "5"
  "BACKEND_API_KEY" (include "common.secretEnv" (list . "BACKEND_API_KEY") | fromJson)
  "DISABLE_ADMIN_UI" (empty .Values.database.existingSecret | ternary "True" "False")
  "GRACEFUL_SHUTDOWN_TIMEOUT" (max 1 (sub $grace 10) | toString)
  "HOME" "/tmp"
  "LITELLM_LOCAL_ANTHROPIC_BETA_HEADERS" "True"
  "LITELLM_LOCAL_BLOG_POSTS" "True"
  "LITELLM_LOCAL_MODEL_COST_MAP" "True"
  "LITELLM_LOG" "ERROR"
  "LITELLM_MASTER_KEY" (include "common.secretEnv" (list . "LITELLM_MASTER_KEY") | fromJson)
  "LITELLM_MODE" "PRODUCTION"
  "LITELLM_SALT_KEY" (include "common.secretEnv" (list . "LITELLM_SALT_KEY") | fromJson)
  "NO_DOCS" "True"
  "NO_OPENAPI" "True"
  "NO_REDOC" "True"
-}}
{{- $workers := int64 .Values.numWorkers -}}
{{- if gt $workers 1 }}{{ $_ := set $env "PROMETHEUS_MULTIPROC_DIR" "/prometheus" }}{{ else }}{{ $_ := set $env "LITELLM_DISABLE_NO_REDIS_WARNING" "true" }}{{ end -}}
{{- $env = mergeOverwrite $env (include "litellm.databaseEnv" . | fromJson) -}}
{{- if include "litellm.migrates" . }}{{ $_ := set $env "DISABLE_SCHEMA_UPDATE" "True" }}{{ end -}}
{{- range $key, $model := .Values.models -}}
{{- with $model.apiKeySecret -}}
{{- if and .name (dig "enabled" true $model) -}}
{{- /* optional: without it, only requests to this model fail */ -}}
{{- $_ := set $env (include "litellm.keyEnv" $key) (dict "valueFrom" (dict "secretKeyRef" (dict "name" .name "key" (.key | default "api-key") "optional" true))) -}}
{{- end -}}
{{- end -}}
{{- end -}}
- name: litellm
  {{- include "common.container" (dict "root" . "settings" (set (omit .Values "resources") "resources" (include "litellm.resources" . | fromJson)) "env" $env) | nindent 2 }}
  args:
    - --config
    - /etc/litellm/config.yaml
    - --port
    - {{ .Values.port | int64 | quote }}
    - --num_workers
    - {{ $workers | quote }}
    {{- with .Values.extraArgs }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  ports:
    - {name: litellm, containerPort: {{ .Values.port | int64 }}}
  {{- include "common.startupProbe" (dict "path" "/health/readiness" "port" "litellm" "seconds" 300) | nindent 2 }}
  readinessProbe:
    httpGet: {path: /health/readiness, port: litellm}
    periodSeconds: 10
    timeoutSeconds: 5
  livenessProbe:
    httpGet: {path: /health/liveliness, port: litellm}
    periodSeconds: 15
    timeoutSeconds: 5
    failureThreshold: 5
  lifecycle:
    # LiteLLM refuses new connections as soon as it gets SIGTERM: wait until the Service no longer points to it
    preStop: {sleep: {seconds: 5}}
  volumeMounts:
    - {name: litellm-config, mountPath: /etc/litellm, readOnly: true}
    - {name: litellm-tmp, mountPath: /tmp}
    {{- if gt $workers 1 }}
    - {name: litellm-prometheus, mountPath: /prometheus}
    {{- end }}
    {{- with .Values.extraVolumeMounts }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
{{- end -}}

{{- /*
litellm.volumes
Args: the subchart's scope
*/ -}}
{{- define "litellm.volumes" -}}
- name: litellm-config
  configMap: {name: {{ include "common.name" (list . "litellm") }}}
- name: litellm-tmp
  emptyDir: {}
{{- if gt (int64 .Values.numWorkers) 1 }}
- name: litellm-prometheus
  emptyDir: {}
{{- end }}
{{- end -}}
