import { monitorEventLoopDelay } from 'node:perf_hooks'
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { Side } from '../encoders/encoder.js'
import type { Answer } from './http/send-answer.js'
import type { BatchReport } from './models/lane.js'
import type { EmbeddedText, TextService } from './models/text-service.js'
import { SearchDrift } from './search-drift.js'

/** Seconds of requests and waits: from a query on an idle machine to a large upsert. */
const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]
const BATCH_TEXTS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 1024]

/** A service's figures in the text format of Prometheus. */
export class ServiceMetrics {
  readonly #registry = new Registry()
  readonly #requests = this.#counter('http_requests', 'Requests that were answered; 499: the client left', [
    'route',
    'status',
  ])
  readonly #requestSeconds = this.#histogram('http_request_seconds', 'Time to the end of the answer', SECONDS, [
    'route',
  ])
  readonly #texts = this.#counter('texts', 'Texts that were embedded', ['model', 'side'])
  readonly #tokens = this.#counter('tokens', 'Model tokens that were encoded', ['model', 'side'])
  readonly #batchTexts = this.#histogram('batch_texts', 'Texts of a batch', BATCH_TEXTS, ['queue'])
  readonly #batchRequests = this.#histogram('batch_requests', 'Requests that shared a batch', BATCH_TEXTS, ['queue'])
  readonly #waitSeconds = this.#histogram('queue_seconds', 'Time for which the first text of a batch waited', SECONDS, [
    'queue',
  ])
  readonly #batchSeconds = this.#histogram('batch_seconds', 'Time that a worker took for a batch', SECONDS, ['queue'])

  /** Of searches. */
  readonly drift = new SearchDrift(this.#registry)

  request(route: string, status: number, seconds: number): void {
    this.#requests.inc({ route, status: String(status) })
    this.#requestSeconds.observe({ route }, seconds)
  }

  batch({ isUrgent, items, requests, waitedSeconds, workedSeconds }: BatchReport): void {
    const queue = nameOf(isUrgent)
    this.#batchTexts.observe({ queue }, items)
    this.#batchRequests.observe({ queue }, requests)
    this.#waitSeconds.observe({ queue }, waitedSeconds)
    this.#batchSeconds.observe({ queue }, workedSeconds)
  }

  embedded(texts: readonly EmbeddedText[], side: Side): void {
    const byModel = new Map<string, { texts: number; tokens: number }>()
    for (const { entry, tokens } of texts) {
      const sum = byModel.get(entry.name) ?? { texts: 0, tokens: 0 }
      byModel.set(entry.name, sum)
      sum.texts += 1
      sum.tokens += tokens
    }
    for (const [model, sum] of byModel) {
      this.#texts.inc({ model, side }, sum.texts)
      this.#tokens.inc({ model, side }, sum.tokens)
    }
  }

  /** Reads the gauges of a service when they are asked for. */
  watch(service: TextService, heldBytes: () => number): void {
    this.#gauge('queue_tokens', 'Tokens that wait for a worker, as estimated', ['queue'], (gauge) => {
      for (const isUrgent of [true, false])
        gauge.set({ queue: nameOf(isUrgent) }, service.queue.waitingTokens(isUrgent))
    })
    const add = (name: string, help: string, read: () => number) =>
      this.#gauge(name, help, [], (gauge) => gauge.set(read()))
    add('workers', 'Workers that embed', () => service.pool.workers)
    add('batches_working', 'Batches in a worker', () => service.queue.running)
    add(
      'worker_deaths',
      'Workers that ended while they embedded, and were replaced',
      () => service.pool.activity.deaths,
    )
    add('held_bytes', 'Memory of requests under way: bodies, and vectors as estimated', heldBytes)
    const delay = monitorEventLoopDelay({ resolution: 10 })
    delay.enable()
    add('stall_seconds', 'Longest time since the last look for which the process answered nobody', () => {
      const seconds = delay.max / 1e9
      delay.reset()
      return seconds
    })
    add('resident_memory_bytes', 'Resident memory of the process', () => process.memoryUsage.rss())
  }

  async answer(): Promise<Answer> {
    const body = await this.#registry.metrics()
    return { status: 200, headers: { 'content-type': this.#registry.contentType }, body }
  }

  #counter(name: string, help: string, labelNames: string[]): Counter {
    return new Counter({ name: `offgrid_${name}_total`, help, labelNames, registers: [this.#registry] })
  }

  #histogram(name: string, help: string, buckets: number[], labelNames: string[]): Histogram {
    return new Histogram({ name: `offgrid_${name}`, help, buckets, labelNames, registers: [this.#registry] })
  }

  #gauge(name: string, help: string, labelNames: string[], read: (gauge: Gauge) => void): void {
    const registers = [this.#registry]
    const gauge: Gauge = new Gauge({ name: `offgrid_${name}`, help, labelNames, registers, collect: () => read(gauge) })
  }
}

function nameOf(isUrgent: boolean): 'queries' | 'documents' {
  return isUrgent ? 'queries' : 'documents'
}
