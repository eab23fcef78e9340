import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Counter, Gauge, Registry } from 'prom-client'
import { InputError } from '../../errors.js'
import type { PartCounts, RunFigures } from './run-watch.js'

const COUNTERS: Readonly<Record<string, readonly [string, (figures: RunFigures) => number]>> = {
  documents: ['Documents that are in the store, unchanged ones included', ({ documents }) => documents],
  points: ['Points that were stored', ({ points }) => points],
  documents_unchanged: ['Documents that were stored already', ({ unchanged }) => unchanged],
  documents_rejected: ['Documents that were left out', ({ rejected }) => rejected],
  tokens: ['Model tokens that were encoded', ({ tokens }) => tokens],
  tokens_cut: ['Model tokens beyond what the model takes', ({ cutTokens }) => cutTokens],
  batches: ['Batches that were written to the store', ({ batches }) => batches],
  retries: ['Batches and requests that were tried again', ({ retries }) => retries],
}

const GAUGES: typeof COUNTERS = {
  chunks_working: ['Pieces of the documents in a worker', ({ working }) => working],
  chunks_waiting: ['Pieces of the documents that wait for a worker', ({ waiting }) => waiting],
  resident_memory_bytes: ['Resident memory of the process', ({ rssBytes }) => rssBytes],
}

const PART_STATES: Readonly<Record<string, string>> = { working: 'working', waiting: 'waiting', setAside: 'set_aside' }

/** A run's figures for Prometheus, at http://127.0.0.1:PORT/metrics. */
export class RunMetrics {
  readonly url: string
  readonly #server: Server

  private constructor(server: Server) {
    this.#server = server
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`
  }

  /**
   * Listens on loopback only.
   * @param port 0 for any that is free
   * @param read gives the figures when they are asked for
   * @param readParts the parts of a queue; null where there is none
   * @throws InputError `METRICS_PORT` if the port is taken
   */
  static async listen(
    port: number,
    read: () => RunFigures,
    readParts: () => Promise<PartCounts | null> = async () => null,
  ): Promise<RunMetrics> {
    const registry = createRegistry(read, readParts)
    const server = createServer(async (request, response) => {
      if (request.method !== 'GET' || request.url !== '/metrics') {
        response.writeHead(404).end('Expected GET /metrics.\n')
        return
      }
      response.writeHead(200, { 'content-type': registry.contentType }).end(await registry.metrics())
    })
    await new Promise<void>((resolve, reject) => {
      server.once('error', (cause) => {
        reject(new InputError('METRICS_PORT', `--metrics-port ${port}: cannot listen: ${cause.message}`, { cause }))
      })
      server.listen(port, '127.0.0.1', resolve)
    })
    // the run ends the process, not a scraper that stays connected
    server.unref()
    return new RunMetrics(server)
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise<void>((resolve) => this.#server.close(() => resolve()))
  }
}

function createRegistry(read: () => RunFigures, readParts: () => Promise<PartCounts | null>): Registry {
  const registry = new Registry()
  const registers = [registry]
  for (const [name, [help, figureOf]] of Object.entries(COUNTERS)) {
    new Counter({
      name: `offgrid_${name}_total`,
      help,
      registers,
      collect() {
        this.reset()
        this.inc(figureOf(read()))
      },
    })
  }
  for (const [name, [help, figureOf]] of Object.entries(GAUGES)) {
    new Gauge({
      name: `offgrid_${name}`,
      help,
      registers,
      collect() {
        this.set(figureOf(read()))
      },
    })
  }
  new Gauge({
    name: 'offgrid_queue_parts',
    help: 'Parts of all runs in the queue; set aside are those that failed too often',
    labelNames: ['state'],
    registers,
    async collect() {
      const parts = await readParts()
      for (const [state, count] of Object.entries(parts ?? {})) this.set({ state: PART_STATES[state]! }, count)
    },
  })
  new Counter({
    name: 'offgrid_stage_seconds_total',
    help: 'Time spent by stage; encode is that of all workers together',
    labelNames: ['stage'],
    registers,
    collect() {
      this.reset()
      for (const [stage, seconds] of Object.entries(read().seconds)) this.inc({ stage }, seconds)
    },
  })
  return registry
}
