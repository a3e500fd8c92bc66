{{- /*
nodes.models: adds modelsVolume (the source of the volume with the model files) and modelsSubPath to a node; prints nothing.
Of the entry, its component and global, the first with a volume counts; maps would merge to a volume with two sources. Without
any, it is the folder modelsPath of the node. The folder to mount is that of the same section, or of a more specific one.
Args: dict node, sections (list: entry, component, global)
*/ -}}
{{- define "nodes.models" -}}
{{- $volume := dict -}}
{{- $subPath := "" -}}
{{- range .sections -}}
{{- if not $volume -}}
{{- $subPath = $subPath | default .modelsSubPath -}}
{{- /* null removes the source that an earlier values file has */ -}}
{{- $sources := dict -}}
{{- range $kind, $source := .modelsVolume }}{{ if ne $source nil }}{{ $_ := set $sources $kind $source }}{{ end }}{{ end -}}
{{- $volume = $sources -}}
{{- end -}}
{{- end -}}
{{- $folder := dict "hostPath" (dict "path" .node.modelsPath "type" "Directory") -}}
{{- $_ := set .node "modelsVolume" ($volume | default $folder) -}}
{{- $_ := set .node "modelsSubPath" ($subPath | default "") -}}
{{- end -}}

{{- /*
nodes.modelsMount: the mount of the model files, in one line.
Args: a node
*/ -}}
{{- define "nodes.modelsMount" -}}
{name: models, mountPath: {{ quote .modelsPath }}, readOnly: true{{ with .modelsSubPath }}, subPath: {{ quote . }}{{ end }}}
{{- end -}}

{{- /*
nodes.moreMounts: the mounts that every program of a node may have: /dev/shm, and custom ones; with a line break in front.
Args: dict program
*/ -}}
{{- define "nodes.moreMounts" -}}
{{- with .program }}
{{- if .shmSize }}
- {name: {{ .id }}-shm, mountPath: /dev/shm}
{{- end }}
{{- with .extraVolumeMounts }}
{{- toYaml . | nindent 0 }}
{{- end }}
{{- end }}
{{- end -}}

{{- /*
nodes.shm: the volume for /dev/shm of a program, in memory.
Args: the program
*/ -}}
{{- define "nodes.shm" -}}
{{- with .shmSize -}}
- name: {{ $.id }}-shm
  emptyDir: {medium: Memory, sizeLimit: {{ . }}}
{{- end -}}
{{- end -}}
