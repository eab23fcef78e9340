import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'

/** Whether this machine has a redis-server: tests with one are skipped where it does not. */
export const hasRedis = spawnSync('redis-server', ['--version']).status === 0
if (!hasRedis) process.stderr.write('redis-server is not installed: tests of the queue in Redis are skipped\n')

/** A redis-server of the tests: on loopback, a port of its own, and files in a folder of its own, which survive a kill. */
export class RedisServer {
  readonly url: string
  readonly port: number
  readonly #folder = mkdtempSync(join(tmpdir(), 'offgrid-redis-'))
  readonly #password: string | undefined
  #process: ChildProcess | null = null

  private constructor(port: number, password: string | undefined) {
    this.port = port
    this.url = `redis://127.0.0.1:${port}`
    this.#password = password
  }

  static async start(password?: string): Promise<RedisServer> {
    const server = new RedisServer(await freePort(), password)
    await server.restart()
    return server
  }

  async restart(): Promise<void> {
    const args = [
      '--port',
      this.port,
      '--bind',
      '127.0.0.1',
      '--dir',
      this.#folder,
      '--save',
      '',
      '--appendonly',
      'yes',
    ]
    const safety = [
      '--appendfsync',
      'always',
      ...(this.#password === undefined ? [] : ['--requirepass', this.#password]),
    ]
    this.#process = spawn('redis-server', [...args, ...safety].map(String), { stdio: 'ignore' })
    const client = this.client()
    await client.ping()
    client.disconnect()
  }

  client(): Redis {
    const client = new Redis(this.port, '127.0.0.1', {
      maxRetriesPerRequest: null,
      retryStrategy: () => 20,
      ...(this.#password !== undefined && { password: this.#password }),
    })
    client.on('error', () => {})
    return client
  }

  /** The address for a user. */
  urlOf(user: string, password: string): string {
    return this.url.replace('//', `//${user}:${password}@`)
  }

  async flush(): Promise<void> {
    const client = this.client()
    await client.flushall()
    client.disconnect()
  }

  async kill(): Promise<void> {
    const running = this.#process
    this.#process = null
    if (running === null) return
    const closed = once(running, 'close')
    running.kill('SIGKILL')
    await closed
  }

  async stop(): Promise<void> {
    await this.kill()
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}
