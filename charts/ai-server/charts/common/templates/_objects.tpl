{{- /*
common.service: the spec of a Service.
Args: dict type, port, selector (YAML text), publishNotReady (bool, optional)
*/ -}}
{{- define "common.service" -}}
type: {{ .type | default "ClusterIP" }}
{{- if .publishNotReady }}
publishNotReadyAddresses: true
{{- end }}
ports:
  - name: http
    port: {{ .port | int64 }}
    targetPort: {{ .targetPort | default "http" }}
selector:
  {{- .selector | nindent 2 }}
{{- end -}}

{{- /*
common.ingress: the spec of an Ingress to one Service.
Args: dict ingress (the component's value), service (name), paths (list of dict path, type)
*/ -}}
{{- define "common.ingress" -}}
{{- with .ingress.className }}
ingressClassName: {{ quote . }}
{{- end }}
{{- with .ingress.tlsSecret }}
tls:
  - hosts: [{{ quote $.ingress.host }}]
    secretName: {{ quote . }}
{{- end }}
rules:
  - {{ with .ingress.host }}host: {{ quote . }}
    {{ end }}http:
      paths:
        {{- range .paths }}
        - path: {{ .path }}
          pathType: {{ .type }}
          backend:
            service:
              name: {{ $.service }}
              port: {name: http}
        {{- end }}
{{- end -}}
