/** The own metrics of the storage. */
import { Instruments } from '../../pipeline/instruments.ts'
import type { Meter } from '../../pipeline/telemetry.ts'

/** Records that the disk refused, and those that were not what had been written. */
export interface Totals {
  refused: number
  damaged: number
}

interface Measured extends Readonly<Totals> {
  size(): { readonly bytes: number; readonly freeBytes: number }
}

/** Registers everything on the meter; the returned function takes it off again. `before`: of files that are closed. */
export function observe(
  meter: Meter,
  id: string,
  files: ReadonlyMap<string, Measured>,
  before: Readonly<Totals>,
): () => void {
  const own = new Instruments(meter, { extension: id })
  const sum = (key: keyof Totals) => [...files.values()].reduce((all, file) => all + file[key], before[key])
  own.readCounter(
    'extension_file_storage_refused_records',
    '{record}',
    'Records that the disk did not take or remove',
    put => put(sum('refused')),
  )
  own.readCounter(
    'extension_file_storage_damaged_records',
    '{record}',
    'Records that were not on the disk as they had been written: lost',
    put => put(sum('damaged')),
  )
  own.readGauge('extension_file_storage_size', 'By', 'Bytes of the files, by component', put => {
    for (const [component, file] of files) put(file.size().bytes, { component })
  })
  return () => own.close()
}
