{{- /*
validation.gateway: what joins the components: routes, names, fallbacks, the chat page. In the form of validation.refused.
Args: root
*/ -}}
{{- define "validation.gateway" -}}
{{- $refused := list -}}
{{- $routes := include "ai-server.routes" . | fromJsonArray -}}
{{- $chatOnly := and .Subcharts.openwebui (not .Subcharts.litellm) .Values.openwebui.gatewayUrl -}}
{{- if and (not $routes) (not $chatOnly) (not (include "ai-server.comfyuiUrl" .)) -}}
{{- $refused = append $refused (dict "rule" "routes/no-backend" "key" (list "rocm" "nodes")) -}}
{{- end -}}
{{- $known := dict -}}
{{- /* models elsewhere come last: of two that clash, theirs is the name that is easily changed */ -}}
{{- $elsewhere := list -}}
{{- $here := list -}}
{{- range $routes }}{{ if eq (first .path) "litellm" }}{{ $elsewhere = append $elsewhere . }}{{ else }}{{ $here = append $here . }}{{ end }}{{ end -}}
{{- range $route := concat $here $elsewhere -}}
{{- with get $known .name -}}
{{- if or (ne .mode $route.mode) (ne .weights $route.weights) -}}
{{- $refused = concat $refused (include "validation.clash" (dict "root" $ "route" $route "first" .) | fromJsonArray) -}}
{{- end -}}
{{- else -}}
{{- $_ := set $known $route.name $route -}}
{{- end -}}
{{- end -}}
{{- $args := dict "root" . "known" $known -}}
{{- range $part := list "litellm" "openwebui" "replicas" "asked" -}}
{{- $refused = concat $refused (include (printf "validation.%s" $part) $args | fromJsonArray) -}}
{{- end -}}
{{- toJson $refused -}}
{{- end -}}

{{- /*
validation.clash: what is wrong with two routes of one name that differ in mode or weights.
Args: dict root, route, first (the route that had the name before)
*/ -}}
{{- define "validation.clash" -}}
{{- $path := .route.named | default .route.path -}}
{{- $where := .first.named | default .first.path -}}
{{- /* two nodes with the same model differ by their overrides */ -}}
{{- if eq (join "." $path) (join "." $where) }}{{ $path = .route.path }}{{ $where = .first.path }}{{ end -}}
{{- $args := dict "name" .route.name "where" (join "." $where) -}}
{{- $refused := list -}}
{{- if ne .route.mode .first.mode -}}
{{- $args = merge $args (dict "mode" .route.mode "other" .first.mode) -}}
{{- $refused = append $refused (dict "rule" "routes/mode-clash" "key" $path "args" $args) -}}
{{- else if not (has .route.name .root.Values.litellm.routing.sharedNames) -}}
{{- $args = merge $args (dict "weights" .route.weights "other" .first.weights) -}}
{{- $refused = append $refused (dict "rule" "routes/name-clash" "key" $path "args" $args) -}}
{{- end -}}
{{- toJson $refused -}}
{{- end -}}

{{- /*
validation.litellm: models elsewhere, and aliases.
Args: dict root, known (map of served names)
*/ -}}
{{- define "validation.litellm" -}}
{{- $refused := list -}}
{{- with $litellm := .root.Subcharts.litellm -}}
{{- $variables := dict -}}
{{- range $key, $model := .Values.models -}}
{{- if dig "enabled" true $model -}}
{{- $path := list "litellm" "models" $key -}}
{{- if not $model.model -}}
{{- $args := dict "model" $key -}}
{{- $refused = append $refused (dict "rule" "routes/model-not-given" "variant" "elsewhere" "key" (append $path "model") "args" $args) -}}
{{- else if not (contains "/" $model.model) -}}
{{- $refused = append $refused (merge (dict "rule" "routes/no-provider" "key" (append $path "model")) (include "validation.provider" $model | fromJson)) -}}
{{- end -}}
{{- if dig "apiKeySecret" "name" "" $model -}}
{{- $variable := include "litellm.keyEnv" $key | trim -}}
{{- with get $variables $variable -}}
{{- $args := dict "other" . "variable" $variable -}}
{{- $refused = append $refused (dict "rule" "routes/key-clash" "key" $path "args" $args) -}}
{{- end -}}
{{- $_ := set $variables $variable $key -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- $sections := dict "model_list" "models" "router_settings" "routerSettings" "litellm_settings" "litellmSettings" "general_settings" "generalSettings" -}}
{{- range $section, $instead := $sections -}}
{{- if hasKey $litellm.Values.extraConfig $section -}}
{{- $args := dict "section" $section "instead" $instead -}}
{{- $refused = append $refused (dict "rule" "programs/config-section" "key" (list "litellm" "extraConfig" $section) "args" $args) -}}
{{- end -}}
{{- end -}}
{{- range $alias, $target := .Values.routing.aliases -}}
{{- if and $target (hasKey $.known $alias) -}}
{{- $refused = append $refused (dict "rule" "routes/alias-taken" "key" (list "litellm" "routing" "aliases" $alias)) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- toJson $refused -}}
{{- end -}}

{{- /*
validation.openwebui: the chat page and its API.
Args: dict root, known (map of served names)
*/ -}}
{{- define "validation.openwebui" -}}
{{- $refused := list -}}
{{- $litellm := .root.Subcharts.litellm -}}
{{- with .root.Subcharts.openwebui -}}
{{- $sidecar := eq .Values.mode "sidecar" -}}
{{- if not (or $litellm .Values.gatewayUrl) -}}
{{- $refused = append $refused (dict "rule" "routes/no-gateway" "variant" "url" "key" (list "openwebui" "gatewayUrl")) -}}
{{- end -}}
{{- if and $sidecar (not $litellm) -}}
{{- $refused = append $refused (dict "rule" "routes/no-gateway" "variant" "mode" "key" (list "openwebui" "mode")) -}}
{{- end -}}
{{- if and $sidecar $litellm -}}
{{- if eq (int64 .Values.port) (int64 $litellm.Values.port) -}}
{{- $args := dict "port" (int64 .Values.port | toString) "program" "litellm" -}}
{{- $refused = append $refused (dict "rule" "programs/port-taken" "key" (list "openwebui" "port") "args" $args) -}}
{{- end -}}
{{- end -}}
{{- $env := .Values.extraEnv -}}
{{- $chosen := or .Values.documents.embeddingModel (hasKey $env "RAG_EMBEDDING_MODEL") (hasKey $env "BYPASS_EMBEDDING_AND_RETRIEVAL") -}}
{{- $models := include "ai-server.served" (dict "root" $.root "modes" (list "embedding")) | fromJsonArray -}}
{{- if and (gt (len $models) 1) (not $chosen) -}}
{{- $path := list "openwebui" "documents" "embeddingModel" -}}
{{- $refused = append $refused (dict "rule" "routes/which-embedding-model" "key" $path "args" (dict "models" $models)) -}}
{{- end -}}
{{- end -}}
{{- toJson $refused -}}
{{- end -}}

{{- /*
validation.asked: the requested names that no backend serves. A wildcard serves every name that matches it, but settings
are for models with a name.
Args: dict root, known (map of served names)
*/ -}}
{{- define "validation.asked" -}}
{{- $asked := list -}}
{{- with .root.Subcharts.litellm -}}
{{- $routing := list "litellm" "routing" -}}
{{- $aliases := .Values.routing.aliases -}}
{{- range $alias, $target := $aliases -}}
{{- $asked = append $asked (dict "key" (concat $routing (list "aliases" $alias)) "name" $target) -}}
{{- end -}}
{{- range $model, $others := .Values.routing.fallbacks -}}
{{- range ternary (prepend $others $model) list (not (empty $others)) -}}
{{- /* "" removes an alias */ -}}
{{- if not (get $aliases .) }}{{ $asked = append $asked (dict "key" (concat $routing (list "fallbacks" $model)) "name" .) }}{{ end -}}
{{- end -}}
{{- end -}}
{{- range $model, $settings := .Values.routing.models -}}
{{- $asked = append $asked (dict "key" (concat $routing (list "models" $model)) "name" $model "exact" true) -}}
{{- end -}}
{{- range .Values.routing.sharedNames }}{{ $asked = append $asked (dict "key" (append $routing "sharedNames") "name" . "exact" true) }}{{ end -}}
{{- end -}}
{{- with .root.Subcharts.openwebui -}}
{{- /* the names of an API elsewhere are not known; the release's own may be given by its address as well */ -}}
{{- $ours := printf "http://%s:" (include "common.name" (list $.root "litellm")) -}}
{{- if or (not .Values.gatewayUrl) (hasPrefix $ours .Values.gatewayUrl) -}}
{{- $asked = append $asked (dict "key" (list "openwebui" "taskModel") "name" .Values.taskModel) -}}
{{- $asked = append $asked (dict "key" (list "openwebui" "audio" "sttModel") "name" .Values.audio.sttModel) -}}
{{- $asked = append $asked (dict "key" (list "openwebui" "audio" "ttsModel") "name" .Values.audio.ttsModel) -}}
{{- $asked = append $asked (dict "key" (list "openwebui" "documents" "embeddingModel") "name" .Values.documents.embeddingModel) -}}
{{- $asked = append $asked (dict "key" (list "openwebui" "documents" "rerankingModel") "name" .Values.documents.rerankingModel) -}}
{{- end -}}
{{- end -}}
{{- $wildcards := list -}}
{{- range $name, $_ := $.known -}}
{{- if contains "*" $name }}{{ $wildcards = append $wildcards (regexQuoteMeta $name | replace "\\*" ".*") }}{{ end -}}
{{- end -}}
{{- $any := join "|" $wildcards | default "$." -}}
{{- $refused := list -}}
{{- range $asked -}}
{{- $matches := and (not .exact) (regexMatch (printf "^(%s)$" $any) (.name | default "")) -}}
{{- if and .name (not (hasKey $.known .name)) (not $matches) -}}
{{- $args := dict "name" .name "choices" (keys $.known | sortAlpha) -}}
{{- $refused = append $refused (dict "rule" "routes/nobody-serves" "variant" "model" "key" .key "args" $args) -}}
{{- end -}}
{{- end -}}
{{- $refused = concat $refused (include "validation.askedNodes" . | fromJsonArray) -}}
{{- toJson $refused -}}
{{- end -}}

{{- /*
validation.askedNodes: the nodes in litellm.routing.models that do not serve the model.
Args: dict root, known (map of served names)
*/ -}}
{{- define "validation.askedNodes" -}}
{{- $refused := list -}}
{{- with .root.Subcharts.litellm -}}
{{- range $model, $settings := .Values.routing.models -}}
{{- if and $settings.nodes (hasKey $.known $model) -}}
{{- $nodes := list -}}
{{- range include "ai-server.routes" $.root | fromJsonArray -}}
{{- if and (eq .name $model) (eq (index .path 1) "nodes") }}{{ $nodes = append $nodes (index .path 2) }}{{ end -}}
{{- end -}}
{{- range $node, $_ := $settings.nodes -}}
{{- if not (has $node $nodes) -}}
{{- $key := list "litellm" "routing" "models" $model "nodes" $node -}}
{{- $args := dict "name" $model "choices" (uniq $nodes | sortAlpha) -}}
{{- $refused = append $refused (dict "rule" "routes/nobody-serves" "variant" "node" "key" $key "args" $args) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- toJson $refused -}}
{{- end -}}

{{- /*
validation.provider: variant and args of the sentence about a model without a provider. Port 11434, or a tag in the name,
means Ollama, unless the name is one of Bedrock's (vendor.model:0); another server with an address is one of the OpenAI
kind; who gives a key and no address means a vendor, whom the name tells. base: the address in the form that the provider needs, if it has another one.
Args: an entry of litellm.models
*/ -}}
{{- define "validation.provider" -}}
{{- $vendors := dict "^claude" "anthropic" "^gemini" "gemini" "^deepseek" "deepseek" "^grok" "xai" "^(mistral|ministral|magistral|codestral)" "mistral" -}}
{{- $bedrock := "^([a-z]+\\.)?(ai21|amazon|anthropic|cohere|deepseek|meta|mistral|openai|qwen|stability|writer)\\." -}}
{{- $provider := "openai" -}}
{{- $name := .model -}}
{{- range $form, $vendor := $vendors }}{{ if regexMatch $form $name }}{{ $provider = $vendor }}{{ end }}{{ end -}}
{{- if regexMatch $bedrock $name }}{{ $provider = "bedrock" }}{{ end -}}
{{- $setting := dig "params" "api_base" "" . | empty | ternary (list "apiBase") (list "params" "api_base") -}}
{{- $address := dig "params" "api_base" "" . | default (dig "apiBase" "" .) -}}
{{- $key := or (dig "apiKeySecret" "name" "" .) (dig "params" "api_key" "" .) -}}
{{- $version := "/v[0-9]+/?$" -}}
{{- $tagged := and (contains ":" $name) (ne $provider "bedrock") (not (hasPrefix "ft:" $name)) (not $key) (not (regexMatch $version $address)) -}}
{{- $ollama := or $tagged (regexMatch ":11434(/|$)" $address) -}}
{{- $base := "" -}}
{{- if $ollama -}}
{{- $provider = eq (dig "mode" "chat" .) "embedding" | ternary "ollama" "ollama_chat" -}}
{{- $base = regexReplaceAll $version $address "" -}}
{{- else if $address -}}
{{- $provider = "hosted_vllm" -}}
{{- $base = regexMatch $version $address | ternary $address (printf "%s/v1" (trimSuffix "/" $address)) -}}
{{- end -}}
{{- $variant := "one" -}}
{{- if eq $provider "bedrock" }}{{ else if and $ollama (not $address) }}{{ $variant = "ollama" }}{{ else if not (or $address $key) }}{{ $variant = "either" }}{{ end -}}
{{- $args := dict "model" $name "provider" $provider -}}
{{- if and (ne $base $address) (regexMatch "^https?://" $base) -}}
{{- $variant = "base" -}}
{{- $args = merge $args (dict "setting" (join "." $setting) "base" $base) -}}
{{- end -}}
{{- dict "variant" $variant "args" $args | toJson -}}
{{- end -}}
