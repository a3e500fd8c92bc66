{{- /*
common.ingressAnnotations: the annotations of an Ingress, as JSON: custom ones over those that NGINX controllers need
(Kubernetes' ingress-nginx and F5's). Their defaults reject bodies over 1 MB with 413, and answer 504 after 60 s without a byte,
such as while a model loads. Other controllers ignore these annotations.
Args: dict ingress (the component's value), timeoutSeconds (the longest answer)
*/ -}}
{{- define "common.ingressAnnotations" -}}
{{- $annotations := dict -}}
{{- if or (not .ingress.className) (contains "nginx" .ingress.className) -}}
{{- $seconds := .timeoutSeconds | int64 -}}
{{- $annotations = dict
  "nginx.ingress.kubernetes.io/proxy-body-size" "512m"
  "nginx.ingress.kubernetes.io/proxy-read-timeout" (printf "%d" $seconds)
  "nginx.ingress.kubernetes.io/proxy-send-timeout" (printf "%d" $seconds)
  "nginx.org/client-max-body-size" "512m"
  "nginx.org/proxy-read-timeout" (printf "%ds" $seconds)
  "nginx.org/proxy-send-timeout" (printf "%ds" $seconds)
-}}
{{- end -}}
{{- mergeOverwrite $annotations .ingress.annotations | toJson -}}
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
