/** The names of files put aside, and which of them have to go. They are those of the Collector, after lumberjack. */
import { basename, dirname, extname, join } from 'node:path'
import type { RotationConfig } from './config.ts'

const MS_PER_DAY = 86_400_000

/** `/var/log/events.jsonl` put aside at a time: `/var/log/events-2026-11-24T05-59-01.123.jsonl`. */
export function backupPath(path: string, timeMs: number, { localtime }: RotationConfig): string {
  const extension = extname(path)
  const offsetMs = localtime ? new Date(timeMs).getTimezoneOffset() * 60_000 : 0
  const stamp = new Date(timeMs - offsetMs).toISOString().slice(0, -1).replaceAll(':', '-')
  return join(dirname(path), `${basename(path, extension)}-${stamp}${extension}`)
}

/** Those of `names`, the files in the folder of `path`, that were put aside and are too many or too old. */
export function surplusBackups(
  path: string,
  names: readonly string[],
  { nowMs, rotation }: { readonly nowMs: number; readonly rotation: RotationConfig },
): string[] {
  const { max_backups, max_days, localtime } = rotation
  return names
    .map(name => ({ name, timeMs: timeOf(path, name, localtime) }))
    .filter(({ timeMs }) => !Number.isNaN(timeMs))
    .sort((a, b) => b.timeMs - a.timeMs)
    .filter(({ timeMs }, i) => {
      const isOld = max_days > 0 && nowMs - timeMs > max_days * MS_PER_DAY
      return isOld || (max_backups > 0 && i >= max_backups)
    })
    .map(({ name }) => join(dirname(path), name))
}

/** Returns the time at which the file was put aside; NaN if it is another file. */
function timeOf(path: string, name: string, localtime: boolean): number {
  const extension = extname(path)
  const prefix = `${basename(path, extension)}-`
  if (!name.startsWith(prefix) || !name.endsWith(extension)) return Number.NaN
  const stamp = name.slice(prefix.length, name.length - extension.length)
  const match = /^(\d{4}-\d{2}-\d{2})T(\d{2})-(\d{2})-(\d{2}\.\d{3})$/.exec(stamp)
  if (match === null) return Number.NaN
  return Date.parse(`${match[1]}T${match[2]}:${match[3]}:${match[4]}${localtime ? '' : 'Z'}`)
}
