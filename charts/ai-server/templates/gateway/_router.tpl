{{- /*
gateway.fallbacks: the models to try when a model fails, in LiteLLM's own form: a JSON list of {model: [others]}. After the
models in the values come backends by their ids, two for each: LiteLLM asks those even while they are cooling down. Without
them, a dead backend or one client's bad input would give every client 429 until the cooldown is over. A model with several
backends falls back to its own backends in this way.
Args: dict root, routes
*/ -}}
{{- define "gateway.fallbacks" -}}
{{- $routing := .root.Values.litellm.routing -}}
{{- $ids := dict -}}
{{- $wanted := dict -}}
{{- range .routes }}{{ $_ := set $ids .name (append (get $ids .name | default list) .id) }}{{ end -}}
{{- /* LiteLLM reads "*" in fallbacks as any model */ -}}
{{- range $model, $own := $ids }}{{ if and (gt (len $own) 1) (not (contains "*" $model)) }}{{ $_ := set $wanted $model list }}{{ end }}{{ end -}}
{{- range $model, $others := $routing.fallbacks }}{{ with $others }}{{ $_ := set $wanted $model . }}{{ end }}{{ end -}}
{{- $fallbacks := list -}}
{{- range $model, $others := $wanted -}}
{{- $all := $others -}}
{{- range append $others $model -}}
{{- /* a name that no backend serves has no backend: validation rejects it */ -}}
{{- with get $ids (get $routing.aliases . | default .) }}{{ $all = concat $all (slice . 0 (min 2 (len .))) }}{{ end -}}
{{- end -}}
{{- $fallbacks = append $fallbacks (dict $model (uniq $all)) -}}
{{- end -}}
{{- toJson $fallbacks -}}
{{- end -}}

{{- /*
gateway.modelsOf: the models that fallbacks in LiteLLM's form name, as a JSON list. LiteLLM itself rejects any other form, and
routes/fallback-form reports it.
Args: fallbacks
*/ -}}
{{- define "gateway.modelsOf" -}}
{{- $models := list -}}
{{- range ternary . list (kindIs "slice" .) -}}
{{- if kindIs "map" . }}{{ $models = concat $models (keys .) }}{{ end -}}
{{- end -}}
{{- toJson $models -}}
{{- end -}}

{{- /*
gateway.cooldown: when LiteLLM cools down a backend whose model has a fallback, as model_info: only after failures of that
backend. allowed_fails would also count "No deployments available" of the model that was asked first, and charge it to the
model that answered instead. Measured with two models that are each other's fallback, LiteLLM 1.108.14, answers with 429: with
allowed_fails alone, 167 of 176 after one backend was killed, and 74 of 161 for other clients while one client sent input that
both answer with 500; with this policy alone, 0 and 71 of 155; with gateway.fallbacks as well, 0 and 0.
ServiceUnavailableError is missing on purpose: llama-server answers 503 while it loads a model, which is no failure. Such a
request goes to the next backend or the fallback, and the next request asks again.
Args: routing
*/ -}}
{{- define "gateway.cooldown" -}}
allowed_fails: 1000000
allowed_fails_policy:
{{- range list "AuthenticationError" "BadGatewayError" "InternalServerError" "TimeoutError" }}
  {{ . }}AllowedFails: {{ int64 $.allowedFails }}
{{- end }}
{{- end -}}
