{{- /*
validation.gateway: what joins the components: routes, names, fallbacks, the chat page. A JSON list of "key: message".
Args: root
*/ -}}
{{- define "validation.gateway" -}}
{{- $messages := list -}}
{{- $routes := include "ai-server.routes" . | fromJsonArray -}}
{{- $chatOnly := and .Subcharts.openwebui (not .Subcharts.litellm) .Values.openwebui.gatewayUrl -}}
{{- if and (not $routes) (not $chatOnly) (not (include "ai-server.comfyuiUrl" .)) -}}
{{- $messages = append $messages "rocm.nodes: no backend at all; name a node under rocm.nodes or thor.nodes, or a model elsewhere under litellm.models [routes/no-backend]" -}}
{{- end -}}
{{- $known := dict -}}
{{- $shared := .Values.litellm.routing.sharedNames -}}
{{- /* models elsewhere come last: of two that clash, theirs is the name that is easily changed */ -}}
{{- $elsewhere := list -}}
{{- $here := list -}}
{{- range $routes }}{{ if hasPrefix "litellm." .path }}{{ $elsewhere = append $elsewhere . }}{{ else }}{{ $here = append $here . }}{{ end }}{{ end -}}
{{- range concat $here $elsewhere -}}
{{- $route := merge (dict "where" (include "validation.named" .)) . -}}
{{- with get $known .name -}}
{{- if ne $route.mode .mode }}{{ $messages = append $messages (printf "%s: the name %q is %s here and %s in %s; one name is one kind of model [routes/mode-clash]" $route.where .name $route.mode .mode .where) -}}
{{- else if and (ne $route.weights .weights) (not (has .name $shared)) }}{{ $messages = append $messages (printf "%s: the name %q means %s here and %s in %s; rename one, or list the name in litellm.routing.sharedNames if requests may go to either [routes/name-clash]" $route.where .name $route.weights .weights .where) }}{{ end -}}
{{- else -}}
{{- $_ := set $known .name $route -}}
{{- end -}}
{{- end -}}
{{- $names := keys $known | sortAlpha | join ", " -}}
{{- with .Subcharts.litellm -}}
{{- range $key, $model := .Values.models -}}
{{- if dig "enabled" true $model -}}
{{- if not $model.model }}{{ $messages = append $messages (printf "litellm.models.%s.model: not given; write provider/name, such as hosted_vllm/%s [routes/model-not-given]" $key $key) }}{{ else if not (contains "/" $model.model) }}{{ $messages = append $messages (printf "litellm.models.%s.model: %q has no provider, and LiteLLM would drop the model; write %s [routes/no-provider]" $key $model.model (include "validation.provider" $model | trim)) }}{{ end -}}
{{- end -}}
{{- end -}}
{{- $keys := dict -}}
{{- range $key, $model := .Values.models -}}
{{- if and (dig "enabled" true $model) (dig "apiKeySecret" "name" "" $model) -}}
{{- $variable := include "litellm.keyEnv" $key | trim -}}
{{- with get $keys $variable }}{{ $messages = append $messages (printf "litellm.models.%s: its key and that of %s would be one variable, %s; choose names that differ in more than signs and capitals [routes/key-clash]" $key . $variable) }}{{ end -}}
{{- $_ := set $keys $variable $key -}}
{{- end -}}
{{- end -}}
{{- range $alias, $target := .Values.routing.aliases -}}
{{- if $target -}}
{{- if hasKey $known $alias }}{{ $messages = append $messages (printf "litellm.routing.aliases.%s: a model of that name is served; choose another alias [routes/alias-taken]" $alias) }}{{ end -}}
{{- if not (hasKey $known $target) }}{{ $messages = append $messages (printf "litellm.routing.aliases.%s: nobody serves %q; served are: %s [routes/nobody-serves]" $alias $target $names) }}{{ end -}}
{{- end -}}
{{- end -}}
{{- range $model, $others := .Values.routing.fallbacks -}}
{{- range ternary (prepend $others $model) list (not (empty $others)) -}}
{{- /* "" takes an alias away */ -}}
{{- if not (or (hasKey $known .) (get $.Values.litellm.routing.aliases .)) }}{{ $messages = append $messages (printf "litellm.routing.fallbacks.%s: nobody serves %q; served are: %s [routes/nobody-serves]" $model . $names) }}{{ end -}}
{{- end -}}
{{- end -}}
{{- range .Values.routing.sharedNames -}}
{{- if not (hasKey $known .) }}{{ $messages = append $messages (printf "litellm.routing.sharedNames: nobody serves %q; served are: %s [routes/nobody-serves]" . $names) }}{{ end -}}
{{- end -}}
{{- end -}}
{{- toJson (concat $messages (include "validation.openwebui" (dict "root" . "known" $known "names" $names) | fromJsonArray)) -}}
{{- end -}}

{{- /*
validation.openwebui
Args: dict root, known (map of served names), names (text)
*/ -}}
{{- define "validation.openwebui" -}}
{{- $messages := list -}}
{{- $root := .root -}}
{{- $known := .known -}}
{{- $names := .names -}}
{{- with $root.Subcharts.openwebui -}}
{{- $own := .Values.gatewayUrl -}}
{{- if and (not $root.Subcharts.litellm) (not $own) }}{{ $messages = append $messages "openwebui.gatewayUrl: not given, and litellm is off; write the API's URL with /v1, or enable litellm [routes/no-gateway]" }}{{ end -}}
{{- if and (not $root.Subcharts.litellm) (eq .Values.mode "sidecar") }}{{ $messages = append $messages "openwebui.mode: sidecar needs litellm's pod, and litellm is off; write standalone [routes/no-gateway]" }}{{ end -}}
{{- if and $root.Subcharts.litellm (eq .Values.mode "sidecar") -}}
{{- if gt (int64 $root.Values.litellm.replicas) 1 }}{{ $messages = append $messages "litellm.replicas: more than 1 while Open WebUI is LiteLLM's sidecar, whose data has one writer; set openwebui.mode: standalone [programs/one-writer]" }}{{ end -}}
{{- if eq (int64 .Values.port) (int64 $root.Values.litellm.port) }}{{ $messages = append $messages (printf "openwebui.port: %d is taken by litellm in the same pod; choose another [programs/port-taken]" (int64 .Values.port)) }}{{ end -}}
{{- end -}}
{{- $embeddings := include "ai-server.served" (dict "root" $root "modes" (list "embedding")) | fromJsonArray -}}
{{- $named := or .Values.documents.embeddingModel (hasKey .Values.extraEnv "RAG_EMBEDDING_MODEL") (hasKey .Values.extraEnv "BYPASS_EMBEDDING_AND_RETRIEVAL") -}}
{{- if and (gt (len $embeddings) 1) (not $named) }}{{ $messages = append $messages (printf "openwebui.documents.embeddingModel: not given, and several embedding models are served: documents that were uploaded with one are not found with another; write the one that the page is to use, one of %s [routes/which-embedding-model]" (join ", " $embeddings)) }}{{ end -}}
{{- /* the names of an API elsewhere are not known; the release's own may be given by its address as well */ -}}
{{- $ours := printf "http://%s:" (include "common.name" (list $root "litellm")) -}}
{{- if or (not $own) (hasPrefix $ours $own) -}}
{{- range $key, $name := dict "taskModel" .Values.taskModel "audio.sttModel" .Values.audio.sttModel "audio.ttsModel" .Values.audio.ttsModel "documents.embeddingModel" .Values.documents.embeddingModel -}}
{{- if and $name (not (hasKey $known $name)) }}{{ $messages = append $messages (printf "openwebui.%s: nobody serves %q; served are: %s [routes/nobody-serves]" $key $name $names) }}{{ end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- toJson $messages -}}
{{- end -}}

{{- /*
validation.provider: what to write for a model without a provider. A server with an address is one of the OpenAI kind; who
gives a key and no address means a vendor, whom the name tells.
Args: an entry of litellm.models
*/ -}}
{{- define "validation.provider" -}}
{{- $vendors := dict "^claude" "anthropic" "^gemini" "gemini" "^deepseek" "deepseek" "^grok" "xai" "^(mistral|ministral|magistral|codestral)" "mistral" -}}
{{- $vendor := "openai" -}}
{{- range $form, $name := $vendors }}{{ if regexMatch $form $.model }}{{ $vendor = $name }}{{ end }}{{ end -}}
{{- if or (dig "apiBase" "" .) (dig "params" "api_base" "" .) -}}
hosted_vllm/{{ .model }}
{{- else if or (dig "apiKeySecret" "name" "" .) (dig "params" "api_key" "" .) -}}
{{ $vendor }}/{{ .model }}
{{- else -}}
{{ $vendor }}/{{ .model }} with apiKeySecret, or hosted_vllm/{{ .model }} with apiBase
{{- end -}}
{{- end -}}

{{- /*
validation.named: the key that gives a route its name.
Args: a route
*/ -}}
{{- define "validation.named" -}}
{{- if hasSuffix ".speech" .path }}{{ .path }}.models.{{ .name }}
{{- else if hasSuffix ".vllm" .path }}{{ .path }}.servedNames
{{- else if hasPrefix "rocm." .path }}rocm.models.{{ .name }}
{{- else }}{{ .path }}{{ end -}}
{{- end -}}
