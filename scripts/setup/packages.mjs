/** The npm packages of package-lock.json, Node 24 itself among them. */
import { existsSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { SetupError } from './error.mjs'
import { run } from './exec.mjs'

/** npm's own record of what lies in node_modules. */
const INSTALLED = 'node_modules/.package-lock.json'
const NODE = 'node_modules/.bin/node'

/**
 * Installs what package-lock.json wants and node_modules lacks. Development packages are left out unless asked for, but never
 * taken away. No package needs its install scripts, so none are run.
 */
export function installPackages(withDev) {
  const lock = readJson('package-lock.json')
  const installed = existsSync(INSTALLED) ? readJson(INSTALLED) : undefined
  const keepsDev = withDev || Object.values(installed?.packages ?? {}).some(isDev)
  const isComplete = Object.entries(lock.packages).every(
    ([path, entry]) =>
      path === '' ||
      (isDev(entry) && !keepsDev) ||
      !isForThisMachine(entry) ||
      installed?.packages[path]?.version === entry.version,
  )
  if (isComplete && existsSync(NODE)) return

  // `ci` empties node_modules first; `install --no-save` only puts right what differs, and leaves the lock file alone.
  const how = installed === undefined ? ['ci'] : ['install', '--no-save']
  const which = keepsDev ? '--include=dev' : '--omit=dev'
  if (!npm(...how, which, '--include=optional', '--ignore-scripts', '--no-audit', '--no-fund'))
    throw new SetupError(
      'npm could not install the packages (see above)',
      'connect to the network, then run this again',
    )
  linkNode()
}

/** npm 10 installs the package of Node but does not link its program. */
function linkNode() {
  if (existsSync(NODE)) return
  const program = `node-linux-${process.arch}/bin/node`
  if (!existsSync(`node_modules/${program}`))
    throw new SetupError(
      `npm did not install node_modules/${program}`,
      'rm -r node_modules, then run this again with network',
    )
  rmSync(NODE, { force: true })
  symlinkSync(`../${program}`, NODE)
}

function npm(...args) {
  const program = process.env.npm_execpath // set when npm itself runs this script
  return program?.endsWith('.js') ? run(process.execPath, [program, ...args]) : run('npm', args)
}

function isDev(entry) {
  return entry.dev === true || entry.devOptional === true
}

/** False for what npm leaves out here. Which C library a package wants is not looked at: npm's choice is trusted. */
function isForThisMachine(entry) {
  const fits = (allowed, actual) => allowed === undefined || [allowed].flat().includes(actual)
  return entry.libc === undefined && fits(entry.os, process.platform) && fits(entry.cpu, process.arch)
}

function readJson(path) {
  return JSON.parse(readFileSync(path, 'utf8'))
}
