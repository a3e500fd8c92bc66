{{- /*
openwebui.pictures: how the page draws pictures, as a JSON map of url, workflow (JSON text) and nodes: the workflow in the
values with its nodes, else the chart's own with images.model. {} if the page or ComfyUI is missing, or if there is neither
workflow nor model.
Args: root
*/ -}}
{{- define "openwebui.pictures" -}}
{{- $found := dict -}}
{{- $images := .Values.openwebui.images -}}
{{- $url := include "ai-server.comfyuiUrl" . -}}
{{- if and .Subcharts.openwebui $images.enabled $url -}}
{{- if and $images.workflow $images.workflowNodes -}}
{{- $found = dict "url" $url "workflow" $images.workflow "nodes" $images.workflowNodes -}}
{{- else if and $images.model (not $images.workflow) (not $images.workflowNodes) -}}
{{- $own := .Files.Get "files/text-to-image.json" | fromJson -}}
{{- $found = dict "url" $url "workflow" (toJson $own.workflow) "nodes" $own.nodes -}}
{{- end -}}
{{- end -}}
{{- toJson $found -}}
{{- end -}}

{{- /*
openwebui.picturesNote: one line for people about pictures; "" if no ComfyUI runs, or pictures are switched off.
Args: root
*/ -}}
{{- define "openwebui.picturesNote" -}}
{{- $images := .Values.openwebui.images -}}
{{- if and .Subcharts.openwebui $images.enabled (include "ai-server.comfyuiUrl" .) -}}
{{- if include "openwebui.pictures" . | fromJson -}}
the Image button draws with {{ ternary "your workflow" $images.model (not (empty $images.workflow)) }}
{{- else if or $images.workflow $images.workflowNodes -}}
off: openwebui.images.workflow and workflowNodes need each other
{{- else -}}
off until openwebui.images.model names a ComfyUI checkpoint
{{- end -}}
{{- end -}}
{{- end -}}
