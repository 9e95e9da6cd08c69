/** Which calls of whom: the fields of a trace. They are in the address, so that a trace can be shared. */
import { NO_CHOICE, type TraceChoice, toKubectlCommand, toNodeCommand } from '../command.ts'
import { usePage } from '../data/page-context.ts'
import { useAnswer } from '../data/use-answer.ts'
import { Input } from './controls.tsx'
import { Code } from './scroll.tsx'

interface PodList {
  readonly pods: readonly {
    readonly namespace: string
    readonly name: string
    readonly containers: readonly { readonly name: string }[]
    readonly optedOut: boolean
  }[]
}
interface SyscallList {
  readonly syscalls: readonly { readonly name: string }[]
  readonly classes: readonly string[]
  readonly groups: readonly string[]
}

type Field = keyof TraceChoice

/** What is narrowed to elsewhere on the page is where a trace begins. */
export function useChoice(): readonly [TraceChoice, (field: Field, value: string) => void] {
  const { state, go } = usePage()
  const { where, more } = state
  const given: Partial<Record<Field, string | undefined>> = {
    namespace: where.namespace,
    pod: where.pod,
    container: where.container,
    syscalls: where.syscall,
    errors: where.errno === 'OK' ? undefined : where.errno,
  }
  const fields = Object.keys(NO_CHOICE) as Field[]
  const choice = Object.fromEntries(fields.map(field => [field, more[field] ?? given[field] ?? '']))
  // A field that was emptied must not fall back to what the page is narrowed to.
  const set = (field: Field, value: string) =>
    go({ where: {}, more: { ...more, ...choice, [field]: value } }, 'replace')
  return [choice as unknown as TraceChoice, set]
}

interface ChoiceFieldsProps {
  readonly choice: TraceChoice
  readonly set: (field: Field, value: string) => void
}

export function ChoiceFields({ choice, set }: ChoiceFieldsProps) {
  const { namespaces, pods, containers, calls } = useSuggestions(choice)
  const field = (name: Field, label: string, placeholder: string, list?: readonly string[]) => (
    <Input
      label={label}
      value={choice[name]}
      placeholder={placeholder}
      onInput={value => set(name, value)}
      {...(list ? { list: [...new Set(list)] } : {})}
    />
  )
  return (
    <>
      {field('namespace', 'Namespace', 'none: the host', namespaces)}
      {field('pod', 'Pod', 'all', pods)}
      {field('container', 'Container', 'all', containers)}
      {field('syscalls', 'Calls', 'openat,Network,!poll', calls)}
      {field('errors', 'Errors', 'any, or ENOENT,EACCES')}
      {field('minLatency', 'At least', '10ms')}
      {field('comm', 'Thread name', 'all')}
      {field('path', 'File', '/etc/')}
    </>
  )
}

/** Names that the agent knows; where it refuses to tell, any may be typed. */
function useSuggestions(choice: TraceChoice) {
  const { session } = usePage()
  const pods = useAnswer<PodList>(new URL('pods', session.api).href).value?.pods ?? []
  const catalogue = useAnswer<SyscallList>(new URL('syscalls', session.api).href).value
  const own = pods.filter(({ namespace }) => choice.namespace === '' || namespace === choice.namespace)
  const ofPod = own.filter(({ name }) => choice.pod === '' || name === choice.pod)
  const names = catalogue
    ? [...catalogue.classes, ...catalogue.groups, ...catalogue.syscalls.map(({ name }) => name)]
    : []
  return {
    namespaces: pods.map(({ namespace }) => namespace),
    pods: own.map(({ name }) => name),
    containers: ofPod.flatMap(pod => pod.containers.map(({ name }) => name)),
    calls: names,
  }
}

/** The same in a terminal. */
export function Commands({ choice }: { readonly choice: TraceChoice }) {
  return (
    <details open>
      <summary>The same in a terminal</summary>
      <p>From wherever kubectl works:</p>
      <Code>{toKubectlCommand(choice)}</Code>
      <p>On the node:</p>
      <Code>{toNodeCommand(choice)}</Code>
    </details>
  )
}

/** Shown instead where the agent has no API. */
export function NoApi() {
  return (
    <div class="note">
      <p>This agent has no API on this address, so there are no traces here. Add it to the configuration:</p>
      <Code>
        {'extensions:\n  trace_api:\n    endpoint: 127.0.0.1:9095\nservice:\n  extensions: [trace_api]'}
      </Code>
      <p>and start the agent anew. Without it, calls can be traced on the node: `swoll trace`.</p>
    </div>
  )
}
