{{- /*
comfyui.container: ComfyUI, without Manager. Its custom nodes are third-party code, so it gets no secret and no shared
environment. It has no liveness probe, because loading a large model stalls its event loop for longer than a probe should wait.
Args: dict root, node, program
*/ -}}
{{- define "comfyui.container" -}}
{{- include "nodes.container" (dict "root" .root "node" .node "program" .program "env" (dict "HOME" "/comfyui/user") "args" (include "comfyui.args" .) "visible" true "trusted" false) }}
  volumeMounts:
    - {{ include "nodes.modelsMount" .node }}
    - {name: comfyui-data, mountPath: /comfyui}
    - {name: comfyui-paths, mountPath: /etc/comfyui, readOnly: true}
    - {name: comfyui-tmp, mountPath: /tmp}
    {{- if .program.customNodesPath }}
    - {name: comfyui-custom-nodes, mountPath: /custom_nodes, readOnly: true}
    {{- end }}
    {{- include "nodes.moreMounts" . | indent 4 }}
{{- end -}}

{{- /*
comfyui.args
Args: dict program
*/ -}}
{{- define "comfyui.args" -}}
- --listen
- 0.0.0.0
- --port
- {{ .program.port | int64 | quote }}
- --disable-auto-launch
- --extra-model-paths-config
- /etc/comfyui/extra_model_paths.yaml
{{- range list "input" "output" "temp" "user" }}
- --{{ . }}-directory
- /comfyui/{{ . }}
{{- end }}
{{- if .program.disableMmap }}
- --disable-mmap
{{- end }}
{{- if .program.bf16Vae }}
- --bf16-vae
{{- end }}
{{- end -}}

{{- /*
comfyui.volumes
Args: dict node, program
*/ -}}
{{- define "comfyui.volumes" -}}
- name: comfyui-data
  {{- with .program.dataPath }}
  hostPath: {path: {{ quote . }}, type: DirectoryOrCreate}
  {{- else }}
  emptyDir: {}
  {{- end }}
- name: comfyui-paths
  configMap: {name: {{ .program.serviceName }}}
- name: comfyui-tmp
  emptyDir: {}
{{- with .program.customNodesPath }}
- name: comfyui-custom-nodes
  hostPath: {path: {{ quote . }}, type: Directory}
{{- end }}
{{- end -}}

{{- /*
comfyui.extraModelPaths: ComfyUI's extra_model_paths.yaml. Its folders are in addition to ComfyUI's own, so the custom nodes
of the image stay.
Args: dict node, program
*/ -}}
{{- define "comfyui.extraModelPaths" -}}
ai_models:
  base_path: {{ printf "%s/%s" .node.modelsPath .program.modelsFolder | trimSuffix "/" | quote }}
  {{- toYaml .program.modelFolders | nindent 2 }}
{{- if .program.customNodesPath }}
custom_nodes:
  custom_nodes: /custom_nodes
{{- end }}
{{- end -}}
