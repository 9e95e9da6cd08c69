/** The components of this program. The only file that names them. */
import { createRegistry, type Registry } from '../pipeline/registry.ts'

/** Loads every factory. Their heavy dependencies are loaded when a component starts. */
export async function loadRegistry(): Promise<Registry> {
  const modules = await Promise.all([
    import('../receiver/ebpf/factory.ts'),
    import('../receiver/trace_jobs/factory.ts'),
    import('../processors/memory_limiter/factory.ts'),
    import('../processors/k8s_attributes/factory.ts'),
    import('../processors/syscall/factory.ts'),
    import('../processors/cardinality_limit/factory.ts'),
    import('../processors/filter/factory.ts'),
    import('../processors/transform/factory.ts'),
    import('../processors/batch/factory.ts'),
    import('../processors/cumulative_to_delta/factory.ts'),
    import('../processors/interval/factory.ts'),
    import('../processors/attributes/factory.ts'),
    import('../processors/resource/factory.ts'),
    import('../processors/metrics_transform/factory.ts'),
    import('../processors/resource_detection/factory.ts'),
    import('../exporters/prometheus/factory.ts'),
    import('../exporters/charts/factory.ts'),
    import('../exporters/otlp_grpc/factory.ts'),
    import('../exporters/otlp_http/factory.ts'),
    import('../exporters/prometheus_remote_write/factory.ts'),
    import('../exporters/file/factory.ts'),
    import('../exporters/debug/factory.ts'),
    import('../connectors/forward/factory.ts'),
    import('../connectors/routing/factory.ts'),
    import('../connectors/count/factory.ts'),
    import('../extensions/health_check/factory.ts'),
    import('../extensions/pprof/factory.ts'),
    import('../extensions/zpages/factory.ts'),
    import('../extensions/trace_api/factory.ts'),
    import('../extensions/bearertokenauth/factory.ts'),
    import('../extensions/basicauth/factory.ts'),
    import('../extensions/file_storage/factory.ts'),
    import('../extensions/oauth2client/factory.ts'),
  ])
  return createRegistry(modules.map(({ factory }) => factory))
}
