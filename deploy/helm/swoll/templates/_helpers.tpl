{{- define "swoll.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "swoll.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" }}
{{- else if contains (include "swoll.name" .) .Release.Name }}
{{- .Release.Name | trunc 63 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name (include "swoll.name" .) | trunc 63 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{/* A DaemonSet's selector can never change: nothing that an upgrade changes belongs here. */}}
{{- define "swoll.selectorLabels" -}}
app.kubernetes.io/name: {{ include "swoll.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "swoll.labels" -}}
{{ include "swoll.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/component: agent
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{/*
Labels of what is not the agent; of the dictionary {root, component}. Its name differs from the agent's, so that no selector of one
finds the pods of the other.
*/}}
{{- define "swoll.partSelectorLabels" -}}
app.kubernetes.io/name: {{ printf "%s-%s" (include "swoll.name" .root | trunc 50 | trimSuffix "-") .component }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
{{- end }}

{{- define "swoll.partLabels" -}}
{{- $own := dict "app.kubernetes.io/component" .component }}
{{- merge (include "swoll.partSelectorLabels" . | fromYaml) $own (include "swoll.labels" .root | fromYaml) | toYaml }}
{{- end }}

{{/* What has no namespace has the release's in its name: two releases with one name do not collide. */}}
{{- define "swoll.clusterName" -}}
{{ include "swoll.fullname" . }}:{{ .Release.Namespace }}
{{- end }}

{{/* Name of a part of the release, short enough for the CronJob that it may be of: a job's name has 11 characters more. */}}
{{- define "swoll.partName" -}}
{{ printf "%s-%s" (include "swoll.fullname" .root | trunc (int (sub 51 (len .component))) | trimSuffix "-") .component }}
{{- end }}

{{- define "swoll.serviceAccountName" -}}
{{- .Values.serviceAccount.name | default (ternary (include "swoll.fullname" .) "default" .Values.serviceAccount.create) }}
{{- end }}

{{- define "swoll.image" -}}
{{- with .Values.image }}
{{- if .digest }}{{ .repository }}@{{ .digest }}{{ else }}{{ .repository }}:{{ .tag | default $.Chart.AppVersion }}{{ end }}
{{- end }}
{{- end }}

{{/* Ports of the agents' pods by name, as JSON: those of `ports` that are there, and that of the API. */}}
{{- define "swoll.ports" -}}
{{- $ports := dict }}
{{- range $name, $port := .Values.ports }}{{ if $port }}{{ $_ := set $ports $name (int $port) }}{{ end }}{{ end }}
{{- if (.Values.api).enabled }}
{{- if has (int .Values.api.port) (values $ports) }}
{{- fail (printf "api.port: must differ from every port of `ports`, which have no TLS, got %d" (int .Values.api.port)) }}
{{- end }}
{{- $_ := set $ports "api" (int .Values.api.port) }}
{{- end }}
{{- toJson $ports }}
{{- end }}

{{/* Tells a Prometheus that goes by annotations, unless a monitor tells the Operator's: both together would scrape twice. */}}
{{- define "swoll.scrapeAnnotations" -}}
{{- if and .Values.scrapeAnnotations .Values.ports.metrics (not .Values.podMonitor.enabled) (not .Values.serviceMonitor.enabled) }}
prometheus.io/scrape: "true"
prometheus.io/port: {{ .Values.ports.metrics | quote }}
prometheus.io/path: {{ (.Values.config.exporters.prometheus | default dict).path | default "/metrics" | quote }}
{{- end }}
{{- end }}

{{/*
One endpoint of a monitor; of the dictionary {port, monitor}. The series of the node have namespace, pod and container of their own,
or none, for host processes: those of the agent must not take their place.
*/}}
{{- define "swoll.monitorEndpoint" -}}
- port: {{ .port }}
  path: /metrics
  interval: {{ .monitor.interval }}
  scrapeTimeout: {{ .monitor.scrapeTimeout }}
  honorLabels: {{ eq .port "metrics" }}
  relabelings:
    - {sourceLabels: [__meta_kubernetes_pod_node_name], targetLabel: node}
    {{- if eq .port "metrics" }}
    - {action: labeldrop, regex: namespace|pod|container}
    {{- end }}
{{- end }}
