{{- /*
validation.refused: the values that the chart rejects and a schema cannot, as a JSON list of dict rule (its id), variant (of
the rule's sentences, where it has several), key (the path of the key to change, as a list), args (of the sentence).
Args: root
*/ -}}
{{- define "validation.refused" -}}
{{- $refused := list -}}
{{- range $part := list "catalogue" "nodes" "gateway" "versions" "upgrade" -}}
{{- $refused = concat $refused (include (printf "validation.%s" $part) $ | fromJsonArray) -}}
{{- end -}}
{{- $refused | default list | toJson -}}
{{- end -}}

{{- /*
validation.sentence: a rejected value, as "key: message; fix [rule]".
Args: dict sentences (of files/messages.yaml), refused (of validation.refused)
*/ -}}
{{- define "validation.sentence" -}}
{{- $args := .refused.args | default dict -}}
{{- $sentence := get .sentences .refused.rule -}}
{{- with .refused.variant }}{{ $sentence = get $sentence . }}{{ end -}}
{{- $parts := list -}}
{{- range regexFindAll "\"\\$[a-z]+\"|\\$[a-z]+|[^\"$]+|." (printf "%s; %s" $sentence.message $sentence.fix) -1 -}}
{{- $part := . -}}
{{- if regexMatch "\\$[a-z]" . -}}
{{- $part = get $args (trimAll "\"$" .) -}}
{{- if kindIs "slice" $part }}{{ $part = join ", " $part | default "none" }}{{ end -}}
{{- if hasPrefix "\"" . }}{{ $part = printf "%q" $part }}{{ end -}}
{{- end -}}
{{- $parts = append $parts $part -}}
{{- end -}}
{{- printf "%s: %s [%s]" (join "." .refused.key) (join "" $parts) .refused.rule -}}
{{- end -}}
