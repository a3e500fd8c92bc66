{{- /*
validation.upgrade: what the API server would reject half-way through an upgrade, reported before any change. It looks up the
existing objects, so without a cluster it reports nothing. In the form of validation.refused.
Args: root
*/ -}}
{{- define "validation.upgrade" -}}
{{- $refused := list -}}
{{- with .Subcharts.openwebui -}}
{{- $wanted := .Values.persistence -}}
{{- $name := include "common.name" (list $ "openwebui") -}}
{{- $claim := lookup "v1" "PersistentVolumeClaim" $.Release.Namespace $name -}}
{{- if and $claim $wanted.enabled (not $wanted.existingClaim) -}}
{{- $class := $claim.spec.storageClassName | default "" -}}
{{- $modes := $claim.spec.accessModes -}}
{{- $size := $claim.spec.resources.requests.storage -}}
{{- $changed := list -}}
{{- if and $wanted.storageClass (ne $wanted.storageClass $class) -}}
{{- $changed = append $changed (dict "variant" "class" "key" "storageClass" "is" $class) -}}
{{- end -}}
{{- if not (has $wanted.accessMode $modes) -}}
{{- $changed = append $changed (dict "variant" "mode" "key" "accessMode" "is" (first $modes)) -}}
{{- end -}}
{{- if lt (include "common.bytes" $wanted.size | int64) (include "common.bytes" $size | int64) -}}
{{- $changed = append $changed (dict "variant" "size" "key" "size" "is" $size) -}}
{{- end -}}
{{- range $changed -}}
{{- $path := list "openwebui" "persistence" .key -}}
{{- $args := dict "claim" $name "is" .is "wanted" (get $wanted .key) -}}
{{- $refused = append $refused (dict "rule" "kubernetes/claim-changed" "variant" .variant "key" $path "args" $args) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- toJson $refused -}}
{{- end -}}
