{{- /*
validation.versions: images that files/known-bad-versions.yaml refuses, as a JSON list of "key: message".
Args: root
*/ -}}
{{- define "validation.versions" -}}
{{- $messages := list -}}
{{- $file := .Files.Get "files/known-bad-versions.yaml" | fromYaml -}}
{{- /* a fleet has many nodes and few images: each image is judged once */ -}}
{{- $judged := dict -}}
{{- range $found := include "validation.images" . | fromJsonArray -}}
{{- $image := printf "%s:%s %v %v %v" $found.image.repository $found.image.tag $found.build $found.backend $found.swaps -}}
{{- if not (hasKey $judged $image) }}{{ $_ := set $judged $image (include "validation.versionsOf" (dict "file" $file "found" $found) | fromJson) }}{{ end -}}
{{- with get $judged $image -}}
{{- $key := eq .part "build" | ternary $found.buildPath (printf "%s.%s" $found.path .part) -}}
{{- $messages = append $messages (printf "%s: %s [versions/known-bad]" $key .message) -}}
{{- end -}}
{{- end -}}
{{- toJson $messages -}}
{{- end -}}

{{- /*
validation.versionsOf: what is wrong with one image, as JSON: {} or part (tag, repository or build) and message, which tells
the first entry that hits and names the others.
Args: dict file (known-bad-versions.yaml), found (of validation.images)
*/ -}}
{{- define "validation.versionsOf" -}}
{{- $found := .found -}}
{{- $tag := $found.image.tag -}}
{{- $version := include "validation.version" (dict "pattern" .file.version "tag" $tag) -}}
{{- $hits := list -}}
{{- range $bad := .file.versions -}}
{{- $this := and (regexMatch $bad.repository $found.image.repository) (not (and $bad.except (regexMatch $bad.except $found.image.repository))) -}}
{{- if not $this -}}
{{- else if $bad.builds -}}
{{- $within := and $found.build (ge (int64 $found.build) (int64 (first $bad.builds))) (le (int64 $found.build) (int64 (last $bad.builds))) -}}
{{- if and $within (has $found.backend ($bad.backends | default (list $found.backend))) (or $found.swaps (not $bad.swaps)) -}}
{{- $hits = append $hits (dict "part" "build" "what" (printf "llama.cpp b%d" (int64 $found.build)) "take" (printf "%s or newer" $bad.take) "bad" $bad) -}}
{{- end -}}
{{- else if not $bad.range -}}
{{- $hits = append $hits (dict "part" "repository" "what" $found.image.repository "take" $bad.take "bad" $bad) -}}
{{- else if and $version (semverCompare $bad.range $version) -}}
{{- $hits = append $hits (dict "part" "tag" "what" $tag "take" (printf "%s or newer" $bad.take) "bad" $bad) -}}
{{- end -}}
{{- end -}}
{{- if not $hits }}{}{{ else -}}
{{- $one := first $hits -}}
{{- $ids := list -}}
{{- range rest $hits }}{{ $ids = append $ids .bad.id }}{{ end -}}
{{- $more := $ids | empty | ternary "" (printf ", and %d more: %s" (len $ids) (join ", " $ids)) -}}
{{- dict "part" $one.part "message" (printf "%s %s; take %s (%s%s)" $one.what $one.bad.reason $one.take $one.bad.id $more) | toJson -}}
{{- end -}}
{{- end -}}

{{- /*
validation.version: the version in a tag as three numbers without leading zeros: v1.107 -> 1.107.0, 26.03-py3 -> 26.3.0;
empty where there is none.
Args: dict pattern (version of known-bad-versions.yaml), tag
*/ -}}
{{- define "validation.version" -}}
{{- with regexFind .pattern .tag -}}
{{- $numbers := regexReplaceAll $.pattern . "${1}${2}" | splitList "." -}}
{{- if lt (len $numbers) 3 }}{{ $numbers = append $numbers "0" }}{{ end -}}
{{- regexReplaceAll "(^|\\.)0+([0-9])" (join "." $numbers) "${1}${2}" -}}
{{- end -}}
{{- end -}}

{{- /*
validation.images: every image of a program, as a JSON list of dict path (its key in the values), image; of llama-server also
build, backend, buildPath and swaps (whether it serves more models than it keeps in memory).
Args: root
*/ -}}
{{- define "validation.images" -}}
{{- $images := list -}}
{{- range $component := list "litellm" "openwebui" -}}
{{- with get $.Subcharts $component }}{{ $images = append $images (dict "path" (printf "%s.image" $component) "image" .Values.image) }}{{ end -}}
{{- end -}}
{{- with .Subcharts.rocm -}}
{{- include "rocm.nodes" . -}}
{{- range .Values.computedNodes -}}
{{- $path := printf "rocm.nodes.%s" .key -}}
{{- $images = append $images (dict "path" (printf "%s.image" $path) "image" .image "build" .llamaBuild "backend" .backend "buildPath" (printf "%s.%s" $path .buildKey) "swaps" (and (gt (int64 .modelsMax) 0) (gt (len .served) (int64 .modelsMax)))) -}}
{{- end -}}
{{- end -}}
{{- with .Subcharts.thor -}}
{{- include "thor.nodes" . -}}
{{- range $node := .Values.computedNodes -}}
{{- range .programs }}{{ $images = append $images (dict "path" (printf "thor.nodes.%s.%s.image" $node.key .id) "image" .image) }}{{ end -}}
{{- end -}}
{{- end -}}
{{- toJson $images -}}
{{- end -}}
