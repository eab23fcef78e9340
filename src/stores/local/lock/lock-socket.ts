import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { createConnection, createServer, type Server } from 'node:net'
import { join } from 'node:path'

const SOCKET_FILE = 'alive'

/** Longest path of a socket with its closing zero: 108 bytes on Linux, 104 on other systems. @see https://man7.org/linux/man-pages/man7/unix.7.html */
const LONGEST_PATH = 103

/**
 * A socket in a lock's folder. The kernel lets others connect to it exactly as long as this process lives: whether it waits, computes or is stopped,
 * whichever namespace or host name who asks is in, and not a moment longer. A folder that is renamed takes its socket along.
 */
export class LockSocket {
  readonly #server: Server
  #folder: OpenFolder | null

  private constructor(server: Server, folder: OpenFolder) {
    this.#server = server
    this.#folder = folder
  }

  /** Null where the file system has no sockets, or none with so long a path. */
  static async listen(folder: string): Promise<LockSocket | null> {
    const opened = openFolder(folder)
    if (opened === null) return null
    const server = createServer((caller) => caller.destroy())
    try {
      // in a cluster the primary would listen, and live on
      server.listen({ path: opened.socketPath, exclusive: true })
      await once(server, 'listening')
    } catch {
      opened.close()
      return null
    }
    server.unref()
    // a caller that could not be let in was answered by the kernel already
    server.on('error', () => {})
    return new LockSocket(server, opened)
  }

  /** Takes the socket out of the folder. */
  async close(): Promise<void> {
    const folder = this.#folder
    this.#folder = null
    if (folder === null) return
    await new Promise((resolve) => this.#server.close(resolve))
    folder.close()
  }
}

/** Whether the process that listens in a lock's folder lives, if it is one of this kernel. */
export async function askSocket(folder: string): Promise<'running' | 'ended' | 'unknown'> {
  const opened = openFolder(folder)
  if (opened === null) return 'unknown'
  const socket = createConnection({ path: opened.socketPath })
  try {
    await once(socket, 'connect')
    return 'running'
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    // a process that is stopped takes so many callers and no more
    if (code === 'EAGAIN') return 'running'
    return code === 'ECONNREFUSED' ? 'ended' : 'unknown'
  } finally {
    socket.destroy()
    opened.close()
  }
}

interface OpenFolder {
  readonly socketPath: string
  close(): void
}

/** On Linux a folder is named by an open file of this process, so that its own path may have any length. */
function openFolder(folder: string): OpenFolder | null {
  if (process.platform === 'linux') {
    try {
      const file = openSync(folder, 'r')
      return { socketPath: `/proc/self/fd/${file}/${SOCKET_FILE}`, close: () => closeSync(file) }
    } catch {
      return null
    }
  }
  const path = join(folder, SOCKET_FILE)
  if (process.platform === 'win32' || Buffer.byteLength(path) > LONGEST_PATH) return null
  return { socketPath: path, close: () => {} }
}
