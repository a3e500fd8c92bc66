{{- /*
comfyui.container: ComfyUI, without Manager. Its custom nodes are third-party code, so it gets no secret and no shared
environment. It has no liveness probe, because loading a large model stalls its event loop for longer than a probe should wait.
Args: dict root, node, program
*/ -}}
{{- define "comfyui.container" -}}
{{- include "nodes.container" (dict "root" .root "node" .node "program" .program "env" (dict "HOME" "/comfyui/user") "args" (include "comfyui.args" .) "visible" true "trusted" false) }}
  volumeMounts:
    - {name: models, mountPath: {{ quote .node.modelsPath }}, readOnly: true}
    - {name: comfyui-data, mountPath: /comfyui}
    - {name: comfyui-paths, mountPath: /etc/comfyui, readOnly: true}
    - {name: comfyui-tmp, mountPath: /tmp}
    {{- with .program.extraVolumeMounts }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
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
  configMap: {name: {{ .program.service }}}
- name: comfyui-tmp
  emptyDir: {}
{{- end -}}

{{- /*
comfyui.extraModelPaths: ComfyUI's extra_model_paths.yaml.
Args: dict node, program
*/ -}}
{{- define "comfyui.extraModelPaths" -}}
ai_models:
  base_path: {{ printf "%s/%s" .node.modelsPath .program.modelsFolder | trimSuffix "/" | quote }}
  {{- toYaml .program.modelFolders | nindent 2 }}
{{- end -}}
