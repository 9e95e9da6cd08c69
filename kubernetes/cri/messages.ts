/** The few messages of the Container Runtime Interface, runtime.v1, that are read. Field numbers are those of its api.proto. */
import { type Fields, readFields, toText, toUnsigned } from './proto-reader.ts'

export interface Sandbox {
  readonly id: string
  readonly name: string
  readonly uid: string
  readonly namespace: string
  readonly attempt: number
  readonly createdNs: bigint
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
}

export interface RuntimeContainer {
  readonly id: string
  readonly sandboxId: string
  readonly name: string
  readonly attempt: number
  /** The image's name in the pod's specification, if the runtime knows it; else the runtime's own name or id. */
  readonly image: string
  readonly imageRef: string
}

export interface Image {
  readonly id: string
  /** `name:tag` each. */
  readonly tags: readonly string[]
  /** `name@sha256:…` each. */
  readonly digests: readonly string[]
}

/** Returns the sandboxes of a ListPodSandboxResponse. Throws RangeError for other bytes. */
export function readSandboxes(bytes: Uint8Array): Sandbox[] {
  return (readFields(bytes).get(1) ?? []).map(item => {
    const sandbox = readFields(item)
    const metadata = message(sandbox, 2)
    return {
      id: text(sandbox, 1),
      name: text(metadata, 1),
      uid: text(metadata, 2),
      namespace: text(metadata, 3),
      attempt: number(metadata, 4),
      createdNs: toUnsigned(sandbox.get(4)?.at(-1)),
      labels: map(sandbox, 5),
      annotations: map(sandbox, 6),
    }
  })
}

/** Returns the containers of a ListContainersResponse. Throws RangeError for other bytes. */
export function readContainers(bytes: Uint8Array): RuntimeContainer[] {
  return (readFields(bytes).get(1) ?? []).map(item => {
    const container = readFields(item)
    const metadata = message(container, 3)
    const image = message(container, 4)
    return {
      id: text(container, 1),
      sandboxId: text(container, 2),
      name: text(metadata, 1),
      attempt: number(metadata, 2),
      image: text(image, 18) || text(image, 1),
      imageRef: text(container, 5),
    }
  })
}

/** Returns the images of a ListImagesResponse. Throws RangeError for other bytes. */
export function readImages(bytes: Uint8Array): Image[] {
  return (readFields(bytes).get(1) ?? []).map(item => {
    const image = readFields(item)
    return { id: text(image, 1), tags: texts(image, 2), digests: texts(image, 3) }
  })
}

const text = (fields: Fields, field: number) => toText(fields.get(field)?.at(-1))
const texts = (fields: Fields, field: number) => (fields.get(field) ?? []).map(toText)
const number = (fields: Fields, field: number) => Number(toUnsigned(fields.get(field)?.at(-1)))
const message = (fields: Fields, field: number) => readFields(fields.get(field)?.at(-1) ?? new Uint8Array())

function map(fields: Fields, field: number): Record<string, string> {
  return Object.fromEntries(
    (fields.get(field) ?? []).map(item => {
      const entry = readFields(item)
      return [text(entry, 1), text(entry, 2)]
    }),
  )
}
