/**
 * Loaded into the service under test with `--import`: tells, when it is sent a message, for how long its event loop stood still at most
 * by its own work, and which part of the machine others used, since the last message. The parent process, which attacks it, counts as
 * its own.
 *
 * Of a stall, what counts is the time for which the main thread ran; the time for which it was blocked, as by a garbage collection in
 * other threads, as far as others left the machine to it; and the time for which it waited for a core that others did not use. Where
 * nobody else runs that is the whole stall. Without Linux's figures it is the whole stall, too.
 */
import { closeSync, openSync, readSync } from 'node:fs'
import { cpus } from 'node:os'
import { isMainThread } from 'node:worker_threads'

const TICK_MS = 10
/** A jiffy, in which Linux counts, in milliseconds. */
const JIFFY_MS = 10
const cores = cpus().length

function opened(path) {
  const file = openSync(path)
  process.once('exit', () => closeSync(file))
  const bytes = Buffer.alloc(1_024)
  return () => bytes.toString('latin1', 0, readSync(file, bytes, 0, bytes.length, 0))
}

/** @returns what reads, in milliseconds, how long the main thread ran and waited, and how long others ran */
function linuxFigures() {
  const thread = opened('/proc/self/schedstat')
  const machine = opened('/proc/stat')
  const parent = opened(`/proc/${process.ppid}/stat`)
  return () => {
    const [ran, waited] = thread().split(' ', 2)
    const [user, nice, system, , , irq, softIrq, steal] = machine().slice(5, 200).trim().split(' ').map(Number)
    const [ofParent, ofParentsKernel] = parent().split(') ')[1].split(' ').slice(11, 13).map(Number)
    const { user: ofUser, system: ofKernel } = process.cpuUsage()
    const all = (user + nice + system + irq + softIrq + steal) * JIFFY_MS
    const own = (ofParent + ofParentsKernel) * JIFFY_MS + (ofUser + ofKernel) / 1e3
    return { ran: ran / 1e6, waited: waited / 1e6, others: all - own }
  }
}

if (isMainThread) {
  const read = process.platform === 'linux' ? linuxFigures() : () => ({ ran: 0, waited: 0, others: 0 })
  const look = () => ({ at: performance.now(), ...read() })
  let begun = look()
  let last = begun
  let longestMs = 0
  const since = (before, now) => {
    const wall = now.at - before.at
    const others = Math.max(0, now.others - before.others)
    return { wall, others, share: Math.min(1, others / (cores * wall)) }
  }
  setInterval(() => {
    const now = look()
    const { wall, others, share } = since(last, now)
    const ran = now.ran - last.ran
    const waited = now.waited - last.waited
    const blocked = Math.max(0, wall - ran - waited)
    longestMs = Math.max(longestMs, ran + blocked * (1 - share) + Math.max(0, waited - others) - TICK_MS)
    last = now
  }, TICK_MS).unref()
  process.on('message', () => {
    const now = look()
    process.send({ longestMs, othersShare: since(begun, now).share })
    begun = now
    longestMs = 0
  })
  // the service ends as it would without a parent that listens
  process.channel?.unref()
}
