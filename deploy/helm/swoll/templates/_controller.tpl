{{- define "swoll.controllerAccount" -}}
{{- $own := include "swoll.partName" (dict "root" . "component" "controller") }}
{{- with .Values.controller.serviceAccount }}{{ .name | default (ternary $own "default" .create) }}{{ end }}
{{- end }}

{{/* Where its agents are: those of this release, unless values say otherwise. */}}
{{- define "swoll.controllerArgs" -}}
{{- $controller := .Values.controller }}
- controller
- --metrics-addr=:{{ int $controller.port }}
- --image={{ include "swoll.image" . }}
- --image-pull-policy={{ .Values.image.pullPolicy }}
{{- if $controller.endpoints }}
- --endpoints={{ join "," $controller.endpoints }}
{{- else }}
{{- if not (.Values.api).enabled }}
{{- fail "controller.enabled: must be together with api.enabled, or controller.endpoints must name the agents: a controller tells agents what to trace" }}
{{- end }}
- --agents-service={{ .Release.Namespace }}/{{ include "swoll.fullname" . }}
- --token-file=/var/run/secrets/swoll/token
{{- end }}
{{- if (.Values.api).enabled }}
- --ca=/etc/swoll-tls/ca.crt
- --server-name={{ include "swoll.serverName" . }}
{{- end }}
- --enable-leader-election
- --leader-election-id={{ include "swoll.partName" (dict "root" . "component" "controller") }}
- --leader-election-namespace={{ .Release.Namespace }}
{{- with $controller.alerts }}
{{- if .enabled }}
- --alert-listen=:{{ int .port }}
- --alert-template=/etc/swoll-alerts/trace.yaml
- --alert-token-file=/etc/swoll-alert-token/{{ .tokenKey }}
{{- end }}
{{- end }}
{{- with $controller.extraArgs }}
{{ toYaml . }}
{{- end }}
{{- end }}
