{{- /*
gateway.config: LiteLLM's config.yaml, with a route for every model and how to choose among them.
hosted_vllm/ suits llama.cpp as well: it passes on reasoning and sampling options.
Args: root
*/ -}}
{{- define "gateway.config" -}}
{{- $values := .Values.litellm -}}
{{- $routing := $values.routing -}}
{{- $routes := include "ai-server.routes" . | fromJsonArray -}}
{{- $router := dict
  "routing_strategy" $routing.routingStrategy
  "num_retries" (int64 $routing.numRetries)
  "timeout" (int64 $routing.timeoutSeconds)
  "allowed_fails" (int64 $routing.allowedFails)
  "cooldown_time" (int64 $routing.cooldownSeconds)
-}}
{{- $fallbacks := include "gateway.fallbacks" (dict "root" . "routes" $routes) | fromJsonArray -}}
{{- with $fallbacks }}{{ $_ := set $router "fallbacks" . }}{{ end -}}
{{- $aliases := dict -}}
{{- range $alias, $model := $routing.aliases }}{{ with $model }}{{ $_ := set $aliases $alias . }}{{ end }}{{ end -}}
{{- with $aliases }}{{ $_ := set $router "model_group_alias" . }}{{ end -}}
{{- $router = mergeOverwrite $router $values.routerSettings -}}
{{- $own := $values.routerSettings.fallbacks -}}
{{- if and $own (kindIs "slice" $own) -}}
{{- /* custom fallbacks win; a model that they do not name keeps the chart's */ -}}
{{- $named := include "gateway.modelsOf" $own | fromJsonArray -}}
{{- range $fallbacks }}{{ if not (has (keys . | first) $named) }}{{ $own = append $own . }}{{ end }}{{ end -}}
{{- $_ := set $router "fallbacks" $own -}}
{{- end -}}
{{- $withFallback := dict -}}
{{- range $model := include "gateway.modelsOf" $router.fallbacks | fromJsonArray }}{{ $_ := set $withFallback (get $aliases $model | default $model) true }}{{ end -}}
{{- $models := list -}}
{{- range $routes -}}
{{- $entry := include "gateway.model" (dict "route" . "routing" $routing "withFallback" (hasKey $withFallback .name)) | fromJson -}}
{{- $models = append $models $entry -}}
{{- end -}}
{{- $litellm := dict "drop_params" true "json_logs" true -}}
{{- if $values.metrics -}}
{{- $_ := set $litellm "callbacks" (list "prometheus") -}}
{{- $_ := set $litellm "require_auth_for_metrics_endpoint" false -}}
{{- end -}}
{{- $general := dict "master_key" "os.environ/LITELLM_MASTER_KEY" -}}
{{- if $values.healthChecks.enabled -}}
{{- $_ := set $general "background_health_checks" true -}}
{{- $_ := set $general "enable_health_check_routing" true -}}
{{- $_ := set $general "health_check_interval" (int64 $values.healthChecks.intervalSeconds) -}}
{{- $_ := set $general "model_list_healthy_only" true -}}
{{- end -}}
{{- with $values.database.existingSecret }}{{ $_ := set $general "database_url" "os.environ/DATABASE_URL" }}{{ end -}}
{{- toYaml (mergeOverwrite (deepCopy $values.extraConfig) (dict
  "model_list" $models
  "router_settings" $router
  "litellm_settings" (mergeOverwrite $litellm $values.litellmSettings)
  "general_settings" (mergeOverwrite $general $values.generalSettings)
)) -}}
{{- end -}}
