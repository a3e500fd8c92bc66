{{- /*
gateway.fallbacks: whom to ask when a model fails, in LiteLLM's own form: a JSON list of {model: [others]}. After the
models that the user names come backends by their ids, two of each: LiteLLM asks those even while they are cooling down.
Without them, a backend that dies or one client's bad input gets everybody 429 until the cooldown is over. A model of
several backends has its own in this way.
Args: dict root, routes
*/ -}}
{{- define "gateway.fallbacks" -}}
{{- $routing := .root.Values.litellm.routing -}}
{{- $ids := dict -}}
{{- $wanted := dict -}}
{{- range .routes }}{{ $_ := set $ids .name (append (get $ids .name | default list) .id) }}{{ end -}}
{{- range $model, $own := $ids }}{{ if gt (len $own) 1 }}{{ $_ := set $wanted $model list }}{{ end }}{{ end -}}
{{- range $model, $others := $routing.fallbacks }}{{ with $others }}{{ $_ := set $wanted $model . }}{{ end }}{{ end -}}
{{- $fallbacks := list -}}
{{- range $model, $others := $wanted -}}
{{- $all := $others -}}
{{- range append $others $model -}}
{{- /* a name that nobody serves has none: validation refuses it */ -}}
{{- with get $ids (get $routing.aliases . | default .) }}{{ $all = concat $all (slice . 0 (min 2 (len .))) }}{{ end -}}
{{- end -}}
{{- $fallbacks = append $fallbacks (dict $model (uniq $all)) -}}
{{- end -}}
{{- toJson $fallbacks -}}
{{- end -}}

{{- /*
gateway.modelsOf: the models that fallbacks in LiteLLM's form name; what is of another form LiteLLM refuses itself, and
routes/fallback-form reports it. A JSON list.
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
gateway.cooldown: when LiteLLM cools down a backend whose model has a fallback, as model_info: after failures of the
backend's own. allowed_fails would also count "No deployments available" of the model that was asked first, which is
charged to the one that answered in its place. Two models that are each other's fallback, LiteLLM 1.108.14, answers that
were 429: with allowed_fails alone 167 of 176 after one backend was killed, and 74 of 161 of other clients while one sent
input that both answer with 500; with this policy alone 0 and 71 of 155; with gateway.fallbacks as well 0 and 0.
Args: routing
*/ -}}
{{- define "gateway.cooldown" -}}
allowed_fails: 1000000
allowed_fails_policy:
{{- range list "AuthenticationError" "BadGatewayError" "InternalServerError" "ServiceUnavailableError" "TimeoutError" }}
  {{ . }}AllowedFails: {{ int64 $.allowedFails }}
{{- end }}
{{- end -}}
