import { open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { PointId } from '../../../document.js'
import { syncFile } from '../../../files/sync-folder.js'
import { jsonObject } from '../../../options.js'
import type { NeighborGraphPlace, PointTable } from '../../table/point-table.js'
import type { HnswSettings } from './hnsw-settings.js'
import type { NeighborIndex } from './neighbor-index.js'

/** Says of which slots the graph in a file is made, and how. */
interface Description {
  readonly file: string
  readonly sizeBytes: number
  /** The graph is of the slots before this one. */
  readonly slots: number
  /** Of the last of these slots: another point there tells that the table has lost what the graph was made of. */
  readonly lastId: PointId
  readonly settings: HnswSettings
}

/**
 * A saved graph: a file named by its number of slots, and a description that is put in place by a rename when that file is whole.
 * It can be made again from the vectors at any time, so that what does not fit them is passed over.
 */
export class NeighborGraphFile {
  readonly #place: NeighborGraphPlace
  readonly #settings: HnswSettings
  readonly #table: PointTable

  constructor(place: NeighborGraphPlace, settings: HnswSettings, table: PointTable) {
    this.#place = place
    this.#settings = settings
    this.#table = table
  }

  get isWritable(): boolean {
    return this.#place.isWritable
  }

  /** Maps the saved graph into memory, to be searched only. @returns the slots that it covers, 0 if there is none */
  async open(index: NeighborIndex): Promise<number> {
    return this.#read((path) => index.view(path))
  }

  /** Reads the saved graph, to be added to. @returns the slots that it covers, 0 if there is none */
  async load(index: NeighborIndex): Promise<number> {
    return this.#read((path) => index.load(path))
  }

  async save(index: NeighborIndex, slots: number): Promise<void> {
    if (slots === 0) return
    const folder = dirname(this.#place.path)
    const name = basename(this.#place.path)
    const file = graphFileName(this.#place, slots)
    const path = join(folder, file)
    const next = `${path}.next`
    index.save(next)
    await syncFile(next)
    await rename(next, path)
    const { size: sizeBytes } = await stat(path)
    const lastId = this.#table.idOf(slots - 1)
    const description: Description = { file, sizeBytes, slots, lastId, settings: this.#settings }
    const handle = await open(`${this.#place.path}.next`, 'w')
    try {
      await handle.writeFile(JSON.stringify(description))
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(`${this.#place.path}.next`, this.#place.path)
    for (const other of await readdir(folder)) {
      if (other.startsWith(`${name}-`) && other !== file) await rm(join(folder, other), { force: true })
    }
  }

  async #read(read: (path: string) => void): Promise<number> {
    const description = await this.#describe()
    if (!description) return 0
    const path = join(dirname(this.#place.path), description.file)
    const size = (await stat(path).catch(() => null))?.size
    if (size !== description.sizeBytes) return 0
    try {
      read(path)
      return description.slots
    } catch {
      return 0
    }
  }

  /** Null where there is none that fits the table. */
  async #describe(): Promise<Description | null> {
    const description = jsonObject(await readFile(this.#place.path, 'utf8').catch(() => '')) as Description | null
    if (!description) return null
    const { file, slots, lastId, settings } = description
    // what the description says names nothing but the file beside it
    if (!Number.isSafeInteger(slots) || slots < 1 || file !== graphFileName(this.#place, slots)) return null
    if (JSON.stringify(settings) !== JSON.stringify(this.#settings)) return null
    if (slots > this.#table.slotCount || this.#table.idOf(slots - 1) !== lastId) return null
    return description
  }
}

/** Of the graph of so many slots. */
function graphFileName({ path }: NeighborGraphPlace, slots: number): string {
  return `${basename(path)}-${slots}`
}
