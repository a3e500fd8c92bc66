{{- /*
validation.versions: images that files/known-bad-versions.yaml refuses, as a JSON list of "key: message".
Args: root
*/ -}}
{{- define "validation.versions" -}}
{{- $messages := list -}}
{{- $known := .Files.Get "files/known-bad-versions.yaml" | fromYamlArray -}}
{{- range $found := include "validation.images" . | fromJsonArray -}}
{{- $version := trimPrefix "v" $found.image.tag -}}
{{- /* a tag that is no version, such as one of the user's own builds, cannot be judged by a range */ -}}
{{- $judged := regexMatch "^[0-9]+\\.[0-9]+\\.[0-9]+([-+].*)?$" $version -}}
{{- range $bad := $known -}}
{{- if regexMatch $bad.repository $found.image.repository -}}
{{- if $bad.builds -}}
{{- $build := int64 $found.build -}}
{{- if and (ge $build (int64 (first $bad.builds))) (le $build (int64 (last $bad.builds))) (eq $found.backend "rocm") }}{{ $messages = append $messages (printf "%s: llama.cpp b%d %s; take build %s or newer (%s) [versions/known-bad]" $found.buildPath $build $bad.reason $bad.take $bad.id) }}{{ end -}}
{{- else if not $bad.range -}}
{{- $messages = append $messages (printf "%s.repository: %s %s; take %s (%s) [versions/known-bad]" $found.path $found.image.repository $bad.reason $bad.take $bad.id) -}}
{{- else if $judged -}}
{{- if semverCompare $bad.range $version }}{{ $messages = append $messages (printf "%s.tag: %s %s; take %s or newer (%s) [versions/known-bad]" $found.path $found.image.tag $bad.reason $bad.take $bad.id) }}{{ end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- toJson $messages -}}
{{- end -}}

{{- /*
validation.images: every image of a program, as a JSON list of dict path (its key in the values), image; of llama-server also
build, backend and buildPath.
Args: root
*/ -}}
{{- define "validation.images" -}}
{{- $images := list -}}
{{- range $component := list "litellm" "openwebui" -}}
{{- with get $.Subcharts $component }}{{ $images = append $images (dict "path" (printf "%s.image" $component) "image" .Values.image) }}{{ end -}}
{{- end -}}
{{- with .Subcharts.rocm -}}
{{- range include "rocm.nodes" . | fromJsonArray -}}
{{- $path := printf "rocm.nodes.%s" .key -}}
{{- $images = append $images (dict "path" (printf "%s.image" $path) "image" .image "build" .llamaBuild "backend" .backend "buildPath" (printf "%s.%s" $path .buildKey)) -}}
{{- end -}}
{{- end -}}
{{- with .Subcharts.thor -}}
{{- range $node := include "thor.nodes" . | fromJsonArray -}}
{{- range .programs }}{{ $images = append $images (dict "path" (printf "thor.nodes.%s.%s.image" $node.key .id) "image" .image) }}{{ end -}}
{{- end -}}
{{- end -}}
{{- toJson $images -}}
{{- end -}}
