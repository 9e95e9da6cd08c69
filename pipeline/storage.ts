/** The role of an extension that keeps data on disk: exporters ask it for a store, where their queues survive the process. */

/** A record as it is listed, without its data. */
export interface StoredRecord {
  /** Ascending, in the order in which records were appended. */
  readonly id: number
  /** As it was appended. */
  readonly format: string
  readonly items: number
  readonly bytes: number
}

/** Data to be kept. */
export interface NewRecord {
  /** What `data` is, for the next version or configuration of the component that reads it. */
  readonly format: string
  /** Points, log records or spans in it, to count it by if it is lost. */
  readonly items: number
  readonly data: Uint8Array
}

/** The store of one instance of a component: logs by name, each a sequence of records. A record belongs to one instance at a time. */
export interface Store {
  /** Appends a record, which is this instance's. Returns undefined if there was no room or the disk refused it: counted and logged. */
  append(log: string, record: NewRecord): StoredRecord | undefined
  /** The logs with records that no instance has. */
  unclaimed(): string[]
  /** Takes the records of a log that no instance has, oldest first: of the process before this one, or left by an instance that closed. */
  claim(log: string): StoredRecord[]
  /** Reads the data of a record; undefined if it is damaged, which is counted and logged. */
  read(id: number): Uint8Array | undefined
  remove(id: number): void
  /** What is left of this instance's records may be claimed by another. */
  close(): void
}

export interface Storage {
  /**
   * Opens the store of a component, by a name that no other has. `onRecords` is told of each log with records that another instance has left. Rejects with SwollError
   * STORAGE_FAILED.
   */
  open(component: string, onRecords: (log: string) => void): Promise<Store>
}
