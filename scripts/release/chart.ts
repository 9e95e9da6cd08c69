/** Packs the chart, as `helm package` does, and the same every time. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readPackage, settle } from './system-tree.ts'
import { packTar } from './tarball.ts'

/** Builds into `folder`; gives the path of the archive. Its version, and the image's it installs, are the package's. */
export function buildChart(folder: string, helm: string): string {
  const work = mkdtempSync(join(tmpdir(), 'swoll-chart-'))
  try {
    const { version } = readPackage()
    const versions = ['--version', version, '--app-version', version]
    execFileSync(helm, ['package', 'deploy/helm/swoll', ...versions, '--destination', work], {
      stdio: 'pipe',
    })
    const [name] = readdirSync(work)
    // Helm's own archive has the time of packing in it.
    execFileSync('tar', ['-C', work, '-xzf', join(work, name!)])
    settle(join(work, 'swoll'))
    return packTar(work, 'swoll', join(folder, name!))
  } finally {
    rmSync(work, { recursive: true })
  }
}
