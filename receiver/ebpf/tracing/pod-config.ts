/** Configuration of which pods are traced: a selection as kubectl has it, and where the pods of the node come from. */
import { z } from 'zod'
import { deleteGracePeriod, nodeFilter, type PodOrigin, podSource } from '../../../kubernetes/pods/origin.ts'
import { decodeFieldSelector } from '../../../kubernetes/selectors/fields.ts'
import { decodeLabelSelector, SelectorError } from '../../../kubernetes/selectors/labels.ts'
import { RUNTIME_FIELDS } from '../../../kubernetes/selectors/pod-fields.ts'
import { describeValue } from '../../../pipeline/config.ts'
import type { ContainerSelection } from '../../../trace/requests/request.ts'
import { needsPlace } from '../../../trace/requests/targets.ts'

/** RFC 1123, as the API server checks names. */
const NAME = /^(?=.{1,253}$)[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/

const names = (what: string, example: string) =>
  z
    .array(
      z.string().refine(name => NAME.test(name), {
        error: issue =>
          `must be a whole name such as "${example}", got ${describeValue(issue.input)}; patterns are not known here, select by labels`,
      }),
    )
    .default([])
    .describe(what)

function selector(decode: (text: string) => unknown) {
  return z.string().superRefine((text, context) => {
    const fault = findFault(decode, text)
    if (fault !== undefined) context.addIssue({ code: 'custom', message: fault })
  })
}

function findFault(decode: (text: string) => unknown, text: string): string | undefined {
  try {
    decode(text)
  } catch (error) {
    if (error instanceof SelectorError) return error.message
    throw error
  }
}

export const pods = z
  .strictObject({
    namespaces: names('Only pods of these namespaces', 'shop'),
    names: names('Only pods of these names', 'web-0'),
    label_selector: selector(decodeLabelSelector)
      .optional()
      .describe('Only pods with these labels, as kubectl has them: `app=web,tier in (front,edge),!canary`'),
    field_selector: selector(decodeFieldSelector)
      .optional()
      .describe(
        'Only pods with these fields: `status.phase=Running`. A container runtime knows `metadata.name`, `metadata.namespace` and `spec.nodeName` alone',
      ),
    containers: names('Of these pods only containers of these names', 'nginx'),
    opted_out: z
      .boolean()
      .default(false)
      .describe('Whether also pods with the label or annotation `swoll: "false"` are traced'),
    ...podSource,
    filter: z.strictObject(nodeFilter).prefault({}),
    delete_grace_period: deleteGracePeriod,
  })
  .superRefine((given, context) => {
    if (!needsPlace(toSelection(given)))
      context.addIssue({
        code: 'custom',
        message:
          'must select by namespaces, names, label_selector, field_selector or containers; leave pods out to trace all containers',
      })
    const unknown = findUnknownField(given)
    if (unknown !== undefined)
      context.addIssue({
        code: 'custom',
        path: ['field_selector'],
        message: `must name what a container runtime knows (${RUNTIME_FIELDS.join(', ')}), got "${unknown}"; set source to watch or kubelet`,
      })
  })

type PodsConfig = z.output<typeof pods>

/** A field that nobody would ever know. */
function findUnknownField({ source, field_selector }: PodsConfig): string | undefined {
  if (source !== 'cri') return undefined
  return decodeFieldSelector(field_selector ?? '').find(({ field }) => !RUNTIME_FIELDS.includes(field))?.field
}

/** Returns the selection of pods in the words of a request. */
export function toSelection(given: PodsConfig): ContainerSelection {
  const { namespaces, names, label_selector = '', field_selector = '', containers, opted_out } = given
  return {
    kind: 'containers',
    namespaces,
    pods: names,
    containers,
    labels: label_selector,
    fields: field_selector,
    ...(opted_out && { withOptedOut: true }),
    isFollowing: true,
  }
}

/** Where they come from: all of the node, since those that are not known would be waited for. */
export function toOrigin({ filter, ...given }: PodsConfig): PodOrigin {
  return { ...given, filter: { ...filter, fields: [], labels: [] } }
}
