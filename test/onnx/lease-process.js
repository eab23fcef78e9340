import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { withFolderLease } from '../../dist/src/onnx/folder-lease.js'

/** Counts a file of the folder up so often, each time with the lease; 0 times: takes the lease and keeps it. */
const [folder, times] = process.argv.slice(2)
if (times === '0') {
  await withFolderLease(folder, () => {
    process.send('held')
    return new Promise(() => {})
  })
}
for (let i = 0; i < Number(times); i++) {
  await withFolderLease(folder, async () => {
    const count = Number(await readFile(join(folder, 'count'), 'utf8'))
    await writeFile(join(folder, 'count'), String(count + 1))
  })
}
process.disconnect()
