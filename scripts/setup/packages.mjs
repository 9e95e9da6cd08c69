/** The npm packages of package-lock.json, Node 24 itself among them. */
import { constants, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { SetupError } from './error.mjs'
import { isAccessible, step } from './exec.mjs'
import { firstHopOf, registryOf, whyUnreachable } from './network.mjs'

/** npm's own record of what lies in node_modules. */
const INSTALLED = 'node_modules/.package-lock.json'
const NODE = 'node_modules/.bin/node'
/** npm's cache for users without a home that can be written to. */
const OWN_CACHE = '.cache/npm'

/**
 * Returns what to install; undefined if node_modules has all that package-lock.json wants. Development packages are left out
 * unless asked for, but never taken away.
 */
export function planPackages(withDev) {
  const lock = readJson('package-lock.json')
  const installed = existsSync(INSTALLED) ? readJson(INSTALLED) : undefined
  const keepsDev = withDev || Object.values(installed?.packages ?? {}).some(isDev)
  const missing = Object.entries(lock.packages).filter(
    ([path, entry]) =>
      path !== '' &&
      (keepsDev || !isDev(entry)) &&
      isForThisMachine(entry) &&
      installed?.packages[path]?.version !== entry.version,
  )
  if (missing.length === 0 && existsSync(NODE)) return undefined
  const node = missing.find(([path]) => path === `node_modules/${nodePackage()}`)
  return { isFirst: installed === undefined, keepsDev, count: missing.length, node: node?.[1].version }
}

/** Installs them. No package needs its install scripts, so none are run. */
export async function installPackages({ isFirst, keepsDev, count, node }) {
  // `ci` empties node_modules first; `install --no-save` only puts right what differs, and leaves the lock file alone.
  const how = isFirst ? ['ci'] : ['install', '--no-save']
  const which = keepsDev ? '--include=dev' : '--omit=dev'
  const flags = ['--include=optional', '--ignore-scripts', '--no-audit', '--no-fund', ...cacheFlag()]
  const hop = firstHopOf(process.env)
  const why = await whyUnreachable(hop)
  // Its cache may have all of it. If not, it says so at once.
  if (why !== undefined) flags.push('--offline')
  const withNode = node === undefined ? '' : `, Node ${node} among them`
  const from = why === undefined ? `from ${registryOf(process.env).host}` : "from npm's cache"
  if (!(await npm(`installing ${count} npm packages ${from}${withNode}`, ...how, which, ...flags)))
    throw why === undefined
      ? new SetupError('npm could not install the packages (see above)')
      : new SetupError(
          `npm could not install the packages: ${hop.host} cannot be reached (${why})`,
          'connect to the network, or name a proxy (npm config set https-proxy http://HOST:PORT), then run this again',
        )
  linkNode()
}

/** npm 10 installs the package of Node but does not link its program. */
function linkNode() {
  if (existsSync(NODE)) return
  const program = `${nodePackage()}/bin/node`
  if (!existsSync(`node_modules/${program}`))
    throw new SetupError(
      `npm did not install node_modules/${program}`,
      'rm -r node_modules, then run this again with network',
    )
  rmSync(NODE, { force: true })
  mkdirSync('node_modules/.bin', { recursive: true })
  symlinkSync(`../${program}`, NODE)
}

function npm(what, ...args) {
  const program = process.env.npm_execpath // set when npm itself runs this script
  return program?.endsWith('.js') ? step(what, process.execPath, [program, ...args]) : step(what, 'npm', args)
}

/** A user without a home that can be written to still has the checkout. */
function cacheFlag() {
  const usual = process.env.npm_config_cache ?? join(homedir(), '.npm')
  return isWritable(usual) ? [] : [`--cache=${resolve(OWN_CACHE)}`]
}

/** True also for a folder that is not there and can be made. */
function isWritable(folder) {
  if (!existsSync(folder)) return isWritable(dirname(folder))
  return isAccessible(folder, constants.W_OK)
}

function nodePackage() {
  return `node-linux-${process.arch}`
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
