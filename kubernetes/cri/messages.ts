/** The few messages of the Container Runtime Interface, runtime.v1, that are read. Field numbers are those of its api.proto. */
import { ProtoMessage } from '../../pipeline/proto-message.ts'

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
  return new ProtoMessage(bytes).messages(1).map(sandbox => {
    const metadata = sandbox.message(2)
    return {
      id: sandbox.text(1),
      name: metadata.text(1),
      uid: metadata.text(2),
      namespace: metadata.text(3),
      attempt: Number(metadata.integer(4)),
      createdNs: sandbox.integer(4),
      labels: toRecord(sandbox.messages(5)),
      annotations: toRecord(sandbox.messages(6)),
    }
  })
}

/** Returns the containers of a ListContainersResponse. Throws RangeError for other bytes. */
export function readContainers(bytes: Uint8Array): RuntimeContainer[] {
  return new ProtoMessage(bytes).messages(1).map(container => {
    const metadata = container.message(3)
    const image = container.message(4)
    return {
      id: container.text(1),
      sandboxId: container.text(2),
      name: metadata.text(1),
      attempt: Number(metadata.integer(2)),
      image: image.text(18) || image.text(1),
      imageRef: container.text(5),
    }
  })
}

/** Returns the images of a ListImagesResponse. Throws RangeError for other bytes. */
export function readImages(bytes: Uint8Array): Image[] {
  return new ProtoMessage(bytes)
    .messages(1)
    .map(image => ({ id: image.text(1), tags: image.texts(2), digests: image.texts(3) }))
}

/** Returns the entries of a map, which are messages of key and value. */
function toRecord(entries: readonly ProtoMessage[]): Record<string, string> {
  return Object.fromEntries(entries.map(entry => [entry.text(1), entry.text(2)]))
}
