import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { syncFolder } from '../../src/files/sync-folder.js'

describe('syncing a folder', () => {
  test('waits for one that is there, and fails for one that is not', async () => {
    await syncFolder(tmpdir())
    await expect(syncFolder(join(tmpdir(), 'not-there', 'at-all'))).rejects.toMatchObject({ code: 'ENOENT' })
  })

  test.runIf(process.platform === 'linux')('passes over a file system that syncs no folders', async () => {
    await syncFolder('/proc')
  })
})
