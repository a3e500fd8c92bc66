{{- /*
ingress.hosts: the Ingresses of a component, as a JSON list of dict name (of the object), host, className, tlsSecret,
annotations, scheme: that of ingress.host, and one for each of extraHosts, whose own settings win.
Args: dict scope (the component's), component
*/ -}}
{{- define "ingress.hosts" -}}
{{- $ingress := .scope.Values.ingress -}}
{{- $shared := pick $ingress "className" "certManager" "annotations" -}}
{{- $hosts := list -}}
{{- if and $ingress.enabled (or $ingress.host (empty $ingress.extraHosts)) -}}
{{- $name := include "common.name" (list .scope .component) -}}
{{- $hosts = append $hosts (pick $ingress "host" "tlsSecret" | merge (dict "name" $name) $shared) -}}
{{- end -}}
{{- range $host, $entry := ternary $ingress.extraHosts dict $ingress.enabled -}}
{{- if dig "enabled" true $entry -}}
{{- $name := include "common.name" (list $.scope $.component (include "ingress.slug" $host)) -}}
{{- $hosts = append $hosts (mergeOverwrite (deepCopy $shared) $entry (dict "name" $name "host" $host)) -}}
{{- end -}}
{{- end -}}
{{- $complete := list -}}
{{- range $hosts -}}
{{- $annotations := deepCopy .annotations -}}
{{- with .certManager.issuer -}}
{{- $_ := set $annotations "cert-manager.io/issuer" . -}}
{{- else with .certManager.clusterIssuer -}}
{{- $_ := set $annotations "cert-manager.io/cluster-issuer" . -}}
{{- end -}}
{{- $issued := and .host (or .certManager.issuer .certManager.clusterIssuer) -}}
{{- $secret := .tlsSecret | default (ternary (printf "%s-tls" (include "ingress.slug" .host)) "" (not (empty $issued))) -}}
{{- $scheme := ternary "https" "http" (not (empty $secret)) -}}
{{- $complete = append $complete (dict
  "name" .name
  "host" .host
  "className" .className
  "tlsSecret" $secret
  "annotations" $annotations
  "scheme" $scheme
) -}}
{{- end -}}
{{- toJson $complete -}}
{{- end -}}

{{- /*
ingress.slug: a host as a part of an object's name: *.example.lan becomes any-example-lan.
Args: the host
*/ -}}
{{- define "ingress.slug" -}}
{{- . | lower | replace "*" "any" | replace "." "-" -}}
{{- end -}}
