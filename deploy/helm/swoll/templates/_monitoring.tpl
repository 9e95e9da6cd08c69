{{/*
Naming of dashboards or rules, of the dictionary {root, part}: that of the exporter which Prometheus scrapes, unless the values say
otherwise.
*/}}
{{- define "swoll.naming" -}}
{{- $exporters := .root.Values.config.exporters | default dict }}
{{- .part.naming | default (($exporters.prometheus | default dict).naming | default "swoll") }}
{{- end }}
