/** The components of this program. The only file that names them. */
import { createRegistry, type Registry } from '../pipeline/registry.ts'

/** Loads every factory. Their heavy dependencies are loaded when a component starts. */
export async function loadRegistry(): Promise<Registry> {
  const [ebpf, syscall, prometheus, otlpGrpc] = await Promise.all([
    import('../receiver/ebpf/factory.ts'),
    import('../processors/syscall/factory.ts'),
    import('../exporters/prometheus/factory.ts'),
    import('../exporters/otlp_grpc/factory.ts'),
  ])
  return createRegistry({
    receivers: [ebpf.factory],
    processors: [syscall.factory],
    exporters: [prometheus.factory, otlpGrpc.factory],
  })
}
