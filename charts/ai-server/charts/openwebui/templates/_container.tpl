{{- /*
openwebui.url: the address that people open: the one in the values, else that of the first Ingress or name of the HTTPRoute,
else "".
Args: the subchart's scope
*/ -}}
{{- define "openwebui.url" -}}
{{- .Values.url | default (include "openwebui.addresses" . | fromJsonArray | first) | default "" -}}
{{- end -}}

{{- /*
openwebui.addresses: the addresses of the Ingresses and of the HTTPRoute, as a JSON list. Only the Gateway knows whether a name of
a route has a certificate.
Args: the subchart's scope
*/ -}}
{{- define "openwebui.addresses" -}}
{{- $addresses := list -}}
{{- range include "ingress.hosts" (dict "scope" . "component" "openwebui") | fromJsonArray -}}
{{- if and .host (not (hasPrefix "*" .host)) }}{{ $addresses = append $addresses (printf "%s://%s" .scheme (lower .host)) }}{{ end -}}
{{- end -}}
{{- range ternary .Values.httpRoute.hostnames list .Values.httpRoute.enabled -}}
{{- if not (hasPrefix "*" .) }}{{ $addresses = concat $addresses (list (printf "https://%s" .) (printf "http://%s" .)) }}{{ end -}}
{{- end -}}
{{- toJson $addresses -}}
{{- end -}}

{{- /*
openwebui.container: the chat page. As a sidecar it has no readiness probe, which would decide about LiteLLM's readiness as well.
Args: dict scope (the subchart's), env (map: the variables that the umbrella derives from the backends)
*/ -}}
{{- define "openwebui.container" -}}
{{- $values := .scope.Values -}}
{{- $data := "/app/backend/data" -}}
{{- $url := include "openwebui.url" .scope -}}
{{- $origins := list $url -}}
{{- if or $values.ingress.extraHosts $values.httpRoute.enabled }}{{ $origins = concat $origins (include "openwebui.addresses" .scope | fromJsonArray) }}{{ end -}}
{{- /* the port-forward in NOTES must work in addition to the addresses that people open */ -}}
{{- $origins = append $origins "http://localhost:8080" -}}
{{- /* a pod that starts replaces the static files, which others may be serving */ -}}
{{- $alone := include "openwebui.notShared" .scope | fromJsonArray | empty | not -}}
{{- $env := dict
  "AIOHTTP_CLIENT_TIMEOUT" ($values.generationTimeoutSeconds | int64 | toString)
  "ANONYMIZED_TELEMETRY" "false"
  "BYPASS_MODEL_ACCESS_CONTROL" ($values.modelsForEverybody | toString)
  "CORS_ALLOW_ORIGIN" ($origins | compact | uniq | join ";")
  "DATA_DIR" $data
  "DEFAULT_USER_ROLE" $values.defaultUserRole
  "DO_NOT_TRACK" "true"
  "ENABLE_OLLAMA_API" "false"
  "ENABLE_PERSISTENT_CONFIG" ($values.persistentConfig | toString)
  "ENABLE_SIGNUP" ($values.enableSignup | toString)
  "ENABLE_VERSION_UPDATE_CHECK" "false"
  "HF_HUB_OFFLINE" "1"
  "HOME" $data
  "OFFLINE_MODE" "true"
  "OLLAMA_BASE_URL" "http://127.0.0.1:11434"
  "PORT" ($values.port | int64 | toString)
  "SCARF_NO_ANALYTICS" "true"
  "STATIC_DIR" (printf "%s/static" (ternary $data "/tmp" $alone))
  "WEBUI_SECRET_KEY" (include "common.secretEnv" (list .scope "WEBUI_SECRET_KEY") | fromJson)
-}}
{{- $env = mergeOverwrite $env (include "openwebui.serversEnv" .scope | fromYaml) -}}
{{- with $url }}{{ $_ := set $env "WEBUI_URL" . }}{{ end -}}
{{- with $values.taskModel }}{{ $_ := set $env "TASK_MODEL_EXTERNAL" . }}{{ end -}}
{{- with $values.admin.email -}}
{{- $_ := set $env "WEBUI_ADMIN_EMAIL" . -}}
{{- $_ := set $env "WEBUI_ADMIN_NAME" $values.admin.name -}}
{{- $_ := set $env "WEBUI_ADMIN_PASSWORD" (include "common.secretEnv" (list $.scope "WEBUI_ADMIN_PASSWORD") | fromJson) -}}
{{- end -}}
{{- /* the image has a CMD and no ENTRYPOINT, so arguments alone would replace the program */ -}}
{{- $settings := $values -}}
{{- if and $values.extraArgs (not $values.command) }}{{ $settings = mergeOverwrite (deepCopy $values) (dict "command" (list "bash" "start.sh")) }}{{ end }}
- name: openwebui
  {{- include "common.container" (dict "root" .scope "settings" $settings "env" (mergeOverwrite $env .env)) | nindent 2 }}
  {{- with $values.extraArgs }}
  args:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  ports:
    - {name: openwebui, containerPort: {{ $values.port | int64 }}}
  {{- if and (eq $values.mode "standalone") (not $alone) }}
  # /ready would also ask PostgreSQL and Redis: all pods at once would get no requests
  readinessProbe:
    httpGet: {path: /health, port: openwebui}
    periodSeconds: 10
    timeoutSeconds: 5
  {{- end }}
  livenessProbe:
    httpGet: {path: /health, port: openwebui}
    # the first start migrates the database
    initialDelaySeconds: 120
    periodSeconds: 15
    timeoutSeconds: 5
    failureThreshold: 6
  volumeMounts:
    - {name: openwebui-data, mountPath: {{ $data }}}
    - {name: openwebui-tmp, mountPath: /tmp}
    {{- with $values.extraVolumeMounts }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
{{- end -}}

{{- /*
openwebui.volumes
Args: the subchart's scope
*/ -}}
{{- define "openwebui.volumes" -}}
- name: openwebui-data
  {{- if .Values.persistence.enabled }}
  persistentVolumeClaim: {claimName: {{ .Values.persistence.existingClaim | default (include "common.name" (list . "openwebui")) | quote }}}
  {{- else }}
  emptyDir: {}
  {{- end }}
- name: openwebui-tmp
  emptyDir: {}
{{- end -}}
