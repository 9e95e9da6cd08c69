{{/*
The configuration of the agent. Helm reads values by YAML 1.1, where the word off is the boolean false; the agent and everybody who
writes `latency: off` mean the word.
*/}}
{{- define "swoll.config" -}}
{{- $config := deepCopy .Values.config }}
{{- range $id, $receiver := $config.receivers }}
{{- if and (eq (first (splitList "/" $id)) "ebpf") (kindIs "map" $receiver) }}
{{- if and (kindIs "bool" $receiver.latency) (not $receiver.latency) }}{{ $_ := set $receiver "latency" "off" }}{{ end }}
{{- end }}
{{- end }}
{{- if (.Values.charts).enabled }}{{ include "swoll.addCharts" (dict "root" . "config" $config) }}{{ end }}
{{- if (.Values.api).enabled }}{{ include "swoll.addApi" (dict "root" . "config" $config) }}{{ end }}
{{- include "swoll.yaml" $config | trim }}
{{- end }}

{{/*
Adds the page of charts to `config`, at the end of the pipeline `metrics`, where there is one. Keys of config.exporters.charts go before.
Prints nothing.
*/}}
{{- define "swoll.addCharts" -}}
{{- $exporters := .config.exporters | default dict }}
{{- with (.config.service.pipelines | default dict).metrics }}
{{- $_ := set $exporters "charts" (mergeOverwrite (dict "endpoint" $.root.Values.charts.endpoint) ($exporters.charts | default dict)) }}
{{- if not (has "charts" .exporters) }}{{ $_ := set . "exporters" (append .exporters "charts") }}{{ end }}
{{- $_ := set $.config "exporters" $exporters }}
{{- end }}
{{- end }}

{{/*
Adds the agents' API to `config`: with the certificate of the release, and with rights from the API server. Keys of
config.extensions.trace_api go before. Prints nothing.
*/}}
{{- define "swoll.addApi" -}}
{{- $api := .root.Values.api }}
{{- $tls := dict "cert_file" "/etc/swoll-tls/tls.crt" "key_file" "/etc/swoll-tls/tls.key" }}
{{- $own := dict "endpoint" (printf ":%d" (int $api.port)) "tls" $tls "wait_for_certificate" true "auth" (dict "kubernetes" dict) "pods" dict }}
{{- if (.root.Values.controller).enabled }}
{{- /* The controller is one user, for all Traces of the cluster; some room is left to others. */}}
{{- $_ := set $own "limits" (dict "jobs_per_client" 56) }}
{{- end }}
{{- if $api.storage.hostPath }}
{{- $_ := set $own "storage" (dict "directory" "/var/lib/swoll/jobs") }}
{{- $_ := set $own "files" (dict "directory" "/var/lib/swoll/calls") }}
{{- end }}
{{- $extensions := .config.extensions | default dict }}
{{- $_ := set $extensions "trace_api" (mergeOverwrite $own ($extensions.trace_api | default dict)) }}
{{- $_ := set .config "extensions" $extensions }}
{{- $started := .config.service.extensions | default list }}
{{- if not (has "trace_api" $started) }}{{ $_ := set .config.service "extensions" (append $started "trace_api") }}{{ end }}
{{- end }}

{{/*
A value as YAML that means the same to readers of YAML 1.1 and 1.2: every string is in quotes, as are keys that could be something else.
What is below something begins with a new line.
*/}}
{{- define "swoll.yaml" -}}
{{- if and (kindIs "map" .) . }}
{{- range $key, $value := . }}
{{ include "swoll.key" $key }}:{{ include "swoll.below" $value }}
{{- end }}
{{- else if and (kindIs "slice" .) . }}
{{- range . }}
-{{ include "swoll.below" . }}
{{- end }}
{{- else }} {{ toRawJson . }}
{{- end }}
{{- end }}

{{- define "swoll.below" -}}
{{- $text := include "swoll.yaml" . }}
{{- if hasPrefix "\n" $text }}{{ replace "\n" "\n  " $text }}{{ else }}{{ $text }}{{ end }}
{{- end }}

{{- define "swoll.key" -}}
{{- $isPlain := and (regexMatch "^[a-z][a-z0-9_/]+$" .) (not (has . (list "true" "false" "null" "yes" "no" "on" "off"))) }}
{{- if $isPlain }}{{ . }}{{ else }}{{ toRawJson . }}{{ end }}
{{- end }}
