/** Names of images, for containers of which the runtime tells only the image's id. */
import type { Image, RuntimeContainer } from './messages.ts'

/** containerd writes ids as digests, CRI-O without the name of the hash. */
const ID = /^(?:sha256:)?([0-9a-f]{64})$/

export class ImageNames {
  /** Images of the last look's containers, by id; undefined: the runtime has no name for the image. */
  #images: ReadonlyMap<string, Image | undefined> = new Map()

  /**
   * The containers with the first name of their image in the place of its id, as the runtime itself puts it into a container's status;
   * an image without tags has the name of its digest. `list` is called when there is an id that was not there last time; rejects
   * as that does.
   */
  async name(
    containers: readonly RuntimeContainer[],
    list: () => Promise<readonly Image[]>,
  ): Promise<RuntimeContainer[]> {
    const ids = new Set(containers.flatMap(({ image }) => toId(image) ?? []))
    const isKnown = [...ids].every(id => this.#images.has(id))
    const images = isKnown ? this.#images : new Map((await list()).map(each => [toId(each.id), each]))
    this.#images = new Map([...ids].map(id => [id, images.get(id)]))
    return containers.map(container => withNames(container, this.#images.get(toId(container.image) ?? '')))
  }
}

function withNames(container: RuntimeContainer, image: Image | undefined): RuntimeContainer {
  if (image === undefined) return container
  const { tags, digests } = image
  const { imageRef } = container
  return {
    ...container,
    image: tags[0] ?? digests[0] ?? container.image,
    imageRef: imageRef.includes('@') ? imageRef : (digests[0] ?? imageRef),
  }
}

function toId(text: string): string | undefined {
  return ID.exec(text)?.[1]
}
