{{- /*
service.type: the type of a Service, and what only some types may have: the API server rejects it with the others.
Args: the component's value service
*/ -}}
{{- define "service.type" -}}
type: {{ .type }}
{{- if ne .type "ClusterIP" }}
{{- with .externalTrafficPolicy }}
externalTrafficPolicy: {{ . }}
{{- end }}
{{- end }}
{{- if eq .type "LoadBalancer" }}
{{- with .loadBalancerClass }}
loadBalancerClass: {{ quote . }}
{{- end }}
{{- with .loadBalancerIP }}
loadBalancerIP: {{ quote . }}
{{- end }}
{{- end }}
{{- end -}}

{{- /*
service.nodePort: the port on every node, if the values choose it and the type has one.
Args: the component's value service
*/ -}}
{{- define "service.nodePort" -}}
{{- if and .nodePort (ne .type "ClusterIP") }}
nodePort: {{ .nodePort | int64 }}
{{- end }}
{{- end -}}
