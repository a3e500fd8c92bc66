{{- /*
httproute.object: the HTTPRoute of a component.
Args: dict root, scope (the component's), component, app (as for common.labels), paths (list of prefixes)
*/ -}}
{{- define "httproute.object" -}}
{{- $name := include "common.name" (list .root .component) -}}
{{- $route := .scope.Values.httpRoute -}}
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata:
  {{- include "common.metadata" (dict "root" .root "name" $name "component" .component "app" .app "tag" .scope.Values.image.tag "annotations" $route.annotations) | nindent 2 }}
spec:
  {{- with $route.parentRefs }}
  parentRefs:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $route.hostnames }}
  hostnames:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  rules:
    - matches:
        {{- range .paths }}
        - path: {type: PathPrefix, value: {{ quote . }}}
        {{- end }}
      backendRefs:
        - {name: {{ $name }}, port: {{ .scope.Values.service.port | int64 }}}
      {{- $timeouts := dict }}
      {{- range $key, $duration := $route.timeouts }}{{ with $duration }}{{ $_ := set $timeouts $key . }}{{ end }}{{ end }}
      {{- with $timeouts }}
      timeouts:
        {{- toYaml . | nindent 8 }}
      {{- end }}
{{- end -}}
