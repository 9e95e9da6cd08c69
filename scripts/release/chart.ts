/** Packs the chart, as `helm package` does, and the same every time. */
import { execFileSync } from 'node:child_process'
import { mkdtempDisposableSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readPackage, settle } from './system-tree.ts'
import { packTar } from './tarball.ts'

/** Builds into `folder`; gives the path of the archive. Its version, and the image's it installs, are the package's. */
export function buildChart(folder: string, helm: string): string {
  using work = mkdtempDisposableSync(join(tmpdir(), 'swoll-chart-'))
  const { version } = readPackage()
  const versions = ['--version', version, '--app-version', version]
  execFileSync(helm, ['package', 'deploy/helm/swoll', ...versions, '--destination', work.path], {
    stdio: 'pipe',
  })
  const [name] = readdirSync(work.path)
  // Helm's own archive has the time of packing in it.
  execFileSync('tar', ['-C', work.path, '-xzf', join(work.path, name!)])
  settle(join(work.path, 'swoll'))
  return packTar(work.path, 'swoll', join(folder, name!))
}
