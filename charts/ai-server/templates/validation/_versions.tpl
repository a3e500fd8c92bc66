{{- /*
validation.versions: images that files/known-bad-versions.yaml refuses, as a JSON list of "key: message".
Args: root
*/ -}}
{{- define "validation.versions" -}}
{{- $messages := list -}}
{{- range $bad := .Files.Get "files/known-bad-versions.yaml" | fromYamlArray -}}
{{- $component := splitList "." .where | first -}}
{{- with get $.Subcharts $component -}}
{{- if $bad.builds -}}
{{- range include "rocm.nodes" . | fromJsonArray -}}
{{- $build := int64 .llamaBuild -}}
{{- if and (eq .backend "rocm") (ge $build (int64 (first $bad.builds))) (le $build (int64 (last $bad.builds))) }}{{ $messages = append $messages (printf "rocm.nodes.%s.build: llama.cpp b%d %s; take build %s or newer (%s) [versions/known-bad]" .key $build $bad.reason $bad.take $bad.id) }}{{ end -}}
{{- end -}}
{{- else -}}
{{- $version := trimPrefix "v" .Values.image.tag -}}
{{- /* a tag that is no version, such as one of the user's own builds, cannot be judged */ -}}
{{- if regexMatch "^[0-9]+\\.[0-9]+\\.[0-9]+([-+].*)?$" $version -}}
{{- if semverCompare $bad.range $version }}{{ $messages = append $messages (printf "%s: %s %s; take %s or newer (%s) [versions/known-bad]" $bad.where .Values.image.tag $bad.reason $bad.take $bad.id) }}{{ end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- toJson $messages -}}
{{- end -}}
