/** Configuration files of containerd, its network and the kubelet. */
import { PAUSE } from './image.ts'

/** Debian keeps the plugins of containernetworking-plugins here. */
export const CNI_PLUGINS = '/usr/lib/cni'

/** Version 2 of containerd's configuration, which 1.x and 2.x read. */
export function containerdConfig(): string {
  return `version = 2
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${PAUSE}"
  restrict_oom_score_adj = true # lowering it needs CAP_SYS_RESOURCE, which root in a virtual machine may lack
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "${CNI_PLUGINS}"
    conf_dir = "/etc/cni/net.d"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
      SystemdCgroup = false
`
}

/** One veth pair per pod, which goes with the pod's network namespace: nothing to clean up. */
export function cniConfig(podCidr: string): string {
  const ipam = { type: 'host-local', ranges: [[{ subnet: podCidr }]], routes: [{ dst: '0.0.0.0/0' }] }
  return JSON.stringify({
    cniVersion: '0.4.0',
    name: 'test',
    plugins: [{ type: 'ptp', ipMasq: false, ipam }],
  })
}

interface KubeletSettings {
  readonly port: number
  readonly cgroupRoot: string
  readonly caFile: string
  readonly serving: { readonly certFile: string; readonly keyFile: string }
  readonly staticPodFolder: string
}

/** Returns kubeadm's configuration of a kubelet, without what a machine lacks that has no systemd, swap, or little disk. */
export function kubeletConfig(settings: KubeletSettings): string {
  return JSON.stringify({
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    port: settings.port,
    healthzPort: 0,
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: settings.caFile },
    },
    authorization: { mode: 'Webhook' },
    tlsCertFile: settings.serving.certFile,
    tlsPrivateKeyFile: settings.serving.keyFile,
    containerRuntimeEndpoint: 'unix:///run/containerd/containerd.sock',
    staticPodPath: settings.staticPodFolder,
    cgroupDriver: 'cgroupfs',
    cgroupRoot: settings.cgroupRoot,
    failCgroupV1: false,
    failSwapOn: false,
    makeIPTablesUtilChains: false,
    localStorageCapacityIsolation: false,
    oomScoreAdj: 0,
    evictionHard: { 'memory.available': '0%', 'nodefs.available': '0%', 'imagefs.available': '0%' },
    imageGCHighThresholdPercent: 100,
    maxPods: 250,
    syncFrequency: '5s', // so soon pods see a Secret that has changed; a minute by default
    serializeImagePulls: false,
  })
}
