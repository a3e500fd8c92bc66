{{- /*
validation.versions: images that files/known-bad-versions.yaml rejects, in the form of validation.refused.
Args: root
*/ -}}
{{- define "validation.versions" -}}
{{- $refused := list -}}
{{- $file := .Files.Get "files/known-bad-versions.yaml" | fromYaml -}}
{{- /* a fleet has many nodes and few images: each image is judged once */ -}}
{{- $judged := dict -}}
{{- range $found := include "validation.images" . | fromJsonArray -}}
{{- $image := printf "%s:%s %v %v %v %s" $found.image.repository $found.image.tag $found.build $found.backend $found.swaps (first $found.path) -}}
{{- if not (hasKey $judged $image) -}}
{{- $_ := set $judged $image (include "validation.judged" (dict "file" $file "found" $found) | fromJson) -}}
{{- end -}}
{{- with get $judged $image -}}
{{- $path := eq .part "build" | ternary $found.buildPath (concat $found.path (list "image" .part)) -}}
{{- $refused = append $refused (dict "rule" "versions/known-bad" "variant" .variant "key" $path "args" .args) -}}
{{- end -}}
{{- end -}}
{{- toJson $refused -}}
{{- end -}}

{{- /*
validation.judged: what is wrong with one image, as JSON: {} or part (tag, repository or build), variant and args of the
sentence, which tells the first entry that hits and names the others.
Args: dict file (known-bad-versions.yaml), found (of validation.images)
*/ -}}
{{- define "validation.judged" -}}
{{- $found := .found -}}
{{- $tag := $found.image.tag -}}
{{- $version := include "validation.version" (dict "pattern" .file.version "tag" $tag) -}}
{{- $hits := list -}}
{{- range $bad := .file.versions -}}
{{- $preset := first $found.path -}}
{{- $this := and (regexMatch $bad.repository $found.image.repository) (not (and $bad.except (regexMatch $bad.except $found.image.repository))) (has $preset ($bad.presets | default (list $preset))) -}}
{{- if not $this -}}
{{- else if $bad.builds -}}
{{- $within := and $found.build (ge (int64 $found.build) (int64 (first $bad.builds))) (le (int64 $found.build) (int64 (last $bad.builds))) -}}
{{- if and $within (has $found.backend ($bad.backends | default (list $found.backend))) (or $found.swaps (not $bad.swaps)) -}}
{{- $hits = append $hits (dict "part" "build" "version" (printf "llama.cpp b%d" (int64 $found.build)) "bad" $bad) -}}
{{- end -}}
{{- else if not $bad.range -}}
{{- $hits = append $hits (dict "part" "repository" "version" $found.image.repository "bad" $bad) -}}
{{- else if and $version (semverCompare $bad.range $version) -}}
{{- $hits = append $hits (dict "part" "tag" "version" $tag "bad" $bad) -}}
{{- end -}}
{{- end -}}
{{- with $hits -}}
{{- $hit := first . -}}
{{- $more := list -}}
{{- range rest . }}{{ $more = append $more .bad.id }}{{ end -}}
{{- $variant := printf "%s%s" (eq $hit.part "repository" | ternary "other" "newer") (empty $more | ternary "" "-and-more") -}}
{{- $args := pick $hit.bad "reason" "take" "id" | merge (dict "version" $hit.version) -}}
{{- if $more }}{{ $args = merge $args (dict "more" $more "count" (len $more | toString)) }}{{ end -}}
{{- dict "part" $hit.part "variant" $variant "args" $args | toJson -}}
{{- else }}{}{{ end -}}
{{- end -}}

{{- /*
validation.version: the version in a tag as three numbers without leading zeros: v1.107 -> 1.107.0, 26.03-py3 -> 26.3.0;
empty if it has none.
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
validation.images: every image of a program, as a JSON list of dict path (of the settings that it is in, as a list), image;
of llama-server also build, backend, buildPath and swaps (whether it serves more models than it keeps in memory).
Args: root
*/ -}}
{{- define "validation.images" -}}
{{- $images := list -}}
{{- range $component := list "litellm" "openwebui" -}}
{{- with get $.Subcharts $component }}{{ $images = append $images (dict "path" (list $component) "image" .Values.image) }}{{ end -}}
{{- end -}}
{{- include "nodes.all" . -}}
{{- range $node := .Values.computedNodes -}}
{{- range .programs -}}
{{- if ne .id "llamacpp" -}}
{{- $images = append $images (dict "path" (append $node.path .id) "image" .image) -}}
{{- else -}}
{{- $images = append $images (dict
  "path" $node.path
  "image" $node.image
  "build" $node.llamaBuild
  "backend" $node.accelerator
  "buildPath" (concat $node.path $node.buildKey)
  "swaps" (and (gt (int64 $node.modelsMax) 0) (gt (len $node.served) (int64 $node.modelsMax)))
) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- toJson $images -}}
{{- end -}}
