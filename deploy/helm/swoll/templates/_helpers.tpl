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

{{- define "swoll.serviceAccountName" -}}
{{- .Values.serviceAccount.name | default (ternary (include "swoll.fullname" .) "default" .Values.serviceAccount.create) }}
{{- end }}

{{- define "swoll.image" -}}
{{- with .Values.image }}
{{- if .digest }}{{ .repository }}@{{ .digest }}{{ else }}{{ .repository }}:{{ .tag | default $.Chart.AppVersion }}{{ end }}
{{- end }}
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
