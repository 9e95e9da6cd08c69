/** Serves routes with a certificate that somebody else makes, and may not have made yet. */
import { stat } from 'node:fs/promises'
import type { Create, Host } from '../component.ts'
import { watchFiles } from '../file-changes.ts'
import { tlsServerFiles } from '../tls.ts'
import type { ListenerLease } from './lease.ts'
import { type ListenerConfig, type Serving, serveRoutes } from './serve.ts'

interface ServingLater extends Serving {
  /** False: files that are not there yet are a mistake. */
  readonly isPatient: boolean
  /** Told once, when it listens. */
  readonly onServing: (lease: ListenerLease) => void
}

/**
 * As serveRoutes, but where a file of the certificate is not there yet it resolves at once, and the process is not ready; it looks every ten seconds, and
 * serves once the files are there. Rejects as serveRoutes does where they are there from the beginning, or it is not to be patient.
 */
export async function serveLater(
  host: Pick<Host, 'service' | 'report' | 'expectBeats'>,
  create: Create<ListenerConfig>,
  serving: ServingLater,
): Promise<Pick<ListenerLease, 'release'>> {
  const files = create.config.tls ? tlsServerFiles(create.config.tls) : []
  const serve = async () => {
    const lease = await serveRoutes(host, create, serving)
    serving.onServing(lease)
    return lease
  }
  const missing = serving.isPatient ? await findMissing(files) : undefined
  if (missing === undefined) return serve()
  const place = `${serving.kind}::${create.id}::tls`
  host.report('recoverable', new Error(`${place}: ${missing} is not there yet; this listens once it is`))
  const waiting = host.expectBeats({ name: `${place} is there`, for: 'ready', maxSilenceMs: 0 })
  let lease: Promise<ListenerLease | undefined> = Promise.resolve(undefined)
  const tryServing = async () => {
    if ((await findMissing(files)) !== undefined) return
    lease = serve().catch((error: Error) => void create.log.error({ error: error.message }, serving.failure))
    if ((await lease) === undefined) return // until the files change again
    stop()
    waiting.stop()
    host.report('ok')
  }
  const stop = watchFiles(files, serving.clock, tryServing)
  // They may have come since.
  await tryServing()
  return {
    async release(abort) {
      stop()
      waiting.stop()
      await (await lease)?.release(abort)
    },
  }
}

/** The first file that is not there. */
async function findMissing(files: readonly string[]): Promise<string | undefined> {
  for (const file of files) {
    const isThere = await stat(file).then(
      () => true,
      (error: NodeJS.ErrnoException) => error.code !== 'ENOENT',
    )
    if (!isThere) return file
  }
  return undefined
}
