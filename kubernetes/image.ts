/** Names of container images: `[registry/]repository[:tag][@digest]`. */
interface ImageName {
  /** The name as written, without tag and digest. */
  readonly name: string
  /** `latest` when there is neither tag nor digest. */
  readonly tag: string | undefined
  readonly digest: string | undefined
}

const IMAGE = /^(.+?)(?::([\w][\w.-]{0,127}))?(?:@(\w[\w+.-]*:[0-9A-Fa-f]{32,}))?$/

/** An image id; no repository can have such a name. */
const ID = /^[0-9a-f]{64}$/

/** Undefined for what has no name: nothing, or a bare image id. */
export function parseImage(image: string): ImageName | undefined {
  const [, name, tag, digest] = IMAGE.exec(image) ?? []
  if (name === undefined || name === 'sha256' || ID.test(image)) return undefined
  return { name, tag: tag ?? (digest === undefined ? 'latest' : undefined), digest }
}
