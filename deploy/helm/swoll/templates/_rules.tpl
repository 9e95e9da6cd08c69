{{/*
What the k8s_attributes processors of the configuration, ebpf receivers that trace selected pods, and the agents' API ask the API server
for, as rules of a ClusterRole. As the code: pods by kubernetes/client/list-watch.ts or kubelet.ts, single objects by
processors/k8s_attributes/extractor.ts, kubernetes/pods/workload.ts and trace/requests/consent.ts, reviews by extensions/trace_api/auth/.
*/}}
{{- define "swoll.rules" -}}
{{- $asked := dict }}
{{- range $id, $processor := .Values.config.processors }}
{{- if has (first (splitList "/" $id)) (list "k8s_attributes" "k8sattributes") }}
{{- $config := $processor | default dict }}
{{- if and (eq ($config.auth_type | default "serviceAccount") "serviceAccount") (not $config.passthrough) }}
{{- include "swoll.markPods" (dict "source" $config.source "asked" $asked) }}
{{- if ne ($config.source | default "watch") "cri" }}{{ include "swoll.markObjects" (dict "extract" ($config.extract | default dict) "level" $config.aggregate_to "asked" $asked) }}{{ end }}
{{- end }}
{{- end }}
{{- end }}
{{- range $id, $receiver := .Values.config.receivers }}
{{- if eq (first (splitList "/" $id)) "ebpf" }}
{{- $trace := ($receiver | default dict).trace | default dict }}
{{- with $trace.pods }}
{{- if and (eq (.auth_type | default "serviceAccount") "serviceAccount") (not $trace.replay) }}
{{- include "swoll.markPods" (dict "source" .source "asked" $asked) }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- if (.Values.api).enabled }}
{{- $api := (include "swoll.config" . | fromYaml).extensions.trace_api }}
{{- include "swoll.markApi" (dict "api" $api "asked" $asked) }}
{{- end }}
{{- if $asked.pods }}
- {apiGroups: [""], resources: [pods], verbs: [list, watch]}
{{- end }}
{{- if $asked.reviews }}
- {apiGroups: [authentication.k8s.io], resources: [tokenreviews], verbs: [create]}
- {apiGroups: [authorization.k8s.io], resources: [subjectaccessreviews], verbs: [create]}
{{- end }}
{{- if $asked.kubelet }}
- {apiGroups: [""], resources: [{{ include "swoll.kubeletResource" . }}], verbs: [get]}
{{- end }}
{{- range $resource, $group := dict "namespaces" "" "nodes" "" "replicasets" "apps" "deployments" "apps" "statefulsets" "apps" "daemonsets" "apps" "jobs" "batch" }}
{{- if get $asked $resource }}
- {apiGroups: [{{ $group | quote }}], resources: [{{ $resource }}], verbs: [get]}
{{- end }}
{{- end }}
{{- end }}

{{/*
What a kubelet wants to be allowed of who reads its pods: nodes/pods since 1.33 (KEP-2862), and before that nodes/proxy, with which one can
also run commands in every container of the node.
*/}}
{{- define "swoll.kubeletResource" -}}
{{- $default := ternary "nodes/pods" "nodes/proxy" (semverCompare ">=1.33.0-0" .Capabilities.KubeVersion.Version) }}
{{- .Values.rbac.kubeletResource | default $default }}
{{- end }}

{{/* Adds the pods to `asked`, by where they come from. Prints nothing. */}}
{{- define "swoll.markPods" -}}
{{- $source := .source | default "watch" }}
{{- if eq $source "watch" }}{{ $_ := set .asked "pods" true }}{{ end }}
{{- if eq $source "kubelet" }}{{ $_ := set .asked "kubelet" true }}{{ end }}
{{- end }}

{{/* Adds the objects besides pods to `asked`. Prints nothing. */}}
{{- define "swoll.markObjects" -}}
{{- $asked := .asked }}
{{- $metadata := .extract.metadata | default (list "k8s.deployment.name" "k8s.cronjob.name") }}
{{- if eq (.level | default "container") "workload" }}{{ $metadata = concat $metadata (list "k8s.deployment.name" "k8s.cronjob.name") }}{{ end }}
{{- $from := dict }}
{{- range concat (.extract.labels | default list) (.extract.annotations | default list) }}
{{- $_ := set $from (.from | default "pod") true }}
{{- end }}
{{- range $source, $resource := dict "namespace" "namespaces" "node" "nodes" "deployment" "deployments" "statefulset" "statefulsets" "daemonset" "daemonsets" "job" "jobs" }}
{{- if get $from $source }}{{ $_ := set $asked $resource true }}{{ end }}
{{- end }}
{{- if has "k8s.cluster.uid" $metadata }}{{ $_ := set $asked "namespaces" true }}{{ end }}
{{- if has "k8s.node.uid" $metadata }}{{ $_ := set $asked "nodes" true }}{{ end }}
{{- $isWholeName := and (hasKey .extract "deployment_name_from_replicaset") (not .extract.deployment_name_from_replicaset) }}
{{- $isDeploymentWanted := or (has "k8s.deployment.name" $metadata) $from.deployment }}
{{- if or (has "k8s.deployment.uid" $metadata) (and $isWholeName $isDeploymentWanted) }}{{ $_ := set $asked "replicasets" true }}{{ end }}
{{- if or (has "k8s.cronjob.name" $metadata) (has "k8s.cronjob.uid" $metadata) (has "service.name" $metadata) }}{{ $_ := set $asked "jobs" true }}{{ end }}
{{- end }}

{{/* Adds what the agents' API asks for to `asked`: who calls and what they may do, and pods. Prints nothing. */}}
{{- define "swoll.markApi" -}}
{{- $login := (.api.auth | default dict).kubernetes }}
{{- if and (kindIs "map" $login) (eq ($login.auth_type | default "serviceAccount") "serviceAccount") }}{{ $_ := set .asked "reviews" true }}{{ end }}
{{- if and (kindIs "map" .api.pods) (eq (.api.pods.auth_type | default "serviceAccount") "serviceAccount") }}
{{- include "swoll.markPods" (dict "source" .api.pods.source "asked" .asked) }}
{{- $_ := set .asked "namespaces" true }}
{{- end }}
{{- end }}
