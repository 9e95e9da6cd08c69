/**
 * Writes the rules of deploy/prometheus: recording rules for each flavour of names, alerts for all; and the copies that the chart has.
 *
 *   node scripts/generate-rules.ts
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { stringify } from 'yaml'
import { FLAVOUR, FLAVOURS } from './promql/flavour.ts'
import { AGENT_ALERTS } from './rules/agent-alerts.ts'
import { toRule } from './rules/alert.ts'
import { recordingRules } from './rules/recording.ts'
import { WORKLOAD_ALERTS } from './rules/workload-alerts.ts'

const DEPLOY = join(import.meta.dirname, '../deploy')
const PLACES = [join(DEPLOY, 'prometheus'), join(DEPLOY, 'helm/swoll/files/prometheus')]
const HEAD = '# Made by scripts/generate-rules.ts. Do not edit.\n'

const ALERTS = [
  { name: 'swoll-workloads', rules: WORKLOAD_ALERTS.map(toRule) },
  { name: 'swoll-agents', rules: AGENT_ALERTS.map(toRule) },
]

/** Texts by path. */
export function renderRules(): ReadonlyMap<string, string> {
  const texts = new Map<string, string>()
  const add = (name: string, groups: readonly object[]) => {
    const text = HEAD + stringify({ groups }, { lineWidth: 0, aliasDuplicateObjects: false })
    for (const place of PLACES) texts.set(join(place, name), text)
  }
  for (const id of FLAVOURS)
    add(`rules-${id}.yaml`, [{ name: 'swoll-rates', rules: recordingRules(FLAVOUR[id]) }])
  add('alerts.yaml', ALERTS)
  return texts
}

if (import.meta.main)
  for (const [path, text] of renderRules()) {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
  }
