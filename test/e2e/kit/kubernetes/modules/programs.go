// SPDX-License-Identifier: Apache-2.0

//go:build programs

// Package modules names the programs of a cluster that the tests build; go.mod pins their versions.
package modules

import (
	_ "helm.sh/helm/v3/cmd/helm"
	_ "k8s.io/kubernetes/cmd/kube-apiserver"
	_ "k8s.io/kubernetes/cmd/kube-controller-manager"
	_ "k8s.io/kubernetes/cmd/kube-scheduler"
	_ "k8s.io/kubernetes/cmd/kubelet"
)
