{{- /*
common.bytes: a Kubernetes quantity (24Gi, 1.5G, 1024) in bytes, for programs that do not accept Kubernetes' units.
Args: the quantity
*/ -}}
{{- define "common.bytes" -}}
{{- $factors := dict "" 1 "k" 1000 "M" 1000000 "G" 1000000000 "T" 1000000000000 "Ki" 1024 "Mi" 1048576 "Gi" 1073741824 "Ti" 1099511627776 -}}
{{- $number := regexFind "^[0-9.]+" . -}}
{{- mulf (float64 $number) (get $factors (trimPrefix $number .)) | int64 -}}
{{- end -}}
