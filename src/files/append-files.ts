import { createReadStream } from 'node:fs'
import { open, rename } from 'node:fs/promises'

/** Writes one file of several, one after the other, under another name that is then renamed. Without files it is empty. */
export async function appendFiles(files: readonly string[], target: string): Promise<void> {
  const draft = `${target}.${process.pid}.tmp`
  const out = await open(draft, 'w')
  try {
    for (const file of files) for await (const block of createReadStream(file)) await out.write(block as Buffer)
    await out.sync()
  } finally {
    await out.close()
  }
  await rename(draft, target)
}
