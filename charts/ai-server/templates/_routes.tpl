{{- /*
ai-server.routes: every model of every enabled backend, sorted by name, as a JSON list (see nodes.routes).
Args: root
*/ -}}
{{- define "ai-server.routes" -}}
{{- $routes := include "nodes.routes" . | fromJsonArray -}}
{{- with .Subcharts.litellm }}{{ $routes = concat $routes (include "litellm.models" . | fromJsonArray) }}{{ end -}}
{{- $keyed := dict -}}
{{- range $routes }}{{ $_ := set $keyed (printf "%s %s %v %s" .name .id .path .weights) . }}{{ end -}}
{{- $sorted := list -}}
{{- range $keyed }}{{ $sorted = append $sorted . }}{{ end -}}
{{- toJson $sorted -}}
{{- end -}}

{{- /*
ai-server.names: the sorted names of all models, without duplicates and wildcards, as a JSON list. A wildcard such as
openrouter/* stands for many models, and nobody can ask for it.
Args: root
*/ -}}
{{- define "ai-server.names" -}}
{{- $names := list -}}
{{- range include "ai-server.routes" . | fromJsonArray }}{{ if not (contains "*" .name) }}{{ $names = append $names .name }}{{ end }}{{ end -}}
{{- $names | uniq | toJson -}}
{{- end -}}

{{- /*
ai-server.served: the sorted names of all models in the given modes, without wildcards, as a JSON list.
Args: dict root, modes (list)
*/ -}}
{{- define "ai-server.served" -}}
{{- $names := list -}}
{{- range include "ai-server.routes" .root | fromJsonArray -}}
{{- if and (has .mode $.modes) (not (contains "*" .name)) }}{{ $names = append $names .name }}{{ end -}}
{{- end -}}
{{- $names | uniq | toJson -}}
{{- end -}}

{{- /*
ai-server.comfyuiUrl: the URL of ComfyUI: the one in the values, else that of the first node that runs it, else "".
Args: root
*/ -}}
{{- define "ai-server.comfyuiUrl" -}}
{{- $url := "" -}}
{{- include "nodes.all" . -}}
{{- range .Values.computedNodes -}}
{{- range .programs -}}
{{- if and (eq .id "comfyui") (not $url) }}{{ $url = printf "http://%s:%d" .serviceName (int64 .port) }}{{ end -}}
{{- end -}}
{{- end -}}
{{- .Values.openwebui.images.comfyuiUrl | default $url -}}
{{- end -}}

{{- /*
ai-server.openBackends: for NOTES: the Services of nodes that the network reaches; "" if there are none.
Args: root
*/ -}}
{{- define "ai-server.openBackends" -}}
{{- $open := list -}}
{{- include "nodes.all" . -}}
{{- range .Values.computedNodes -}}
{{- range .programs -}}
{{- if ne .service.type "ClusterIP" -}}
{{- $open = append $open (printf "  %s (%s)%s" .serviceName .service.type (ternary ": ComfyUI has no login" "" (eq .id "comfyui"))) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- with $open -}}
Backends that can be reached directly, bypassing the API's limits and log
{{ join "\n" . }}
{{- end -}}
{{- end -}}

{{- /*
ai-server.missingKeys: for NOTES: the models on other machines whose key no Secret holds, and the commands that create it; ""
if none is missing, or without a cluster.
Args: root
*/ -}}
{{- define "ai-server.missingKeys" -}}
{{- $commands := list -}}
{{- if and .Subcharts.litellm (lookup "v1" "Service" .Release.Namespace "") -}}
{{- range $name, $model := .Values.litellm.models -}}
{{- $secret := $model.apiKeySecret | default dict -}}
{{- $key := $secret.key | default "api-key" -}}
{{- if and $secret.name (dig "enabled" true $model) -}}
{{- $found := lookup "v1" "Secret" $.Release.Namespace $secret.name -}}
{{- if not (hasKey ($found.data | default dict) $key) -}}
{{- $make := ternary (printf "patch secret %s --patch '{\"stringData\": {%q: \"...\"}}'" $secret.name $key) (printf "create secret generic %s --from-literal=%s=..." $secret.name $key) (not (empty $found)) -}}
{{- $commands = append $commands (printf "  %s: kubectl --namespace %s %s" $name $.Release.Namespace $make) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- with $commands -}}
Models on other machines that cannot answer yet, because their Secret or its key is missing (all other models work)
{{ join "\n" . }}
  then: kubectl --namespace {{ $.Release.Namespace }} rollout restart deployment/{{ include "common.name" (list $ "litellm") }}
{{- end -}}
{{- end -}}
