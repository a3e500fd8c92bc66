{{- /*
common.image: the full name of an image: [global.imageRegistry/]repository:tag[@digest].
Args: dict root, image
*/ -}}
{{- define "common.image" -}}
{{- $repository := .image.repository -}}
{{- with .root.Values.global.imageRegistry -}}
{{- /* the first part of a name is a registry if it has a dot or a port, or is localhost */ -}}
{{- $repository = printf "%s/%s" . (regexReplaceAll "^(localhost|[^/]*[.:][^/]*)/" $repository "") -}}
{{- end -}}
{{- $repository -}}
{{- with .image.tag }}:{{ . }}{{ end -}}
{{- with .image.digest }}@{{ . }}{{ end -}}
{{- end -}}

{{- /*
common.env: the environment of a container, sorted by name; extra wins over global, global over the chart's.
Args: dict root, env (map: the chart's own), extra (map: the component's extraEnv), trusted (false: leave out global's)
*/ -}}
{{- define "common.env" -}}
{{- $env := dict -}}
{{- $shared := ternary .root.Values.global.container.extraEnv dict (ne .trusted false) -}}
{{- range $map := list .env $shared .extra -}}
{{- range $name, $value := $map }}{{ $_ := set $env $name $value }}{{ end -}}
{{- end -}}
{{- range $name, $value := $env }}
- name: {{ quote $name }}
  {{- if kindIs "map" $value }}
  {{- toYaml $value | nindent 2 }}
  {{- else }}
  value: {{ $value | quote }}
  {{- end }}
{{- end -}}
{{- end -}}

{{- /*
common.secretEnv: a variable from the release's Secret, as a JSON map for common.env.
Args: list root key
*/ -}}
{{- define "common.secretEnv" -}}
{{- dict "valueFrom" (dict "secretKeyRef" (dict "name" (include "common.secretName" (index . 0)) "key" (index . 1))) | toJson -}}
{{- end -}}

{{- /*
common.container: the part that all containers share: image, environment, resources, security context.
Args: dict root, settings (image, command, extraEnv, envFrom, resources, securityContext), env (map), securityContext (the chart's
own, optional), limits (map, the chart's own, optional), claims (list of the pod's resourceClaims, optional), trusted (false: leave out the shared environment)
*/ -}}
{{- define "common.container" -}}
{{- $shared := deepCopy .root.Values.global.container.securityContext -}}
{{- $security := mergeOverwrite $shared (.securityContext | default dict) (.settings.securityContext | default dict) -}}
{{- if $security.privileged -}}
{{- /* the API server rejects privileged together with allowPrivilegeEscalation: false */ -}}
{{- $security = omit $security "allowPrivilegeEscalation" "capabilities" -}}
{{- end -}}
{{- $resources := deepCopy (.settings.resources | default dict) -}}
{{- with .limits -}}
{{- $_ := set $resources "limits" (mergeOverwrite (deepCopy .) ($resources.limits | default dict)) -}}
{{- end -}}
image: {{ include "common.image" (dict "root" .root "image" .settings.image) | quote }}
imagePullPolicy: {{ .settings.image.pullPolicy }}
{{- with .settings.command }}
command:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with include "common.env" (dict "root" .root "env" .env "extra" .settings.extraEnv "trusted" (ne .trusted false)) }}
env:
  {{- . | trim | nindent 2 }}
{{- end }}
{{- with .settings.envFrom }}
envFrom:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .claims }}{{ $_ := set $resources "claims" . }}{{ end -}}
{{- range $kind := list "requests" "limits" -}}
{{- if not (get $resources $kind) }}{{ $resources = omit $resources $kind }}{{ end -}}
{{- end }}
{{- with $resources }}
resources:
  {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  {{- toYaml $security | nindent 2 }}
terminationMessagePolicy: FallbackToLogsOnError
{{- end -}}

{{- /*
common.startupProbe: waits until a path answers, for at most the given seconds.
Args: dict path, seconds
*/ -}}
{{- define "common.startupProbe" -}}
startupProbe:
  httpGet: {path: {{ quote .path }}, port: {{ .port | default "http" }}}
  periodSeconds: 5
  timeoutSeconds: 5
  failureThreshold: {{ ceil (divf .seconds 5) | int64 }}
{{- end -}}
