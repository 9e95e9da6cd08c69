{{/* The Secret that the agents serve their API with. */}}
{{- define "swoll.tlsSecret" -}}
{{- if eq .Values.certificates.mode "secret" }}
{{- required "certificates.secretName: must name the Secret with tls.crt, tls.key and ca.crt, since certificates.mode is secret" .Values.certificates.secretName }}
{{- else }}
{{- include "swoll.fullname" . }}-tls
{{- end }}
{{- end }}

{{/* The name in the agents' certificate, whatever address they are reached at. */}}
{{- define "swoll.serverName" -}}
{{ include "swoll.fullname" . }}.{{ .Release.Namespace }}.svc
{{- end }}

{{/* All names in the agents' certificate, as JSON. */}}
{{- define "swoll.dnsNames" -}}
{{ concat (list (include "swoll.serverName" .) "localhost") .Values.certificates.extraDnsNames | uniq | toJson }}
{{- end }}

{{/* A pod that makes or renews certificates: as confined as the Pod Security level `restricted` wants it. */}}
{{- define "swoll.certificatesPod" -}}
{{- $labels := include "swoll.partLabels" (dict "root" . "component" "certificates") | fromYaml }}
{{- with .Values.certificates.self }}
metadata:
  labels: {{- omit $labels "helm.sh/chart" "app.kubernetes.io/managed-by" | toYaml | nindent 4 }}
spec:
  serviceAccountName: {{ include "swoll.partName" (dict "root" $ "component" "certificates") }}
  automountServiceAccountToken: true
  enableServiceLinks: false
  restartPolicy: OnFailure
  {{- with $.Values.imagePullSecrets }}
  imagePullSecrets: {{- toYaml . | nindent 4 }}
  {{- end }}
  nodeSelector: {{- toYaml .nodeSelector | nindent 4 }}
  {{- with .tolerations }}
  tolerations: {{- toYaml . | nindent 4 }}
  {{- end }}
  securityContext: {{- include "swoll.restrictedPod" $ | nindent 4 }}
  containers:
    - name: certificates
      image: {{ include "swoll.image" $ }}
      imagePullPolicy: {{ $.Values.image.pullPolicy }}
      args:
        - certificates
        - --name={{ include "swoll.fullname" $ }}
        - --namespace={{ $.Release.Namespace }}
        {{- range include "swoll.dnsNames" $ | fromJsonArray }}
        - --dns-name={{ . }}
        {{- end }}
        - --lifetime={{ .lifetime }}
        - --authority-lifetime={{ .authorityLifetime }}
        - --overlap={{ .overlap }}
      securityContext: {{- include "swoll.restrictedContainer" $ | nindent 8 }}
      resources: {{- toYaml .resources | nindent 8 }}
{{- end }}
{{- end }}

{{- define "swoll.restrictedPod" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
seccompProfile: {type: RuntimeDefault}
{{- end }}

{{- define "swoll.restrictedContainer" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}
