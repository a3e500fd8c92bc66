{{- /*
gateway.model: a route as an entry of LiteLLM's model_list, as JSON: what the chart knows, then the settings of
the model, then those of the model on the node or of the entry in litellm.models; the last one wins.
Args: dict route, routing, withFallback (whether the model has one)
*/ -}}
{{- define "gateway.model" -}}
{{- with .route -}}
{{- $params := dict "model" .model -}}
{{- with .apiBase }}{{ $_ := set $params "api_base" . }}{{ end -}}
{{- if .key -}}
{{- $_ := set $params "api_key" "os.environ/BACKEND_API_KEY" -}}
{{- else if .keyEnv -}}
{{- $_ := set $params "api_key" (printf "os.environ/%s" .keyEnv) -}}
{{- else if .apiBase -}}
{{- /* openai/ does not send a request without a key, even to a server that needs none; without an address, it is a
       cloud provider, and this key would win over the variable of that provider */ -}}
{{- $_ := set $params "api_key" "none" -}}
{{- end -}}
{{- with .extraBody }}{{ $_ := set $params "extra_body" . }}{{ end -}}
{{- $info := dict "id" .id "mode" .mode -}}
{{- with int64 .contextTokens }}{{ $_ := set $info "max_input_tokens" . }}{{ end -}}
{{- /* half the context, since prompt and answer share it. Without it, LiteLLM reports what it knows about a model of that name */ -}}
{{- if and (has .mode (list "chat" "completion")) .contextTokens }}{{ $_ := set $info "max_output_tokens" (div (int64 .contextTokens) 2) }}{{ end -}}
{{- if .vision }}{{ $_ := set $info "supports_vision" true }}{{ end -}}
{{- if hasKey . "tools" }}{{ $_ := set $info "supports_function_calling" .tools }}{{ end -}}
{{- if $.withFallback }}{{ $info = include "gateway.cooldown" $.routing | fromYaml | mergeOverwrite $info }}{{ end -}}
{{- /* an adapter answers if its model does, which has a check of its own */ -}}
{{- if or .extraBody (not (has .mode (list "chat" "completion"))) }}{{ $_ := set $info "disable_background_health_check" true }}{{ end -}}
{{- $model := get $.routing.models .name | default dict -}}
{{- $node := dict -}}
{{- if eq (index .path 1) "nodes" }}{{ $node = get ($model.nodes | default dict) (index .path 2) | default dict }}{{ end -}}
{{- range list $model $node . -}}
{{- with .params }}{{ $params = mergeOverwrite $params . }}{{ end -}}
{{- /* the id of a route is the chart's: fallbacks and helm test name it */ -}}
{{- with .modelInfo }}{{ $info = mergeOverwrite $info (omit . "id") }}{{ end -}}
{{- end -}}
{{- dict "model_name" .name "litellm_params" $params "model_info" $info | toJson -}}
{{- end -}}
{{- end -}}
