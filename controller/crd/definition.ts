/** The definition of the Trace resource for an API server, made of the same schemas that agents and the controller decode it with. */

import { z } from 'zod'
import { GROUP, KIND } from '../../trace/api/documents.ts'
import { resourceSpec } from '../resource.ts'
import { traceStatus } from '../status-fields.ts'
import { addRules, RESOURCE_RULES } from './rules.ts'
import { type Schema, toStructural } from './structural.ts'

/** The CustomResourceDefinition. */
export function createDefinition() {
  const spec = toStructural(z.toJSONSchema(resourceSpec, { io: 'input', unrepresentable: 'any' }) as Schema)
  const status = toStructural(z.toJSONSchema(traceStatus, { unrepresentable: 'any' }) as Schema)
  addRules(spec)
  spec.description = 'Whose calls are traced, which, and for how long'
  status.description = 'Written by the controller'
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `traces.${GROUP}` },
    spec: {
      group: GROUP,
      scope: 'Namespaced',
      names: { kind: KIND, listKind: 'TraceList', plural: 'traces', singular: 'trace' },
      versions: [
        {
          name: 'v1alpha1',
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: COLUMNS,
          schema: { openAPIV3Schema: rootSchema(spec, status) },
        },
      ],
    },
  }
}

const column = (name: string, jsonPath: string, type = 'string') => ({ name, type, jsonPath })
/** The columns of the original, and what tells whether a trace is of use. `kubectl get` puts the name before them. */
const COLUMNS = [
  column('Job', '.status.job'),
  column('Syscalls', '.spec.syscalls'),
  column('State', '.status.state'),
  column('Calls', '.status.calls', 'integer'),
  column('Lost', '.status.lost', 'integer'),
  column('Age', '.metadata.creationTimestamp', 'date'),
]

function rootSchema(spec: Schema, status: Schema): Schema {
  return {
    description: 'System calls of the pods of this namespace, traced by the agents on all nodes',
    type: 'object',
    properties: {
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      metadata: { type: 'object' },
      spec,
      status,
    },
    'x-kubernetes-validations': RESOURCE_RULES,
  }
}
