{{- /*
validation.upgrade: what the API server would refuse half-way through an upgrade, said before anything is touched. What
is there is looked up: without a cluster nothing is known, and nothing said. A JSON list of "key: message".
Args: root
*/ -}}
{{- define "validation.upgrade" -}}
{{- $messages := list -}}
{{- with .Subcharts.openwebui -}}
{{- $wanted := .Values.persistence -}}
{{- $name := include "common.name" (list $ "openwebui") -}}
{{- $claim := lookup "v1" "PersistentVolumeClaim" $.Release.Namespace $name -}}
{{- if and $claim $wanted.enabled (not $wanted.existingClaim) -}}
{{- $spec := $claim.spec -}}
{{- $way := printf "a claim cannot be changed so: write %%s again, or move the data to a claim of your own and name it in openwebui.persistence.existingClaim" -}}
{{- if and $wanted.storageClass (ne $wanted.storageClass ($spec.storageClassName | default "")) -}}
{{- $messages = append $messages (printf "openwebui.persistence.storageClass: the claim %s is of class %q, not %q; %s [kubernetes/claim-changed]" $name $spec.storageClassName $wanted.storageClass (printf $way $spec.storageClassName)) -}}
{{- end -}}
{{- if not (has $wanted.accessMode $spec.accessModes) -}}
{{- $messages = append $messages (printf "openwebui.persistence.accessMode: the claim %s is %s, not %s; %s [kubernetes/claim-changed]" $name (first $spec.accessModes) $wanted.accessMode (printf $way (first $spec.accessModes))) -}}
{{- end -}}
{{- $size := $spec.resources.requests.storage -}}
{{- if lt (include "common.bytes" $wanted.size | int64) (include "common.bytes" $size | int64) -}}
{{- $messages = append $messages (printf "openwebui.persistence.size: the claim %s has %s and cannot shrink to %s; %s [kubernetes/claim-changed]" $name $size $wanted.size (printf $way $size)) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- toJson $messages -}}
{{- end -}}
