import { dropByPrefix, openLiveStore, runPrefix } from './live-server.js'

/** After the tests of a run, also where some failed, nothing of its name is left on the server. */
export async function setup(): Promise<() => Promise<void>> {
  const store = await openLiveStore()
  const before = await store.listCollections()
  await store.close()
  return async () => {
    const left = await dropByPrefix(runPrefix())
    const after = await openLiveStore()
    const names = await after.listCollections()
    await after.close()
    const added = names.filter((name) => !before.includes(name))
    if (left.length > 0) process.stderr.write(`test:server: removed what failed tests left: ${left.join(', ')}\n`)
    process.stderr.write(
      added.length === 0
        ? 'test:server: nothing was left behind\n'
        : `test:server: there are collections that were not there before: ${added.join(', ')}\n`,
    )
  }
}
