/** Which names and labels series have. */
import type { NameForm } from './names.ts'
import { defaultResourceLabels, type Naming, type ResourceLabels } from './resource-labels.ts'

/** Which attributes of a resource become labels under names of their own. In patterns `*` stands for any text, `?` for one character. */
export interface Promotion {
  readonly included: readonly string[]
  readonly excluded: readonly string[]
}

export interface LabelOptions {
  readonly naming: Naming
  readonly constLabels: Readonly<Record<string, string>>
  readonly resourceLabels: ResourceLabels
  /** Absent: no attribute of a resource is shown but by `resourceLabels`. */
  readonly promoted?: Promotion
  /** True: no labels for the scope, which the `otel` naming has otherwise. */
  readonly withoutScope?: boolean
  /** Absent: the usual form. */
  readonly names?: NameForm
  /** True: series have `job` and `instance` of their resource, which the `otel` naming has anyway. */
  readonly hasTarget?: boolean
  /** False: no `target_info`, which the `otel` naming has otherwise. */
  readonly hasTargetInfo?: boolean
}

/** Whether series have `job` and `instance` of their resource. */
export function showsTarget({ naming, hasTarget }: LabelOptions): boolean {
  return hasTarget ?? naming === 'otel'
}

/** The keys of a configuration that say so, as the exporters for Prometheus have them. */
interface LabelConfig {
  readonly naming: Naming
  readonly const_labels: Readonly<Record<string, string>>
  readonly resource_labels?: ResourceLabels | undefined
  readonly namespace: string
  readonly translation_strategy?: string | undefined
  readonly add_metric_suffixes: boolean
  readonly without_scope_info: boolean
  readonly resource_to_telemetry_conversion: {
    readonly enabled: boolean
    readonly exclude_service_attributes: boolean
  }
  readonly resource_constant_labels?: Promotion | undefined
}

const SERVICE = ['service.name', 'service.namespace', 'service.instance.id']

/** What the configuration says of names and labels. Data alone: equal configurations give equal JSON. */
export function toLabelOptions(config: LabelConfig): LabelOptions {
  const promoted = toPromotion(config)
  return {
    naming: config.naming,
    constLabels: config.const_labels,
    resourceLabels: config.resource_labels ?? defaultResourceLabels(config.naming),
    withoutScope: config.without_scope_info,
    names: { namespace: config.namespace, hasSuffixes: hasSuffixes(config) },
    ...(promoted && { promoted }),
  }
}

function hasSuffixes({ translation_strategy: strategy, add_metric_suffixes }: LabelConfig): boolean {
  return strategy === undefined ? add_metric_suffixes : strategy === 'UnderscoreEscapingWithSuffixes'
}

function toPromotion(config: LabelConfig): Promotion | undefined {
  const { enabled, exclude_service_attributes: isExcluded } = config.resource_to_telemetry_conversion
  return enabled ? { included: ['*'], excluded: isExcluded ? SERVICE : [] } : config.resource_constant_labels
}
