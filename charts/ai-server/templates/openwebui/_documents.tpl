{{- /*
openwebui.embeddingModel: the model that searches documents; if it is "", the page gives the chat model their full text.
Args: root
*/ -}}
{{- define "openwebui.embeddingModel" -}}
{{- $variable := .Values.openwebui.extraEnv.RAG_EMBEDDING_MODEL -}}
{{- $named := ternary $variable "" (kindIs "string" $variable) | default .Values.openwebui.documents.embeddingModel -}}
{{- $named | default (include "ai-server.served" (dict "root" . "modes" (list "embedding")) | fromJsonArray | first) | default "" -}}
{{- end -}}

{{- /*
openwebui.rerankingModel: the model that sorts what a search in documents finds; "" if none is served.
Args: root
*/ -}}
{{- define "openwebui.rerankingModel" -}}
{{- $variable := .Values.openwebui.extraEnv.RAG_RERANKING_MODEL -}}
{{- $named := ternary $variable "" (kindIs "string" $variable) | default .Values.openwebui.documents.rerankingModel -}}
{{- $served := include "ai-server.served" (dict "root" . "modes" (list "rerank")) | fromJsonArray -}}
{{- if $served }}{{ $named | default (first $served) }}{{ end -}}
{{- end -}}

{{- /*
openwebui.chunkSize: the number of characters in a chunk of a document, such that no chunk is longer than the embedding model
accepts, nor than half of what the rerank model accepts, which gets the question as well: a third of the tokens, up to 1000,
since a byte tokenizer makes up to three tokens of a Chinese character; 500 for a model with 512 tokens, since tokenizers of
that kind make at most one, and add two to frame the text. An unknown limit of the embedding model counts as 512.
Args: dict root, embedding, reranking (names; reranking may be "")
*/ -}}
{{- define "openwebui.chunkSize" -}}
{{- $tokens := 8192 -}}
{{- range include "ai-server.routes" .root | fromJsonArray -}}
{{- $limit := int64 .contextTokens -}}
{{- if eq .name $.embedding }}{{ $tokens = min $tokens ($limit | default 512) }}{{ end -}}
{{- if and $limit (eq .name $.reranking) }}{{ $tokens = min $tokens (div $limit 2) }}{{ end -}}
{{- end -}}
{{- max 100 (min 500 (sub $tokens 12)) (min 1000 (div $tokens 3)) -}}
{{- end -}}

{{- /*
openwebui.documentsEnv: how Open WebUI answers questions about documents, as YAML.
Args: root
*/ -}}
{{- define "openwebui.documentsEnv" -}}
{{- $embedding := include "openwebui.embeddingModel" . -}}
{{- /* even without embeddings, the engine must not fall back to a download */ -}}
RAG_EMBEDDING_ENGINE: openai
{{- if $embedding }}
{{- $reranking := include "openwebui.rerankingModel" . }}
{{- $characters := include "openwebui.chunkSize" (dict "root" . "embedding" $embedding "reranking" $reranking) | int64 }}
RAG_EMBEDDING_MODEL: {{ quote $embedding }}
RAG_TEXT_SPLITTER: character
CHUNK_SIZE: {{ $characters | quote }}
CHUNK_OVERLAP: {{ div $characters 10 | quote }}
{{- with $reranking }}
# Open WebUI reranks only what its hybrid search, by words and by embeddings, has found
ENABLE_RAG_HYBRID_SEARCH: "true"
RAG_RERANKING_ENGINE: external
RAG_RERANKING_MODEL: {{ quote . }}
RAG_EXTERNAL_RERANKER_URL: {{ include "openwebui.gatewayUrl" $ | trimSuffix "/" | printf "%s/rerank" | quote }}
RAG_EXTERNAL_RERANKER_API_KEY:
  {{- include "common.secretEnv" (list $ "LITELLM_MASTER_KEY") | fromJson | toYaml | nindent 2 }}
# without it, a question waits forever for a backend that hangs
RAG_EXTERNAL_RERANKER_TIMEOUT: {{ $.Values.openwebui.generationTimeoutSeconds | int64 | quote }}
{{- end }}
{{- else }}
# without an embedding model, uploads, web pages and memories would fail: the chat model gets the full text of documents
# and pages, and memories are off
BYPASS_EMBEDDING_AND_RETRIEVAL: "true"
BYPASS_WEB_SEARCH_EMBEDDING_AND_RETRIEVAL: "true"
ENABLE_MEMORIES: "false"
{{- end }}
{{- end -}}
