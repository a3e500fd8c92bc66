{{- /*
validation.devices: what a schema cannot say of a node that claims its GPU (gpuAccess: dra).
Args: dict root, node
*/ -}}
{{- define "validation.devices" -}}
{{- $refused := list -}}
{{- $version := .root.Capabilities.KubeVersion.Version -}}
{{- with .node -}}
{{- if .claim -}}
{{- if semverCompare "<1.34.0-0" $version -}}
{{- $refused = append $refused (dict "rule" "cluster/no-dra" "key" (append .path "gpuAccess") "args" (dict "version" $version)) -}}
{{- end -}}
{{- if and .pool (eq .pods "separate") -}}
{{- $claiming := 0 -}}
{{- range .workloads }}{{ if .claims }}{{ $claiming = add1 $claiming }}{{ end }}{{ end -}}
{{- if gt (int $claiming) 1 -}}
{{- $refused = append $refused (dict "rule" "programs/unshared-claim" "key" (append .path "pods")) -}}
{{- end -}}
{{- end -}}
{{- $vendor := regexFind "\\.(amd|nvidia|intel)\\.com$" (printf ".%s" .deviceClass) | trimPrefix "." -}}
{{- $suitable := get (dict "rocm" "amd.com" "cuda" "nvidia.com" "sycl" "intel.com") .accelerator | default $vendor -}}
{{- if and $vendor (ne $vendor $suitable) -}}
{{- $args := dict "class" .deviceClass "accelerator" .accelerator "usual" (printf "gpu.%s" $suitable) -}}
{{- $refused = append $refused (dict "rule" "programs/other-vendors-gpu" "key" (append .path "gpuDeviceClass") "args" $args) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- toJson $refused -}}
{{- end -}}
