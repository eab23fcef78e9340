import type { Command } from 'commander'
import { DEFAULT_STORE } from '../../pipeline/collection/default-names.js'
import { EXIT_CODE } from '../shared/exit-code.js'
import { type CommonFlags, countOf, formatDuration, formatSize, formatTable, Terminal } from '../shared/terminal.js'
import { addStoreDelete } from '../store/store-delete.js'

interface StoreFlags extends CommonFlags {
  readonly store: string
}

export function addStore(store: Command, setExitCode: (code: number) => void): void {
  const add = (name: string, description: string) =>
    store.command(name).description(description).option('--store <dir>', 'folder of the embedded store', DEFAULT_STORE)
  add('info', 'Show collections, points, files and sizes; reads no vectors.').action(infoCommand)
  add('verify', 'Read everything and check it against its checksums. Changes nothing and needs no lock.').action(
    async (flags: StoreFlags) => setExitCode(await verifyCommand(flags)),
  )
  add('compact', 'Write every collection anew without replaced and deleted points; needs the lock.').action(
    compactCommand,
  )
  addStoreDelete(store)
}

async function infoCommand(flags: StoreFlags): Promise<void> {
  const { describeStore } = await import('../../stores/local/describe-store.js')
  const found = await describeStore(flags.store)
  const rows = found.collections.map(({ collection, points, slots, sizeBytes, vectors, files }) => [
    collection,
    points,
    slots - points,
    formatSize(sizeBytes),
    vectors
      .map((vector) => ('element' in vector ? `${vector.name} (${vector.dimension} ${vector.element})` : vector.name))
      .join(', '),
    Object.keys(files).some((name) => name.startsWith('graph-')) ? 'yes' : 'no',
  ])
  const aliases = Object.entries(found.aliases).map(([alias, collection]) => `alias ${alias}: ${collection}`)
  const header = ['collection', 'points', 'replaced or deleted', 'size', 'vectors', 'approximate index']
  const lines = [`${found.path}, format ${found.format}`, formatTable(header, rows), ...aliases]
  new Terminal(flags).result(found, lines.join('\n'))
}

async function verifyCommand(flags: StoreFlags): Promise<number> {
  const { verifyStore } = await import('../../stores/local/verify-store.js')
  const report = await verifyStore(flags.store)
  const lines = report.collections.flatMap(({ collection, points, sizeBytes, problems }) =>
    problems.length === 0
      ? [`ok       ${collection}: ${countOf(points, 'point')}, ${formatSize(sizeBytes)}`]
      : [`DAMAGED  ${collection}`, ...problems.map((problem) => `         ${problem}`)],
  )
  new Terminal(flags).result(
    report,
    [...lines, report.isIntact ? 'The store is intact.' : 'The store is damaged.'].join('\n'),
  )
  return report.isIntact ? EXIT_CODE.done : EXIT_CODE.failed
}

async function compactCommand(flags: StoreFlags): Promise<void> {
  const { describeStore } = await import('../../stores/local/describe-store.js')
  const { compactStore } = await import('../../stores/local/compact-store.js')
  const terminal = new Terminal(flags)
  const started = performance.now()
  const before = await describeStore(flags.store)
  await compactStore(flags.store)
  await buildIndexes(flags.store, terminal)
  const after = await describeStore(flags.store)
  const seconds = (performance.now() - started) / 1000
  const collections = before.collections.map(({ collection, slots, sizeBytes }) => {
    const now = after.collections.find((other) => other.collection === collection)!
    const dropped = slots - now.slots
    return { collection, points: now.points, dropped, sizeBytesBefore: sizeBytes, sizeBytes: now.sizeBytes }
  })
  const lines = collections.map(
    ({ collection, points, dropped, sizeBytesBefore, sizeBytes }) =>
      `${collection}: ${countOf(points, 'point')}, ${dropped} replaced or deleted ones dropped, ${formatSize(sizeBytesBefore)} → ${formatSize(sizeBytes)}`,
  )
  terminal.result(
    { path: after.path, collections, seconds },
    [...lines, `Done in ${formatDuration(seconds)}.`].join('\n'),
  )
}

/** A collection that is written anew has lost its approximate index, which takes minutes to make for a million points. */
async function buildIndexes(path: string, terminal: Terminal): Promise<void> {
  const { openLocalStore } = await import('../../stores/open-local.js')
  const store = await openLocalStore({ path })
  try {
    for (const collection of await store.listCollections()) {
      terminal.note(`${collection}: approximate indexes, where there are enough points`)
      await store.buildIndexes(collection)
    }
  } finally {
    await store.close()
  }
}
