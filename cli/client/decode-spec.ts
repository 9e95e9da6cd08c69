/** The specification of a job: what a file says, and what options say in its place. */
import { parse } from 'yaml'
import type { Place, TraceSpec } from '../../client/client.ts'
import { SelectorError } from '../../kubernetes/selectors/labels.ts'
import { KIND } from '../../trace/api/documents.ts'
import { toFieldSelector, toLabelSelector } from '../../trace/api/from-text.ts'
import { traceSpec } from '../../trace/api/spec.ts'
import { REQUEST_LIMITS } from '../../trace/requests/limits.ts'
import type { Usage } from '../trace/usage.ts'
import { DESTINATIONS, type TypedCreate } from './options.ts'
import { readText } from './read-text.ts'

export interface WantedJob {
  readonly place: Place
  readonly spec: TraceSpec
  /** The name of the Trace in the file. */
  readonly name: string | undefined
}

/** Refuses every mistake of the file and of the options. */
export function decodeSpec(typed: TypedCreate, usage: Usage): WantedJob {
  const file = typed.file === undefined ? {} : readFileSpec(typed.file, usage)
  const given = { ...file.spec, ...fromOptions(typed, usage) }
  const { success, data, error } = traceSpec.safeParse(given)
  for (const { path, message } of error?.issues ?? []) usage.refuse(placeOf(path, typed), message)
  return { place: decodePlace(typed, file.namespace, usage), spec: success ? data : {}, name: file.name }
}

/** Options by the keys that they stand for. */
const OPTION_OF: Readonly<Record<string, readonly [option: string, typed: keyof TypedCreate]>> = {
  syscalls: ['--syscalls', 'syscalls'],
  errors: ['--errors', 'errors'],
  paths: ['--path', 'path'],
  minLatency: ['--min-latency', 'minLatency'],
  uid: ['--uid', 'uid'],
  comm: ['--comm', 'comm'],
  sampleRate: ['--sample', 'sample'],
  duration: ['--duration', 'duration'],
  budget: ['--count', 'count'],
  rateLimit: ['--rate-limit', 'rateLimit'],
  stringLimit: ['--string-limit', 'stringLimit'],
  payloadLimit: ['--payload', 'payload'],
  output: ['--send-to', 'sendTo'],
}

function placeOf(path: readonly PropertyKey[], typed: TypedCreate): string {
  const [option, key] = OPTION_OF[String(path[0])] ?? []
  if (key !== undefined && typed[key] !== undefined) return option!
  const place = path.length === 0 ? 'spec' : `spec.${path.map(String).join('.')}`
  return typed.file === undefined ? place : `${typed.file}: ${place}`
}

interface FileSpec {
  readonly spec?: Readonly<Record<string, unknown>>
  readonly namespace?: string | undefined
  readonly name?: string | undefined
}

/** A specification, or a whole Trace object. */
function readFileSpec(path: string, usage: Usage): FileSpec {
  const text = readText('--file', path, usage)
  if (text === undefined) return {}
  try {
    const document: unknown = parse(text)
    if (typeof document !== 'object' || document === null || Array.isArray(document))
      throw new Error('no mapping')
    if (!('kind' in document)) return { spec: document as Record<string, unknown> }
    const { kind, spec, metadata } = document as {
      kind: unknown
      spec?: FileSpec['spec']
      metadata?: FileSpec
    }
    if (kind !== KIND) throw new Error(`kind: ${JSON.stringify(kind)}`)
    const textOf = (value: unknown) => (typeof value === 'string' ? value : undefined)
    return { spec: spec ?? {}, namespace: textOf(metadata?.namespace), name: textOf(metadata?.name) }
  } catch (error) {
    const [line] = (error as Error).message.split('\n')
    usage.refuse('--file', `must be a specification or a Trace in YAML or JSON, got "${path}" (${line})`)
    return {}
  }
}

const COUNT = { min: 1, max: Number.MAX_SAFE_INTEGER }

/** Only what was given. What is no number is refused here, all else by the schema. */
function fromOptions(typed: TypedCreate, usage: Usage): object {
  const errors = typed.failedOnly && typed.errors === undefined ? true : typed.errors
  const { uid, sample, callsPerSecond, stringBytes, payloadBytes } = REQUEST_LIMITS
  const list = (option: string, given: readonly string[] | undefined) => given && usage.words(option, given)
  const labels = typed.labelSelector
  const fields = typed.fieldSelector
  return defined({
    labelSelector:
      labels === undefined ? undefined : toSelector('--label-selector', toLabelSelector, labels, usage),
    fieldSelector:
      fields === undefined ? undefined : toSelector('--field-selector', toFieldSelector, fields, usage),
    hostSelector: list('--match-hosts', typed.matchHosts),
    pods: list('--pod', typed.pod),
    syscalls: list('--syscalls', typed.syscalls),
    errors: errors === undefined ? undefined : errors === true ? ['any'] : usage.words('--errors', [errors]),
    successfulOnly: typed.successfulOnly,
    paths: typed.path,
    minLatency: typed.minLatency,
    uid: usage.integer('--uid', typed.uid, uid),
    comm: typed.comm,
    sampleRate: usage.integer('--sample', typed.sample, sample),
    duration: typed.duration,
    budget: typed.count === undefined ? undefined : { calls: usage.integer('--count', typed.count, COUNT) },
    rateLimit: usage.integer('--rate-limit', typed.rateLimit, callsPerSecond),
    stringLimit: usage.integer('--string-limit', typed.stringLimit, stringBytes),
    payloadLimit: usage.integer('--payload', typed.payload, payloadBytes),
    environment: typed.environment,
    persistent: typed.persistent,
    output: list('--send-to', typed.sendTo)?.map(
      word => usage.oneOf('--send-to', word, DESTINATIONS) ?? 'logs',
    ),
  })
}

function defined(given: object): object {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
}

function toSelector(
  option: string,
  decode: (text: string) => TraceSpec['labelSelector'],
  text: string,
  usage: Usage,
): TraceSpec['labelSelector'] {
  try {
    return decode(text) ?? {}
  } catch (error) {
    if (!(error instanceof SelectorError)) throw error
    usage.refuse(option, error.message)
    return undefined
  }
}

/** The pods of one namespace, unless it was said that the node is meant. */
function decodePlace(typed: TypedCreate, fromFile: string | undefined, usage: Usage): Place {
  const { allNamespaces, containers, unit } = typed
  const kinds = [
    [typed.namespace, '--namespace'],
    [allNamespaces, '--all-namespaces'],
    [containers === false ? true : undefined, '--no-containers'],
    [unit, '--unit'],
  ] as const
  const given = kinds.flatMap(([value, option]) => (value === undefined ? [] : [option]))
  if (given.length > 1) usage.refuse(given[1]!, `must not be given together with ${given[0]}`)
  if (unit) return { node: { units: [...usage.words('--unit', unit)] } }
  if (containers === false) return { node: { from: 'host' } }
  if (allNamespaces) return { node: { from: 'containers' } }
  const namespace = typed.namespace ?? fromFile
  if (!namespace)
    usage.refuse(
      '--namespace',
      'must be given, got nothing; for all that is traced on the nodes --all-namespaces, --no-containers or --unit',
    )
  return { namespace: namespace ?? '' }
}
