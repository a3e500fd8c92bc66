{{- /*
openwebui.pictures: what the page draws pictures with, as a JSON map of url, workflow (JSON text) and nodes: the user's
workflow with its nodes, else the chart's own with images.model. {} where the page, ComfyUI or either of them is missing.
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
openwebui.picturesNote: one line about pictures for people; "" where no ComfyUI runs, or pictures are not wanted.
Args: root
*/ -}}
{{- define "openwebui.picturesNote" -}}
{{- $images := .Values.openwebui.images -}}
{{- if and .Subcharts.openwebui $images.enabled (include "ai-server.comfyuiUrl" .) -}}
{{- if include "openwebui.pictures" . | fromJson -}}
the Image button draws with {{ ternary "your workflow" $images.model (not (empty $images.workflow)) }}
{{- else if or $images.workflow $images.workflowNodes -}}
off: openwebui.images.workflow and workflowNodes belong together
{{- else -}}
off until openwebui.images.model names a checkpoint of ComfyUI
{{- end -}}
{{- end -}}
{{- end -}}
