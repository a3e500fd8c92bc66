{{- /*
openwebui.gatewayUrl: the API that Open WebUI talks to: localhost as a sidecar.
Args: root
*/ -}}
{{- define "openwebui.gatewayUrl" -}}
{{- $url := .Values.openwebui.gatewayUrl -}}
{{- if $url -}}
{{- $url -}}
{{- else if eq .Values.openwebui.mode "sidecar" -}}
{{- printf "http://127.0.0.1:%d/v1" (int64 .Values.litellm.port) -}}
{{- else -}}
{{- printf "http://%s:%d/v1" (include "common.name" (list . "litellm")) (int64 .Values.litellm.service.port) -}}
{{- end -}}
{{- end -}}

{{- /*
openwebui.chatModes: the modes of models that the page offers, as a JSON list.
*/ -}}
{{- define "openwebui.chatModes" -}}
["chat", "completion", "responses"]
{{- end -}}

{{- /*
openwebui.rejectsTools: "true" if a model of the page is known to reject tools, which Open WebUI sends with each chat unless
function calling is "legacy"; else "".
Args: root
*/ -}}
{{- define "openwebui.rejectsTools" -}}
{{- $modes := include "openwebui.chatModes" . | fromJsonArray -}}
{{- $rejects := "" -}}
{{- range include "ai-server.routes" . | fromJsonArray -}}
{{- if and (has .mode $modes) (not (contains "*" .name)) -}}
{{- $entry := include "gateway.model" (dict "route" . "routing" $.Values.litellm.routing "withFallback" false) | fromJson -}}
{{- if eq (dig "supports_function_calling" true $entry.model_info | toString) "false" }}{{ $rejects = "true" }}{{ end -}}
{{- end -}}
{{- end -}}
{{- $rejects -}}
{{- end -}}

{{- /*
openwebui.env: what Open WebUI must know about the backends: chat models, speech, documents and images, each switched off if
no backend serves it. Every URL is set, because the default of each would point to OpenAI.
Args: root
*/ -}}
{{- define "openwebui.env" -}}
{{- $values := .Values.openwebui -}}
{{- $url := include "openwebui.gatewayUrl" . -}}
{{- $key := include "common.secretEnv" (list . "LITELLM_MASTER_KEY") | fromJson -}}
{{- $chat := include "ai-server.served" (dict "root" . "modes" (include "openwebui.chatModes" . | fromJsonArray)) | fromJsonArray -}}
{{- $stt := $values.audio.sttModel | default (include "ai-server.served" (dict "root" . "modes" (list "audio_transcription")) | fromJsonArray | first) -}}
{{- $tts := $values.audio.ttsModel | default (include "ai-server.served" (dict "root" . "modes" (list "audio_speech")) | fromJsonArray | first) -}}
{{- $comfyui := include "ai-server.comfyuiUrl" . -}}
{{- $env := dict
  "ENABLE_IMAGE_GENERATION" "false"
  "OPENAI_API_BASE_URL" $url
  "OPENAI_API_CONFIGS" (dict "0" (dict "enable" true "model_ids" $chat) | toJson)
  "OPENAI_API_KEY" $key
-}}
{{- range $prefix := list "AUDIO_REALTIME_OPENAI" "AUDIO_STT_OPENAI" "AUDIO_TTS_OPENAI" "IMAGES_EDIT_OPENAI" "IMAGES_OPENAI" "RAG_OPENAI" -}}
{{- $_ := set $env (printf "%s_API_BASE_URL" $prefix) $url -}}
{{- $_ := set $env (printf "%s_API_KEY" $prefix) $key -}}
{{- end -}}
{{- if $stt -}}
{{- $_ := set $env "AUDIO_STT_ENGINE" "openai" -}}
{{- $_ := set $env "AUDIO_STT_MODEL" $stt -}}
{{- else -}}
{{- /* the browser's own recognition, because Open WebUI's local Whisper would need a download */ -}}
{{- $_ := set $env "AUDIO_STT_ENGINE" "web" -}}
{{- end -}}
{{- if $tts -}}
{{- $_ := set $env "AUDIO_TTS_ENGINE" "openai" -}}
{{- $_ := set $env "AUDIO_TTS_MODEL" $tts -}}
{{- $_ := set $env "AUDIO_TTS_VOICE" $values.audio.ttsVoice -}}
{{- else -}}
{{- $_ := set $env "AUDIO_TTS_ENGINE" "" -}}
{{- end -}}
{{- if include "openwebui.rejectsTools" . }}{{ $_ := set $env "DEFAULT_MODEL_PARAMS" (dict "function_calling" "legacy" | toJson) }}{{ end -}}
{{- $env = merge $env (include "openwebui.documentsEnv" . | fromYaml) -}}
{{- if and $values.images.enabled $comfyui -}}
{{- $_ := set $env "COMFYUI_BASE_URL" $comfyui -}}
{{- $_ := set $env "IMAGE_GENERATION_ENGINE" "comfyui" -}}
{{- $_ := set $env "IMAGE_SIZE" $values.images.size -}}
{{- $_ := set $env "IMAGE_STEPS" ($values.images.steps | int64 | toString) -}}
{{- with $values.images.model }}{{ $_ := set $env "IMAGE_GENERATION_MODEL" . }}{{ end -}}
{{- with $values.images.workflow }}{{ $_ := set $env "COMFYUI_WORKFLOW" . }}{{ end -}}
{{- with $values.images.workflowNodes }}{{ $_ := set $env "COMFYUI_WORKFLOW_NODES" (toJson .) }}{{ end -}}
{{- with include "openwebui.pictures" . | fromJson -}}
{{- $_ := set $env "ENABLE_IMAGE_GENERATION" "true" -}}
{{- $_ := set $env "COMFYUI_WORKFLOW" .workflow -}}
{{- $_ := set $env "COMFYUI_WORKFLOW_NODES" (toJson .nodes) -}}
{{- end -}}
{{- end -}}
{{- toYaml $env -}}
{{- end -}}
